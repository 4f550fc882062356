"""Names of images in registries, as the command line gives them: ``registry:HOST[:PORT]/NAME[:TAG][@DIGEST]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from scanner.errors import UsageError

SCHEME: Final = "registry:"
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")
_HUB: Final = frozenset({"docker.io", "index.docker.io"})
_PARTS: Final = re.compile(
    r"(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,250}[A-Za-z0-9])?)(?::(?P<port>[0-9]{1,5}))?"
    r"/(?P<name>[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._\-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-fA-F]{64}))?\Z"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go: scheme, host and port."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, by its name or address."""
        return is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class RegistryReference:
    """One image in one registry; ``tag`` is None where a digest is given alone."""

    host: str
    port: int | None
    name: str
    tag: str | None
    digest: str | None

    @property
    def origin(self) -> Origin:
        """The registry's address. Plain HTTP is spoken with this machine only."""
        host = "registry-1.docker.io" if self.host in _HUB else self.host
        scheme = "http" if is_loopback(host) else "https"
        return Origin(scheme, host, self.port or (80 if scheme == "http" else 443))

    @property
    def image(self) -> str:
        """Host and name, without tag and digest."""
        return f"{self.host}{'' if self.port is None else f':{self.port}'}/{self.name}"

    @property
    def wanted(self) -> str:
        """What is asked of the registry: the digest where one is given, else the tag."""
        return self.digest or str(self.tag)

    def __str__(self) -> str:
        tag, digest = (f":{self.tag}" if self.tag else ""), (f"@{self.digest}" if self.digest else "")
        return f"{SCHEME}{self.image}{tag}{digest}"


def parse_reference(text: str) -> RegistryReference:
    """The reference in ``text``; without tag and digest the tag is ``latest``. Raises UsageError."""
    match = _PARTS.match(text.removeprefix(SCHEME))
    port = int(match["port"]) if match is not None and match["port"] else None
    if match is None or len(match["name"]) > 255 or (port is not None and not 0 < port < 65536):
        raise UsageError(f"{text}: no image in a registry; write registry:HOST[:PORT]/NAME:TAG or ...@sha256:DIGEST")
    host, name = match["host"].lower(), match["name"]
    if host in _HUB and "/" not in name:
        name = f"library/{name}"
    digest = match["digest"].lower() if match["digest"] else None
    return RegistryReference(host, port, name, match["tag"] or (None if digest else "latest"), digest)


def is_loopback(host: str) -> bool:
    """Whether a host name or address (IPv6 in brackets) is this machine's own."""
    bare = host.strip("[]").lower()
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost" or bare.endswith(".localhost")
