"""Blobs of a database of rpm in its own format ndb (``Packages.db``), as openSUSE and SUSE have it, without the library.

Layout: ``lib/backend/ndb/rpmpkg.c`` of rpm, version 0: a header of 32 bytes, then slots that fill pages of 4096 bytes, then
blobs in blocks of 16 bytes, each between a head and a tail. All numbers are little-endian. Like rpm itself this reads lengths
and marks of a blob and not its Adler-32.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.sources.blob import Blob

MAGIC: Final = b"RpmP"
PAGES: Final = 1_024
"""Pages of slots: room for 260,000 packages."""
VALUE: Final = 16 << 20
"""Bytes of the largest blob."""
TOTAL: Final = 512 << 20
"""Bytes of all blobs."""
_PAGE, _BLOCK = 4096, 16
_HEADER_SLOTS: Final = 2
_TAIL: Final = 12


def values(blob: Blob) -> Iterator[bytes]:
    """Every blob, in the order of the slots. Raises NotExaminable."""
    if len(blob.head) < 32 or not blob.head.startswith(MAGIC):
        raise NotExaminable(UNREADABLE, "no ndb database")
    version, _, pages = struct.unpack_from("<III", blob.head, 4)
    if version != 0:
        raise NotExaminable(UNSUPPORTED, "ndb database of another version")
    if pages > PAGES:
        raise NotExaminable(OVER_LIMIT, f"ndb database with more than {PAGES} pages of slots")
    left = TOTAL
    with blob.open() as stream:
        slots = stream.read(pages * _PAGE)
        if len(slots) < pages * _PAGE:
            raise NotExaminable(UNREADABLE, "cut ndb database")
        for magic, number, offset, count in list(struct.iter_unpack("<4sIII", slots))[_HEADER_SLOTS:]:
            if magic != b"Slot":
                raise NotExaminable(UNREADABLE, "broken slot of an ndb database")
            if offset == 0:  # free
                continue
            size = count * _BLOCK
            left -= size
            if size > VALUE or left < 0:
                raise NotExaminable(OVER_LIMIT, "ndb database with too many bytes")
            if offset * _BLOCK < len(slots) or offset * _BLOCK + size > blob.size:
                raise NotExaminable(UNREADABLE, "ndb blob that is not there")
            yield _value(stream, number, offset * _BLOCK, size)


def _value(stream: BinaryIO, number: int, start: int, size: int) -> bytes:
    stream.seek(start)
    stored = stream.read(size)
    if len(stored) < size or size < _BLOCK + _TAIL:
        raise NotExaminable(UNREADABLE, "cut ndb blob")
    head, owner, _, length = struct.unpack_from("<4sIII", stored)
    _, again, tail = struct.unpack_from("<II4s", stored, size - _TAIL)
    if (head, owner, tail) != (b"BlbS", number, b"BlbE") or length != again or length > size - _BLOCK - _TAIL:
        raise NotExaminable(UNREADABLE, "broken ndb blob")
    return stored[_BLOCK : _BLOCK + length]
