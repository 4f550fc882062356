"""The transaction log of a Weights & Biases run (``.wandb``): records in blocks, after LevelDB's log format.

The file begins with ``:W&B``, a magic number and a version; blocks of 32,768 bytes are counted from its start. A record is
``crc32 (u32) length (u16) type (u8)`` and data, cut into first, middle and last parts at the ends of blocks. The checksum is
the plain CRC-32 of type and data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.sources.blob import Blob

MAGIC: Final = b":W&B"
BLOCK: Final = 32_768
RECORD: Final = 64 << 20
"""Bytes of the longest record read."""
_HEADER: Final = struct.Struct("<IHB")
_START: Final = 7
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


def records(blob: Blob) -> Iterator[memoryview]:
    """The data of every record in order.

    Raises NotExaminable where the log breaks off, as that of a run that was killed does: what came before was given.
    """
    with blob.open() as stream:
        start = stream.read(_START)
        if not start.startswith(MAGIC) or len(start) < _START:
            raise NotExaminable(UNREADABLE, "no log of a run")
        if start[4:] != b"\xe1\xbe\x00":
            raise NotExaminable(UNSUPPORTED, "log of another version")
        parts, begun = bytearray(), False
        for type, data in _parts(stream):
            # A first part may be empty: where exactly its header fits into the block.
            if (type in (_FULL, _FIRST)) == begun:
                raise NotExaminable(UNREADABLE, "parts of a record out of order")
            begun = type not in (_FULL, _LAST)
            parts += data
            if len(parts) > RECORD:
                raise NotExaminable(OVER_LIMIT, f"record longer than {RECORD} bytes")
            if not begun:
                if parts:
                    yield memoryview(bytes(parts))
                parts.clear()
        if begun:
            raise NotExaminable(UNREADABLE, "log that breaks off")


def _parts(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Type and data of every part."""
    position = _START
    while True:
        left = BLOCK - position % BLOCK
        if left < _HEADER.size:
            stream.read(left)
            position += left
            continue
        header = stream.read(_HEADER.size)
        if not header:
            return
        if len(header) < _HEADER.size:
            raise NotExaminable(UNREADABLE, "log that breaks off")
        checksum, length, type = _HEADER.unpack(header)
        data = stream.read(length)
        if len(data) < length or length > left - _HEADER.size:
            raise NotExaminable(UNREADABLE, "log that breaks off")
        if type not in (_FULL, _FIRST, _MIDDLE, _LAST) or zlib.crc32(data, zlib.crc32(header[6:])) != checksum:
            raise NotExaminable(UNREADABLE, "record with a wrong checksum")
        position += _HEADER.size + length
        yield type, data
