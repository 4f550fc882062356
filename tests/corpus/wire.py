"""Small writers of binary formats, from their published layouts."""

from __future__ import annotations

import struct


def varint(number: int) -> bytes:
    """An unsigned integer of protocol buffers."""
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def part(number: int, value: bytes | str | int) -> bytes:
    """One field of a protocol buffer message: a length-delimited value, or a varint for an int."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def safetensors(header: str, data: bytes = b"") -> bytes:
    """A safetensors file with this header text."""
    return struct.pack("<Q", len(header.encode())) + header.encode() + data


def gguf_text(value: str) -> bytes:
    """A GGUF string."""
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf_key(name: str, kind: int, value: bytes) -> bytes:
    """A GGUF key and its value."""
    return gguf_text(name) + struct.pack("<I", kind) + value


def gguf_tensor(name: str, offset: int, shape: tuple[int, ...] = (8,), kind: int = 0) -> bytes:
    """An entry of the tensor table."""
    return gguf_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def gguf(*keys: bytes, tensors: tuple[bytes, ...] = (), data: bytes = b"", version: int = 3) -> bytes:
    """A GGUF file; its data begin at the next multiple of 32."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys)) + b"".join(keys) + b"".join(tensors)
    return head + bytes(-len(head) % 32) * bool(tensors) + data


def hdf5(*messages: bytes) -> bytes:
    """An HDF5 file of superblock 0 whose root object holds these messages and nothing else."""
    body = b"".join(messages)
    undefined = b"\xff" * 8
    superblock = b"\x89HDF\r\n\x1a\n" + bytes((0, 0, 0, 0, 0, 8, 8, 0)) + struct.pack("<HHI", 4, 16, 0)
    superblock += bytes(8) + undefined + struct.pack("<Q", 96 + 16 + len(body)) + undefined
    superblock += struct.pack("<QQ", 0, 96) + bytes(24)
    return superblock + struct.pack("<BxHIIxxxx", 1, len(messages), 1, len(body)) + body


def hdf5_attribute(name: str, value: bytes, kind: int = 3) -> bytes:
    """A scalar attribute; type class 3 is a fixed string, 5 opaque."""
    raw = name.encode() + b"\0"
    datatype = struct.pack("<B3xI", 0x10 | kind, len(value))
    space = struct.pack("<BBB5x", 1, 0, 0)
    head = struct.pack("<BxHHH", 1, len(raw), len(datatype), len(space))
    parts = b"".join(one + bytes(-len(one) % 8) for one in (raw, datatype, space))
    body = head + parts + value
    body += bytes(-len(body) % 8)
    return struct.pack("<HHB3x", 0x0C, len(body), 0) + body
