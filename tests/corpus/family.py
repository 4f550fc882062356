"""What the corpus is made of: families of items, each item a file or a folder of files.

Every item is built from bytes and opcodes and never loaded; what it would run is an ``echo`` of its own name, so that no
two items have the same content and none hides behind another one's verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

Label = Literal["malicious", "lie", "benign"]

ACCEPTED: Final[dict[Label, frozenset[str]]] = {
    "malicious": frozenset({"malicious"}),
    "lie": frozenset({"malicious", "not-examined", "unknown"}),
    "benign": frozenset({"known-safe"}),
}
"""The verdicts that are right for a label.

``malicious``: loading it has a denied effect. ``lie``: a breach of its format, a contradiction, a bomb, or something that
cannot be vouched for; known-safe is the one wrong answer. ``benign``: what an honest program saves.
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One sample: relative path to content, and symbolic links by relative path to target."""

    name: str
    files: Mapping[str, bytes]
    links: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write every file below ``folder``."""
        for path, content in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for path, points_to in self.links.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).symlink_to(points_to)


@dataclass(frozen=True, slots=True)
class Family:
    """Items of one technique. ``name`` is ``group/technique``."""

    name: str
    label: Label
    build: Callable[[], Iterable[Item]]

    def items(self) -> list[Item]:
        """All items; the same in every run. Raises ValueError for two of one name."""
        items = list(self.build())
        if len({item.name for item in items}) != len(items):
            raise ValueError(f"{self.name}: two items have the same name")
        return items


def one_file(name: str, content: bytes, filename: str = "model.pkl") -> Item:
    """An item that is a single file."""
    return Item(name, {filename: content})


def write_corpus(families: Iterable[Family], root: Path) -> dict[str, tuple[Family, Item]]:
    """Write each item to a folder of its own below ``root``; folder name to family and item."""
    written: dict[str, tuple[Family, Item]] = {}
    for family in families:
        for item in family.items():
            folder = f"{family.name}/{item.name}".replace("/", "__")
            item.write(root / folder)
            written[folder] = (family, item)
    return written
