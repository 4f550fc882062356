"""Python versions: PEP 440, with strings from before PEP 440 sorted below every valid version."""

from __future__ import annotations

import re
from typing import Any, Final

from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion as NotPep440
from packaging.version import Version

_PLAIN_RELEASE: Final = re.compile(r"\d{1,18}(\.\d{1,18})*", re.ASCII)
_LEGACY_PART: Final = re.compile(r"\d+|[a-z]+|\.|-", re.ASCII)
_LEGACY_NAMES: Final = {"pre": "c", "preview": "c", "rc": "c", "-": "final-", "dev": "@"}


def is_pep440(version: str) -> bool:
    """True when ``version`` is valid under PEP 440."""
    try:
        Version(version)
    except NotPep440:
        return False
    return True


def key(version: str) -> tuple[int, Any]:
    """The sort key, total over all strings: legacy strings never raise, they sort first."""
    try:
        return 1, Version(version)
    except NotPep440:
        return 0, _legacy_key(version)


def canonical(version: str) -> str:
    """The shortest spelling without the local part: ``1.0``, ``v1.0.0`` and ``1+cpu`` are all ``1``."""
    text = version.strip().partition("+")[0]
    if not _PLAIN_RELEASE.fullmatch(text):
        return canonicalize_version(text)
    parts = [str(int(part)) for part in text.split(".")]
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return ".".join(parts)


def _legacy_key(version: str) -> tuple[str, ...]:
    """The order setuptools gave arbitrary strings before PEP 440: numbers padded, words starred, pre-releases first."""
    parts: list[str] = []
    for part in _legacy_parts(version.lower()):
        if part.startswith("*"):
            if part < "*final":
                while parts and parts[-1] == "*final-":
                    parts.pop()
            while parts and parts[-1] == "00000000":
                parts.pop()
        parts.append(part)
    return tuple(parts)


def _legacy_parts(version: str) -> list[str]:
    parts = []
    position = 0
    for found in _LEGACY_PART.finditer(version):
        parts.append(version[position : found.start()])
        parts.append(found.group())
        position = found.end()
    parts.append(version[position:])
    named = (_LEGACY_NAMES.get(part, part) for part in parts)
    kept = [part for part in named if part and part != "."]
    return [part.zfill(8) if part[0] in "0123456789" else f"*{part}" for part in kept] + ["*final"]
