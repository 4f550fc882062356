"""What fuzzing starts from: small files of the fixtures, the samples, the corpus and ``tests/fuzz/seeds``; and keywords."""

from __future__ import annotations

import ast
import gzip
import sqlite3
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

from tests.corpus.corpus import FAMILIES
from tests.fuzz.targets import Target

ROOT: Final = Path(__file__).resolve().parents[2]
LIMIT: Final = 20 << 10
"""The largest seed in bytes: a small one is changed more often in the place that matters."""
DATABASE: Final = 128 << 10
"""The same for a database, whose schema alone is larger."""
EACH: Final = 24
ITEMS: Final = 2
"""Items taken of each family of the corpus; those of one family are alike to a fuzzer."""
FOLDERS: Final = frozenset({"data", "samples", "models", "sample", "seeds"})
SQLITE: Final = b"SQLite format 3\0"


@cache
def samples() -> tuple[tuple[str, bytes], ...]:
    """Path (relative to the folder it was found in) and content of everything that may be a seed, sorted."""
    found = {(path, data) for path, data in (*_files(), *_corpus()) if data}
    return tuple(
        sorted((path, data) for path, data in found if len(data) <= (DATABASE if data.startswith(SQLITE) else LIMIT))
    )


def _files() -> Iterator[tuple[str, bytes]]:
    folders = [path for path in (ROOT / "tests").rglob("*") if path.is_dir() and path.name in FOLDERS]
    fixtures = [*(ROOT / "fixtures").glob("fraud-*"), ROOT / "fixtures" / "advisories"]
    for folder in (*folders, *fixtures, ROOT / "policies"):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)).removesuffix(".gz"), _content(path)
    for path in (ROOT / "fixtures" / "trust.yaml", ROOT / "lading.toml"):
        yield path.name, path.read_bytes()


def _content(path: Path) -> bytes:
    """A file; a database small, and one that only its size made a packed sample unpacked."""
    data = path.read_bytes()
    if path.suffix == ".gz" and path.parent.name == "rpm":
        data = gzip.decompress(data)
    return _smaller(data) if data.startswith(SQLITE) else data


def _smaller(data: bytes) -> bytes:
    """The tables of a database with at most two rows each, on small pages."""
    whole, small = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    whole.deserialize(data[:18] + b"\1\1" + data[20:])
    small.execute("PRAGMA page_size = 512")
    tables = whole.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for name, sql in tables.fetchall():
        small.execute(sql)
        for row in whole.execute(f'SELECT * FROM "{name}" LIMIT 2'):
            small.execute(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', row)
    small.commit()
    return small.serialize()


def _corpus() -> Iterator[tuple[str, bytes]]:
    for family in FAMILIES:
        for item in islice(family.build(), ITEMS):
            yield from item.files.items()


def seeds_of(target: Target) -> list[bytes]:
    """At most :data:`EACH` contents that the target reads, its own ones first, then from all sizes."""
    own = [data for path, data in samples() if path.startswith(f"{target.name}/seed") and target.starts(path, data)]
    found = {data for path, data in samples() if target.starts(path, data)} - set(own)
    ordered = sorted(found, key=lambda data: (len(data), data))
    step = max(1, len(ordered) // (EACH - len(own)))
    return own + ordered[::step][: EACH - len(own)]


def keywords(target: Target) -> str:
    """The short constants of a parser's module as a dictionary of libFuzzer."""
    tree = ast.parse(Path(str(target.module.__file__)).read_text(encoding="utf-8"))
    constants = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    words = {word.encode() if isinstance(word, str) else word for word in constants if isinstance(word, str | bytes)}
    return "".join(
        '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'
        for word in sorted(words)
        if 2 <= len(word) <= 24 and b". " not in word
    )
