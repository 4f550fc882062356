"""Initializers of an ONNX model's main graph.

Field numbers: onnx.proto3 of ONNX 1.19 (ModelProto, GraphProto, TensorProto). Values lie in ``raw_data``, in the field of
their type, or in another file of the folder.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, SOURCE_UNREACHABLE, UNSUPPORTED, NotExaminable
from scanner.identity import relative_path
from scanner.inspectors import mapped
from scanner.inspectors.tensors.table import BITS, CHUNK, Tensor, span
from scanner.records.protobuf import fields, text, varints
from scanner.sources.blob import Blob

GRAPH, INITIALIZER = 7, 5
DTYPES: Final = {
    1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: "F16", 11: "F64", 12: "U32",
    13: "U64", 14: "C64", 15: "C128", 16: "BF16", 17: "F8_E4M3", 18: "F8_E4M3FNUZ", 19: "F8_E5M2", 20: "F8_E5M2FNUZ",
}  # fmt: skip
"""TensorProto.DataType by number; types below one byte and strings are left out."""
FLOATS, INT32, INT64, DOUBLES, UINT64 = 4, 5, 7, 10, 11
NUMBERS: Final = 4_000_000
"""Values of one tensor that are read where each is a number of its own length."""


def tensors(blob: Blob) -> Iterator[Tensor]:
    """Every initializer of the main graph. Raises NotExaminable."""
    for number, graph in fields(mapped.view(blob)):
        if number == GRAPH and isinstance(graph, memoryview):
            for inner, value in fields(graph):
                if inner == INITIALIZER and isinstance(value, memoryview):
                    yield _tensor(blob, value)


def _tensor(blob: Blob, data: memoryview) -> Tensor:
    name, dtype, external = "", "", False
    shape: list[int] = []
    raw: memoryview | None = None
    typed: dict[int, list[memoryview | int]] = {}
    place: dict[str, str] = {}
    for number, value in fields(data):
        if number == 1:
            shape += [value] if isinstance(value, int) else varints(value)
        elif number == 2 and isinstance(value, int):
            dtype = DTYPES.get(value, "")
        elif number == 8:
            name = text(value)
        elif number == 9 and isinstance(value, memoryview):
            raw = value
        elif number == 13 and isinstance(value, memoryview):
            entry = dict(fields(value))
            place[text(entry.get(1, 0))] = text(entry.get(2, 0))
        elif number == 14:
            external = value == 1
        elif number in (FLOATS, INT32, INT64, DOUBLES, UINT64):
            typed.setdefault(number, []).append(value)
    if not dtype:
        raise NotExaminable(UNSUPPORTED, "an initializer of a type below one byte")
    if external:
        return Tensor(name, dtype, tuple(shape), _external(blob, place))
    return Tensor(name, dtype, tuple(shape), _inside(raw, typed, BITS[dtype] // 8, dtype))


def _external(blob: Blob, place: dict[str, str]) -> Callable[[], Iterator[bytes]]:
    relative = relative_path(place.get("location", ""))
    other = blob.near(relative) if relative is not None and blob.near is not None else None
    if other is None:
        raise NotExaminable(SOURCE_UNREACHABLE, "external data are not here")
    try:
        offset = int(place.get("offset") or "0")
        length = int(place.get("length") or str(other.size - offset))
    except ValueError:
        raise NotExaminable(UNSUPPORTED, "place of external data is no number") from None
    return span(other, max(offset, 0), max(min(length, other.size), 0))


def _inside(
    raw: memoryview | None, typed: dict[int, list[memoryview | int]], width: int, dtype: str
) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        if raw is not None:
            for position in range(0, len(raw), CHUNK):
                yield bytes(raw[position : position + CHUNK])
        for number, values in sorted(typed.items()):
            for value in values:
                yield _packed(number, value, width, dtype)

    return chunks


def _packed(number: int, value: memoryview | int, width: int, dtype: str) -> bytes:
    """The values of a typed field as bytes: floats lie there as they are, whole numbers each with its own length."""
    if number in (FLOATS, DOUBLES):
        return bytes(value) if isinstance(value, memoryview) else struct.pack("<I" if number == FLOATS else "<Q", value)
    numbers = [value] if isinstance(value, int) else varints(value, NUMBERS + 1)
    if len(numbers) > NUMBERS:
        raise NotExaminable(OVER_LIMIT, f"more than {NUMBERS} numbers in one field")
    mask = (1 << 8 * width) - 1
    return b"".join((one & mask).to_bytes(width, "little") for one in numbers)
