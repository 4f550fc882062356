"""The lists as files: a header that names the wheels, then one line for a module and a use, names in order.

``module how: name name``; long lines are broken, and the module is named again. ``index.txt`` names every file with its
SHA-256 and the packages that it speaks about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.listing.classes import How, Listed, Refused
from scanner.inspectors.pickle.listing.wheels import Wheel

LIST_VERSION: Final = 1
WIDTH: Final = 118
Entries = dict[tuple[str, str], How]


def merged(versions: Iterable[Iterable[Listed | Refused]]) -> Entries:
    """One list for several versions of a library: a pickle does not tell its version, so the strictest of them holds.

    A version of which a base class could not be found, because it needs another version of a library, has no say.
    Nothing denied is ever listed, whatever found it.
    """
    found: Entries = {}
    refused: set[tuple[str, str]] = set()
    for version in versions:
        for entry in version:
            key = (entry.module, entry.name)
            if isinstance(entry, Refused):
                refused |= set() if entry.is_source_missing else {key}
            else:
                found[key] = "new" if "new" in (entry.how, found.get(key)) else "call"
    return {key: how for key, how in sorted(found.items()) if key not in refused and effect_of(*key) is None}


def render(wheels: Iterable[Wheel], entries: Mapping[tuple[str, str], How]) -> str:
    """The text of one list."""
    lines = [f"# list_version {LIST_VERSION}"]
    lines += [
        f"# generated_from {wheel.name} {wheel.version} sha256:{wheel.sha256}"
        for wheel in sorted(wheels, key=lambda one: (one.name, one.version))
    ]
    names: dict[tuple[str, How], list[str]] = {}
    for (module, name), how in entries.items():
        names.setdefault((module, how), []).append(name)
    for (module, how), group in sorted(names.items()):
        lines += _wrapped(f"{module} {how}:", sorted(group))
    return "\n".join(lines) + "\n"


def _wrapped(head: str, names: list[str]) -> list[str]:
    lines = [head]
    for name in names:
        if len(lines[-1]) + len(name) >= WIDTH and lines[-1] != head:
            lines.append(head)
        lines[-1] += f" {name}"
    return lines


def write_index(folder: Path) -> None:
    """Name every list of the folder, generated or by hand, with its digest and its packages."""
    lines = []
    for path in sorted(folder.rglob("*.txt")):
        name = path.relative_to(folder).as_posix()
        if name != "index.txt":
            content = path.read_bytes()
            packages = " ".join(sorted(packages_of(content.decode())))
            lines.append(f"{name} {hashlib.sha256(content).hexdigest()} {packages}")
    (folder / "index.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def packages_of(text: str) -> set[str]:
    """The top-level packages that a list speaks about."""
    heads = [line.partition(":")[0].split() for line in text.splitlines() if line and not line.startswith("#")]
    return {word.partition(".")[0] for words in heads for word in words if word not in ("ref", "new", "call")}
