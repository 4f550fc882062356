"""Headers of installed packages as the database of rpm keeps them (rpm file format, header structure), bounded.

A header is a big-endian index of typed entries over a store of bytes; the database leaves out the magic that package files
have before it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

ENTRIES: Final = 65_535
MEMBERS: Final = 1_000_000
"""Members of one list of a header."""
NAME, VERSION, RELEASE, EPOCH, LICENCE, ARCHITECTURE = 1000, 1001, 1002, 1003, 1014, 1022
SOURCE_RPM, PROVIDES, REQUIRES = 1044, 1047, 1049
FILE_DIGESTS, FILE_FLAGS, DIGEST_ALGORITHM, FOLDER_OF, BASE_NAMES, FOLDERS = 1035, 1037, 5011, 1116, 1117, 1118
SHA256: Final = 8
CONFIGURATION: Final = 1
"""Flag of a file that may change after it was installed."""
WANTED: Final = frozenset(
    {NAME, VERSION, RELEASE, EPOCH, LICENCE, ARCHITECTURE, SOURCE_RPM, PROVIDES, REQUIRES}
    | {FILE_DIGESTS, FILE_FLAGS, DIGEST_ALGORITHM, FOLDER_OF, BASE_NAMES, FOLDERS}
)  # fmt: skip
_INT32, _STRING, _STRINGS, _TRANSLATED = 4, 6, 8, 9

Values = list[str] | list[int]


def read(data: bytes) -> Mapping[int, Values]:
    """The wanted entries of a header: lists of texts or of numbers. Raises NotExaminable."""
    if len(data) < 8:
        raise NotExaminable(UNREADABLE, "cut rpm header")
    entries, stored = struct.unpack_from(">II", data)
    start = 8 + 16 * entries
    if entries > ENTRIES or len(data) < start + stored:
        raise NotExaminable(UNREADABLE, "rpm header of another size than it says")
    store = data[start : start + stored]
    found: dict[int, Values] = {}
    for tag, type, offset, count in struct.iter_unpack(">IIII", data[8:start]):
        if tag not in WANTED or tag in found:
            continue
        if count > MEMBERS:
            raise NotExaminable(OVER_LIMIT, f"more than {MEMBERS} members in an rpm header")
        if type == _INT32:
            found[tag] = _numbers(store, offset, count)
        elif type in (_STRING, _STRINGS, _TRANSLATED):
            found[tag] = list(_texts(store, offset, count if type == _STRINGS else 1))
    return found


def _numbers(store: bytes, offset: int, count: int) -> list[int]:
    if offset + 4 * count > len(store):
        raise NotExaminable(UNREADABLE, "cut rpm header")
    return list(struct.unpack_from(f">{count}I", store, offset))


def _texts(store: bytes, offset: int, count: int) -> Iterator[str]:
    for _ in range(count):
        end = store.find(b"\0", offset)
        if end < 0:
            raise NotExaminable(UNREADABLE, "cut rpm header")
        yield store[offset:end].decode("utf-8", "replace")
        offset = end + 1


def text(header: Mapping[int, Values], tag: int) -> str | None:
    """The first text of an entry; None where there is none."""
    values = header.get(tag)
    return values[0] if values and isinstance(values[0], str) else None


def texts(header: Mapping[int, Values], tag: int) -> list[str]:
    """The texts of an entry."""
    return [value for value in header.get(tag, ()) if isinstance(value, str)]


def numbers(header: Mapping[int, Values], tag: int) -> list[int]:
    """The numbers of an entry."""
    return [value for value in header.get(tag, ()) if isinstance(value, int)]


def files(header: Mapping[int, Values]) -> Iterator[tuple[str, str]]:
    """Path from the root and SHA-256 of every file; no digest where the header has none, as for folders and links, and of
    configuration, which may change.
    """
    flags = numbers(header, FILE_FLAGS)
    folders, digests = texts(header, FOLDERS), texts(header, FILE_DIGESTS)
    known = numbers(header, DIGEST_ALGORITHM) == [SHA256]
    for at, (base, folder) in enumerate(zip(texts(header, BASE_NAMES), numbers(header, FOLDER_OF), strict=False)):
        if folder < len(folders):
            fixed = known and at < len(digests) and not (at < len(flags) and flags[at] & CONFIGURATION)
            yield (folders[folder] + base).lstrip("/"), digests[at].lower() if fixed else ""
