"""Tensors of an ONNX model: what their shape claims, what their bytes begin as, and where external data would lie.

Field numbers: TensorProto of onnx.proto3, ONNX 1.19.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanner.identity import relative_path
from scanner.inspectors.payload import opening_reasons
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason
from scanner.records.protobuf import Value, fields, text
from scanner.sources.blob import HEAD, Blob

HUGE: Final = 1 << 36
"""Elements that no model makes from a constant shape: 64 GiB as bytes."""
FILES: Final = 10_000
"""External files that are looked at."""
INT64: Final = 7


@dataclass(frozen=True, slots=True)
class External:
    """Where a tensor lies outside the model: a path relative to the model's folder, and a part of that file."""

    location: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """What is read of one tensor. ``numbers`` are its values where they are 64-bit integers, as shapes are."""

    name: str
    shape: tuple[int, ...]
    raw: memoryview
    external: External | None
    numbers: tuple[int, ...]


def read_tensor(data: memoryview) -> Tensor:
    """One TensorProto. Raises NotExaminable where it is broken."""
    name = ""
    kind = 0
    shape: list[int] = []
    numbers: list[int] = []
    raw = memoryview(b"")
    outside = False
    entries: dict[str, str] = {}
    for number, value in fields(data):
        if number == 1:
            shape += _integers(value)
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number == 7 and len(numbers) <= 64:
            numbers += _integers(value)
        elif number == 8:
            name = text(value)
        elif number == 9 and isinstance(value, memoryview):
            raw = value
        elif number == 13 and isinstance(value, memoryview):
            entry = {key: text(part) for key, part in fields(value)}
            entries[entry.get(1, "")] = entry.get(2, "")
        elif number == 14 and value == 1:
            outside = True
    if kind == INT64 and not numbers and len(raw) <= 512:
        numbers = [int.from_bytes(raw[at : at + 8], "little", signed=True) for at in range(0, len(raw) - 7, 8)]
    external = None
    if outside or "location" in entries:
        external = External(entries.get("location", ""), _number(entries.get("offset")), _number(entries.get("length")))
    return Tensor(name, tuple(shape), raw, external, tuple(numbers) if kind == INT64 else ())


def _integers(value: Value) -> list[int]:
    """A repeated int64: one number, or a packed run of them."""
    if isinstance(value, int):
        return [_signed(value)]
    found: list[int] = []
    current = shift = 0
    for byte in value[:4096]:
        current |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(_signed(current))
            current = shift = 0
    return found


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 20 else 0


def is_huge(shape: tuple[int, ...]) -> bool:
    """Whether a tensor of this shape has more elements than any model holds."""
    return math.prod(max(one, 1) for one in shape[:64]) >= HUGE and 0 not in shape


def tensor_reasons(tensor: Tensor) -> Iterator[Reason]:
    """Why one tensor is more than numbers, or other numbers than it says."""
    place = f"tensor {escape(tensor.name)}"
    if any(one < 0 for one in tensor.shape) or (is_huge(tensor.shape) and tensor.external is None):
        yield Reason("onnx-tensor-shape", "a shape that no data fits", place, "unknown")
    yield from opening_reasons(bytes(tensor.raw[:HEAD]), len(tensor.raw), place, "a tensor")


def external_reasons(blob: Blob, externals: set[External]) -> Iterator[Reason]:
    """Why external data does not lie where its model says, as far as its folder is at hand."""
    for name in sorted({one.location for one in externals}):
        if not name or relative_path(name) is None or ":" in name:
            shown = f"external data outside the folder: {name[:120]!r}"
            yield Reason("onnx-external-path", shown, "graph", "malicious")
    if blob.local is None or blob.near is None:
        return
    for one in sorted(externals, key=lambda one: (one.location, one.offset, one.length))[:FILES]:
        if relative_path(one.location) is None:
            continue
        path, shown = blob.local.parent / one.location, escape(one.location[:120])
        if path.is_symlink() and blob.near(one.location) is None:
            yield Reason("onnx-external-link", "external data is a link that leads outside", shown, "unknown")
        elif not path.is_file():
            yield Reason("onnx-external-missing", "external data that is not there", shown, "unknown")
        elif one.offset + one.length > os.stat(path).st_size:
            yield Reason("onnx-external-range", "external data beyond the end of its file", shown, "unknown")
