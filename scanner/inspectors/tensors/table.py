"""One tensor of any format, and the canonical digest over a set of them.

The digest is the sha256 of one line a tensor, sorted by name: ``name NUL type NUL shape NUL sha256(values) LF``, the shape
in decimal joined by commas, the values little-endian in C order without padding. Types are named as safetensors does.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.sources.blob import Blob

BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64, "F16": 16, "BF16": 16,
    "F32": 32, "F64": 64, "C64": 64, "C128": 128, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "F8_E8M0": 8,
}  # fmt: skip
"""Types of whole bytes, by their name in safetensors (and ``C128``, which it lacks), with their width in bits."""
TENSORS: Final = 1_000_000
CHUNK: Final = 1 << 20
DIMENSIONS: Final = 64


@dataclass(frozen=True, slots=True)
class Tensor:
    """``chunks`` reads the values, ``size`` bytes in all, anew at each call."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    chunks: Callable[[], Iterator[bytes]]

    @property
    def size(self) -> int:
        """Bytes of the values."""
        return math.prod(self.shape) * BITS[self.dtype] // 8


def checked(tensors: Iterable[Tensor]) -> list[Tensor]:
    """The tensors by name. Raises NotExaminable for repeated names, too many tensors, unknown types and odd shapes."""
    found: dict[str, Tensor] = {}
    for one in tensors:
        if one.name in found:
            raise NotExaminable(UNREADABLE, "two tensors have one name")
        if one.dtype not in BITS or len(one.shape) > DIMENSIONS or any(side < 0 or side >> 62 for side in one.shape):
            raise NotExaminable(UNREADABLE, "a tensor of unknown type or shape")
        found[one.name] = one
        if len(found) > TENSORS:
            raise NotExaminable(OVER_LIMIT, f"more than {TENSORS} tensors")
    return [found[name] for name in sorted(found)]


def totals(tensors: Iterable[Tensor]) -> dict[str, int]:
    """Number of tensors, of their elements, and of the bytes of their values."""
    listed = list(tensors)
    return {
        "count": len(listed),
        "parameters": sum(math.prod(one.shape) for one in listed),
        "bytes": sum(one.size for one in listed),
    }


def outline(tensors: Iterable[Tensor]) -> list[tuple[str, str, tuple[int, ...]]]:
    """Name, type and shape of every tensor: what two files must agree in before their values are worth reading."""
    return sorted((one.name, one.dtype, one.shape) for one in tensors)


def tensor_digest(tensors: Iterable[Tensor]) -> str:
    """The canonical digest (hex). Reads all values; raises NotExaminable when some are missing."""
    whole = hashlib.sha256()
    for one in sorted(tensors, key=lambda tensor: tensor.name):
        values, read = hashlib.sha256(), 0
        for chunk in one.chunks():
            values.update(chunk)
            read += len(chunk)
        if read != one.size:
            raise NotExaminable(UNREADABLE, "fewer values than a tensor's shape says")
        shape = ",".join(map(str, one.shape))
        line = f"{one.name}\0{one.dtype}\0{shape}\0{values.hexdigest()}\n"
        whole.update(line.encode("utf-8", "surrogatepass"))
    return whole.hexdigest()


def span(blob: Blob, offset: int, size: int) -> Callable[[], Iterator[bytes]]:
    """Values that lie in one piece of a Blob."""

    def chunks() -> Iterator[bytes]:
        with blob.open() as stream:
            stream.seek(offset)
            left = size
            while left and (chunk := stream.read(min(left, CHUNK))):
                left -= len(chunk)
                yield chunk

    return chunks
