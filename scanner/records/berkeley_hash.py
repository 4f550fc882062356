"""Values of a Berkeley DB hash database (versions 8 to 10), page by page, without the library.

Layout: page header and hash metadata of Berkeley DB 5.3 (``dbinc/db_page.h``). The hash itself is not needed: every pair
lies on some page. What is larger than a page lies on a chain of overflow pages.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.sources.blob import Blob

MAGIC: Final = 0x061561
VALUE: Final = 16 << 20
"""Bytes of the largest value."""
TOTAL: Final = 512 << 20
"""Bytes of all values."""
_HEADER: Final = 26
_HASH_PAGES: Final = frozenset({2, 13})
_OVERFLOW: Final = 7
_PLAIN, _OFF_PAGE = 1, 3
_PAGE_SIZES: Final = frozenset(1 << power for power in range(9, 17))


def is_hash_database(head: bytes) -> bool:
    """Whether a file begins as a hash database of either byte order."""
    return len(head) >= 36 and MAGIC in struct.unpack_from("<I", head, 12) + struct.unpack_from(">I", head, 12)


def values(blob: Blob) -> Iterator[bytes]:
    """The value of every pair, in the order of the pages. Raises NotExaminable."""
    head = blob.head
    if not is_hash_database(head):
        raise NotExaminable(UNREADABLE, "no Berkeley DB hash database")
    order = "<" if struct.unpack_from("<I", head, 12)[0] == MAGIC else ">"
    version, size = struct.unpack_from(f"{order}II", head, 16)
    if not 8 <= version <= 10 or size not in _PAGE_SIZES or head[24]:
        raise NotExaminable(UNSUPPORTED, "Berkeley DB of another version, page size or encrypted")
    with blob.open() as stream:
        pages = _Pages(stream, order, size, blob.size // size)
        for number in range(1, pages.count):
            yield from pages.values(number)


class _Pages:
    """The pages of one database."""

    def __init__(self, stream: BinaryIO, order: str, size: int, count: int) -> None:
        self._stream, self._order, self._size, self.count = stream, order, size, count
        self._left = TOTAL

    def _page(self, number: int) -> bytes:
        if not 0 < number < self.count:
            raise NotExaminable(UNREADABLE, "Berkeley DB page that is not there")
        self._stream.seek(number * self._size)
        page = self._stream.read(self._size)
        if len(page) < self._size:
            raise NotExaminable(UNREADABLE, "cut Berkeley DB")
        return page

    def values(self, number: int) -> Iterator[bytes]:
        """Values of the pairs on one page; keys and values take turns in its index."""
        page = self._page(number)
        if page[25] not in _HASH_PAGES:
            return
        (entries,) = struct.unpack_from(f"{self._order}H", page, 20)
        if _HEADER + 2 * entries > self._size:
            raise NotExaminable(UNREADABLE, "broken Berkeley DB page")
        index = struct.unpack_from(f"{self._order}{entries}H", page, _HEADER)
        for at in range(1, entries, 2):
            # Items are stored from the end of the page downwards.
            item = page[index[at] : index[at - 1]]
            if item[:1] == bytes([_PLAIN]):
                yield item[1:]
            elif item[:1] == bytes([_OFF_PAGE]) and len(item) >= 12:
                yield self._overflow(*struct.unpack_from(f"{self._order}II", item, 4))
            else:
                raise NotExaminable(UNREADABLE, "broken Berkeley DB page")

    def _overflow(self, number: int, length: int) -> bytes:
        self._left -= length
        if length > VALUE or self._left < 0:
            raise NotExaminable(OVER_LIMIT, "Berkeley DB with too many bytes")
        value = bytearray()
        while len(value) < length:
            page = self._page(number)
            (number,) = struct.unpack_from(f"{self._order}I", page, 16)
            (used,) = struct.unpack_from(f"{self._order}H", page, 22)
            if page[25] != _OVERFLOW or not 0 < used <= self._size - _HEADER:
                raise NotExaminable(UNREADABLE, "broken Berkeley DB page")
            value += page[_HEADER : _HEADER + used]
        return bytes(value[:length])
