"""From a package URL to the name and version under which advisories list the package."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from packageurl import PackageURL
from packaging.utils import canonicalize_name

_PLAIN_TYPES: Final = {
    "pypi": "PyPI",
    "npm": "npm",
    "golang": "Go",
    "cargo": "crates.io",
    "maven": "Maven",
    "gem": "RubyGems",
    "nuget": "NuGet",
    "composer": "Packagist",
    "hex": "Hex",
    "pub": "Pub",
}
LONGEST_PURL: Final = 2048
"""Characters; longer ones are not names of packages."""
_RELEASE: Final = re.compile(r"(?:[a-z]+-)?v?(\d+(?:\.\d+)*)", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_NOT_ONE_VERSION: Final = re.compile(r"[*<>=~^,|]|://|\s")
_FLOATING: Final = ("latest", "head", "main", "master", "unknown", "none")


@dataclass(frozen=True, slots=True)
class Target:
    """What to look up. ``local`` is the ``+cpu`` part that was taken off a Python version, or empty."""

    ecosystem: str
    name: str
    version: str
    local: str = ""


@dataclass(frozen=True, slots=True)
class NotAuditable:
    """Why no lookup is possible."""

    reason: str


def target_of(purl: str) -> Target | NotAuditable:
    """The lookup for a package URL, or the reason why there is none."""
    if len(purl) > LONGEST_PURL or not is_unicode(purl):
        return NotAuditable("not a package URL")
    try:
        parsed = PackageURL.from_string(purl)
    except ValueError:
        return NotAuditable("not a package URL")
    if parsed.type == "pypi" and parsed.namespace:
        return NotAuditable("a Python package has no namespace")
    qualifiers = parsed.qualifiers if isinstance(parsed.qualifiers, Mapping) else {}
    ecosystem = _ecosystem(parsed.type, parsed.namespace or "", qualifiers)
    if isinstance(ecosystem, NotAuditable):
        return ecosystem
    name, version = _name(parsed), parsed.version or ""
    if parsed.type in ("deb", "apk", "rpm") and qualifiers.get("upstream") and not ecosystem.startswith(_BINARY):
        name, _, source_version = qualifiers["upstream"].partition("@")
        version = source_version or version
    if parsed.type == "rpm" and qualifiers.get("epoch"):
        version = f"{qualifiers['epoch']}:{version}"
    problem = _version_problem(version, ecosystem)
    if problem:
        return NotAuditable(problem)
    if ecosystem == "PyPI":
        version, _, local = version.partition("+")
        return Target(ecosystem, name, version, local)
    return Target(ecosystem, name, version)


def is_unicode(text: str) -> bool:
    """False for text with half a surrogate pair, which hostile JSON can hold and no database takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def advisory_name(ecosystem: str, name: str) -> str:
    """The spelling under which the store keeps a name: PEP 503 for Python, exact elsewhere."""
    return canonicalize_name(name) if ecosystem == "PyPI" else name


def _name(parsed: PackageURL) -> str:
    if parsed.type == "pypi":
        return canonicalize_name(parsed.name)
    if parsed.type in ("deb", "apk", "rpm") or not parsed.namespace:
        return parsed.name
    separator = ":" if parsed.type == "maven" else "/"
    return f"{parsed.namespace}{separator}{parsed.name}"


def _version_problem(version: str, ecosystem: str) -> str:
    if not version:
        return "no version"
    if version.lower() in _FLOATING or (
        _NOT_ONE_VERSION.search(version) and ecosystem.partition(":")[0] not in _WITH_TILDE
    ):
        return "not one exact version"
    if _COMMIT.fullmatch(version):
        return "a commit, not a version"
    return ""


def _ecosystem(kind: str, namespace: str, qualifiers: Mapping[str, str]) -> str | NotAuditable:
    if kind in _PLAIN_TYPES:
        return _PLAIN_TYPES[kind]
    distribution = _DISTRIBUTIONS.get((kind, namespace))
    if distribution is None:
        return NotAuditable("no advisory source covers this kind of package")
    name, suffix = distribution
    if suffix is None:
        return name
    found = _RELEASE.fullmatch(qualifiers.get("distro", ""))
    if found is None:
        return NotAuditable("release of the distribution not known")
    return f"{name}:{suffix(found[1])}"


def _major(release: str) -> str:
    return release.partition(".")[0]


def _alpine(release: str) -> str:
    return "v" + ".".join(release.split(".")[:2])


def _ubuntu(release: str) -> str:
    year, _, month = release.partition(".")
    return f"{release}:LTS" if month == "04" and year.isdigit() and int(year) % 2 == 0 else release


_DISTRIBUTIONS: Final[Mapping[tuple[str, str], tuple[str, Callable[[str], str] | None]]] = {
    ("deb", "debian"): ("Debian", _major),
    ("deb", "ubuntu"): ("Ubuntu", _ubuntu),
    ("apk", "alpine"): ("Alpine", _alpine),
    ("apk", "wolfi"): ("Wolfi", None),
    ("apk", "chainguard"): ("Chainguard", None),
    ("rpm", "rocky"): ("Rocky Linux", _major),
    ("rpm", "almalinux"): ("AlmaLinux", _major),
}
_BINARY: Final = "AlmaLinux:"
"""The ecosystem whose advisories name the packages that are installed, not the source packages they are built from."""
_WITH_TILDE: Final = ("Debian", "Ubuntu", "Rocky Linux", "AlmaLinux")
"""Ecosystems whose exact versions may hold ``~`` and ``^``."""
