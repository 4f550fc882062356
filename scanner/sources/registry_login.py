"""Who asks a registry: user and password from the environment, or from Docker's configuration file.

Credential helpers are programs and are never run: what only a helper knows has to come through the environment.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scanner.errors import ConfigError
from scanner.sources.registry_reference import RegistryReference

USER: Final = "LADING_REGISTRY_USER"
PASSWORD: Final = "LADING_REGISTRY_PASSWORD"  # noqa: S105 - the name of a variable
LIMIT: Final = 1 << 20
_HUB_KEY: Final = "https://index.docker.io/v1/"
_PLAIN: Final = re.compile(r"[\x20-\x7e\x80-\U0010ffff]{1,4000}\Z")


@dataclass(frozen=True, slots=True)
class Login:
    """A user and a password; neither is ever shown."""

    user: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of an ``Authorization`` header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")


def find_login(reference: RegistryReference, environment: Mapping[str, str]) -> Login | None:
    """The login for a registry, or None to ask without one. Raises ConfigError for a broken configuration file."""
    user, password = environment.get(USER), environment.get(PASSWORD)
    if user and password:
        return _login(user, password)
    folder = environment.get("DOCKER_CONFIG")
    home = environment.get("HOME")
    file = Path(folder) / "config.json" if folder else Path(home) / ".docker" / "config.json" if home else None
    if file is None or not file.is_file():
        return None
    logins = _read(file).get("auths")
    return _from_file(logins, reference) if isinstance(logins, dict) else None


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LIMIT:
            raise ConfigError(f"{file}: larger than {LIMIT} bytes; name another folder in DOCKER_CONFIG")
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise ConfigError(
            f"{file}: cannot be read as JSON; repair it or name another folder in DOCKER_CONFIG"
        ) from None
    return data if isinstance(data, dict) else {}


def _from_file(logins: Mapping[str, Any], reference: RegistryReference) -> Login | None:
    address = reference.image.partition("/")[0]
    hub = reference.origin.host == "registry-1.docker.io"
    for key in (_HUB_KEY, "docker.io") if hub else (address, f"https://{address}", f"http://{address}"):
        entry = logins.get(key)
        if not isinstance(entry, dict):
            continue
        user, password = entry.get("username"), entry.get("password")
        try:
            decoded = base64.b64decode(str(entry.get("auth") or ""), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            decoded = ""
        if ":" in decoded:
            user, _, password = decoded.partition(":")
        if isinstance(user, str) and isinstance(password, str) and user and password:
            return _login(user, password)
    return None


def _login(user: str, password: str) -> Login | None:
    return Login(user, password) if _PLAIN.match(user) and _PLAIN.match(password) and ":" not in user else None
