"""Compressed containers that the standard library does not write: LZ4 and Zstandard frames, 7z archives.

Each is the simplest form its specification allows, with the content uncompressed inside: LZ4 frame format 1.6.4, RFC 8878,
and ``7zFormat.txt`` of the LZMA SDK.
"""

from __future__ import annotations

import lzma
import struct
import zlib


def lz4_frame(content: bytes) -> bytes:
    """One LZ4 frame of uncompressed blocks of at most 4 MiB."""
    descriptor = b"\x40\x70"
    blocks = b"".join(
        struct.pack("<I", len(part) | 1 << 31) + part
        for part in (content[start : start + (4 << 20)] for start in range(0, len(content), 4 << 20))
    )
    return b"\x04\x22\x4d\x18" + descriptor + bytes([_xxh32(descriptor) >> 8 & 0xFF]) + blocks + bytes(4)


def zstd_frame(content: bytes) -> bytes:
    """One Zstandard frame of raw blocks of at most 128 KiB."""
    parts = [content[start : start + (128 << 10)] for start in range(0, len(content), 128 << 10)] or [b""]
    blocks = b"".join(
        struct.pack("<I", len(part) << 3 | (position == len(parts) - 1))[:3] + part
        for position, part in enumerate(parts)
    )
    return b"\x28\xb5\x2f\xfd" + b"\xa0" + struct.pack("<I", len(content)) + blocks


def seven_zip(content: bytes, name: str = "model.pkl") -> bytes:
    """A 7z archive of one file, compressed with LZMA2."""
    body = lzma.compress(content, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 1}])
    names = b"\0" + name.encode("utf-16-le") + b"\0\0"
    header = b"".join(
        (
            b"\x01\x04",
            b"\x06", _number(0), _number(1), b"\x09", _number(len(body)), b"\x00",
            b"\x07\x0b", _number(1), b"\x00", _number(1), b"\x21\x21\x01\x16",
            b"\x0c", _number(len(content)), b"\x0a\x01", struct.pack("<I", zlib.crc32(content)), b"\x00",
            b"\x00",
            b"\x05", _number(1), b"\x11", _number(len(names)), names, b"\x00",
            b"\x00",
        )
    )  # fmt: skip
    start = struct.pack("<QQI", len(body), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + body + header


def _number(value: int) -> bytes:
    """A 7z number: the leading ones of the first byte say how many bytes follow."""
    if value < 0x80:
        return bytes([value])
    if value < 0x4000:
        return bytes([0x80 | value >> 8, value & 0xFF])
    return b"\xe0" + struct.pack("<I", value)[:3] if value < 1 << 21 else b"\xf0" + struct.pack("<I", value)


def _xxh32(data: bytes) -> int:
    """xxHash32 with seed 0 of fewer than 16 bytes."""
    mask = 0xFFFFFFFF
    result = (374761393 + len(data)) & mask
    for byte in data[len(data) // 4 * 4 :]:
        result = result + byte * 374761393 & mask
        result = (result << 11 | result >> 21) & mask
        result = result * 2654435761 & mask
    result = (result ^ result >> 15) * 2246822519 & mask
    result = (result ^ result >> 13) * 3266489917 & mask
    return result ^ result >> 16
