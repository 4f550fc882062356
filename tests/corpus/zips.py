"""Zip archives written record by record (APPNOTE 6.3.10), so that the records can contradict each other."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14


@dataclass(frozen=True, slots=True)
class Member:
    """One member; what differs between its two records is given twice, None meaning the true value."""

    name: str
    content: bytes
    method: int = STORED
    local_name: str | None = None
    flags: int = 0
    local_flags: int | None = None
    local_method: int | None = None
    crc: int | None = None
    size: int | None = None
    local_size: int | None = None
    attributes: int = 0
    listed: bool = True
    """Whether the central directory names the member."""


def packed(content: bytes, method: int) -> bytes:
    """``content`` compressed for a zip member."""
    if method == DEFLATED:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(content) + packer.flush()
    if method == BZIP2:
        return bz2.compress(content)
    if method == LZMA:
        filters = [{"id": lzma.FILTER_LZMA1, "preset": 6}]
        body = lzma.compress(content, lzma.FORMAT_RAW, filters=filters)
        return struct.pack("<BBH", 9, 4, 5) + b"\x5d" + struct.pack("<I", 1 << 23) + body
    return content


def zipped(members: Sequence[Member], comment: bytes = b"", prefix: bytes = b"", count: int | None = None) -> bytes:
    """The archive; offsets count from the first byte of ``prefix``."""
    body, directory, listed = prefix, b"", 0
    for one in members:
        data = packed(one.content, one.method)
        crc = zlib.crc32(one.content) if one.crc is None else one.crc
        size = len(one.content) if one.size is None else one.size
        offset = len(body)
        name, local = one.name.encode(), (one.name if one.local_name is None else one.local_name).encode()
        flags = one.flags if one.local_flags is None else one.local_flags
        method = one.method if one.local_method is None else one.local_method
        local_size = size if one.local_size is None else one.local_size
        body += b"PK\x03\x04" + struct.pack(
            "<HHHHHIIIHH", 20, flags, method, 0, 0x21, crc, len(data), local_size, len(local), 0
        )
        body += local + data
        if one.listed:
            listed += 1
            directory += b"PK\x01\x02" + struct.pack(
                "<HHHHHHIIIHHHHHII",
                0x314, 20, one.flags, one.method, 0, 0x21, crc, len(data), size, len(name), 0, 0, 0, 0, one.attributes, offset,
            )  # fmt: skip
            directory += name
    total = listed if count is None else count
    end = struct.pack("<HHHHIIH", 0, 0, total, total, len(directory), len(body), len(comment))
    return body + directory + b"PK\x05\x06" + end + comment
