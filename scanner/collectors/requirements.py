"""Requirements files of pip, written by hand or by ``pip-compile`` and ``uv pip compile``.

Format: pip's requirements file format; one requirement a line as PEP 508 writes it, ``\\`` continues a line,
``--hash=algorithm:hex`` fixes content, ``# via`` comments of the compilers name the dependants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.records.pip_options import Sources
from scanner.records.python_packages import (
    add_package,
    exact_version,
    file_version,
    name_of,
    requirement_of,
    state_pinning,
)
from scanner.sources.blob import Blob

NAME: Final = "requirements"
VERSION: Final = "2"
LIMIT: Final = 16 << 20
LINES: Final = 100_000
_NAME: Final = re.compile(
    r"(?i)(?:[a-z0-9_.\-]*requirements?[a-z0-9_.\-]*|requirements?[a-z0-9_.\-]*/[a-z0-9_.\-]+)\.(?:txt|in|lock)\Z"
)
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_OPTIONS: Final = re.compile(r"\s--?[a-z]")
_HASH: Final = re.compile(r"--hash[= ]\s*(sha256|sha384|sha512):([0-9A-Fa-f]{64,128})(?=\s|\Z)")
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_VIA: Final = re.compile(r"#\s*via(?:\s+(.*))?\Z")
_INLINE_VIA: Final = re.compile(r"\s#\s*via\s+(.*)\Z")


@dataclass(slots=True)
class _Line:
    """One logical line: the requirement as it stands, and the comments of the compiler below it."""

    number: int
    text: str
    parents: list[str] = field(default_factory=list)


def wants(blob: Blob) -> bool:
    """``requirements.txt``, ``requirements-dev.txt``, ``requirements/base.txt``, ``requirements.in`` and the like."""
    return blob.name.lower().endswith((".txt", ".in", ".lock")) and _is_requirements(blob.path.rpartition("!")[2])


def _is_requirements(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return _NAME.match(name) is not None or _NAME.match(f"{folder.rpartition('/')[2]}/{name}") is not None


def collect(blob: Blob) -> Evidence:
    """Packages that the file fixes to a version, who brings them in, and everything it asks for, from where.

    What a ``.in`` file asks for is compiled into another file; it fixes nothing itself. Raises
    NotExaminable.
    """
    builder = EvidenceBuilder(NAME)
    asked: set[str] = set()
    fixed: dict[str, ArtifactRef] = {}
    lines: list[tuple[_Line, ArtifactRef]] = []
    broken: list[int] = []
    sources = Sources()
    for line in _lines(blob.text(LIMIT)):
        requirement = _requirement(line.text)
        if requirement is None:
            sources.option(line.text)
            broken += [] if line.text.startswith("-") or "${" in line.text else [line.number]
            continue
        asked.add(str(requirement))
        sources.requirement(requirement)
        if not blob.name.endswith(".in") and (package := _fixed(builder, line, requirement, blob)):
            fixed[canonicalize_name(requirement.name)] = package
            lines.append((line, package))
    for line, package in lines:
        _parents(builder, line, package, fixed, blob.at(f"line {line.number}"))
    if broken:
        builder.missed(blob.at(f"line {broken[0]}"), UNREADABLE, f"{len(broken)} lines are no requirements")
    builder.state(blob.ref, "requests", sorted(asked), blob.location)
    builder.state(blob.ref, "package_sources", sources.value(), blob.location)
    return builder.build()


def _lines(content: str) -> Iterator[_Line]:
    """Logical lines without comments, each with the dependants that the compiler lists below it."""
    rows = content.split("\n")
    if len(rows) > LINES:
        raise NotExaminable(OVER_LIMIT, f"more than {LINES} lines")
    current: _Line | None = None
    listing = False
    pending: list[str] = []
    start = 0
    for number, row in enumerate(map(str.rstrip, rows), 1):
        stripped = row.lstrip()
        if stripped.startswith("#") and not pending:
            via = _VIA.match(stripped)
            listing = via is not None or (listing and stripped.startswith("#  "))
            if listing and current is not None:
                current.parents.append((via[1] or "") if via else stripped.lstrip("# "))
            continue
        listing = False
        start = start if pending else number
        pending.append(_COMMENT.sub("", row).removesuffix("\\").strip())
        if row.endswith("\\") and not stripped.startswith("#") and number < len(rows):
            continue
        text, pending = " ".join(filter(None, pending)), []
        if text:
            if current is not None:
                yield current
            inline = _INLINE_VIA.search(row)
            current = _Line(start, text, [inline[1]] if inline else [])
    if current is not None:
        yield current


def _requirement(line: str) -> Requirement | None:
    """The requirement of a line without its options; ``-e`` and ``--editable`` name one by its fragment."""
    if line.startswith(("-e ", "--editable ", "--editable=")):
        address = re.split(r"[ =]", line, maxsplit=1)[1].strip()
        egg = _fragment(address, "egg")
        return requirement_of(f"{egg} @ {address}") if "://" in address else None
    if line.startswith("-"):
        return None
    bare = _OPTIONS.split(line, maxsplit=1)[0].strip()
    if bare.partition("#")[0].endswith(".whl") and " " not in bare and "://" in bare:
        return requirement_of(f"{bare.rpartition('/')[2].partition('-')[0]} @ {bare}")
    return requirement_of(bare)


def _fragment(address: str, key: str) -> str:
    """The value of ``key`` in the fragment of an address, or an empty text."""
    fields = (field.partition("=") for field in address.rpartition("#")[2].split("&"))
    return next((value for name, _, value in fields if name == key), "")


def _fixed(builder: EvidenceBuilder, line: _Line, requirement: Requirement, blob: Blob) -> ArtifactRef | None:
    """The package, if the line allows one version only."""
    hashed = _HASH.search(line.text) is not None
    if requirement.url is not None:
        address = requirement.url.partition("#")[0]
        version = file_version(address.rpartition("/")[2])
        hashed = hashed or _SHA256.match(_fragment(requirement.url, "sha256")) is not None
    else:
        version = exact_version(requirement)
    name = name_of(requirement.name)
    if version is None or name is None:
        return None
    place = blob.at(f"line {line.number}")
    package = add_package(builder, name, version, place)
    state_pinning(builder, package, place, hashed=hashed)
    return package


def _parents(
    builder: EvidenceBuilder, line: _Line, package: ArtifactRef, fixed: dict[str, ArtifactRef], place: Location
) -> None:
    """``# via``: the dependants of a package; ``-r file`` and ``project (file)`` mean that the user asked for it."""
    for parent in (item.strip() for text in line.parents for item in text.split(",")):
        if parent.startswith("-r ") or parent.endswith(")"):
            builder.state(package, "requested", True, place)
        elif (ref := fixed.get(name_of(parent) or "")) is not None:
            builder.relate(ref, "depends_on", package, Proof.DECLARED, place)
