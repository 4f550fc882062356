"""The footer of a Parquet file: rows, columns and the newest value of its time columns.

Source: Apache Parquet format 2.x, ``parquet.thrift``, Thrift compact protocol. Only the footer is read; every length is
checked against the bytes that are left.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, TypeAlias

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.records.times import from_milliseconds
from scanner.sources.blob import Blob

MAGIC: Final = b"PAR1"
FOOTER: Final = 64 << 20
DEPTH: Final = 16
VALUES: Final = 2_000_000
_Thrift: TypeAlias = "bool | int | float | bytes | list[_Thrift] | dict[int, _Thrift] | None"
_DATE, _TIMESTAMP_MILLIS, _TIMESTAMP_MICROS = 6, 9, 10
"""Converted types (``SchemaElement.converted_type``)."""


@dataclass(frozen=True, slots=True)
class Footer:
    """What a footer says; ``newest`` maps a time column to its newest value (RFC 3339) over all row groups."""

    rows: int
    columns: tuple[str, ...]
    newest: dict[str, str]


def footer(blob: Blob) -> Footer:
    """Read the footer. Raises NotExaminable."""
    with blob.open() as stream:
        stream.seek(max(blob.size - 8, 0))
        tail = stream.read(8)
        if len(tail) < 8 or tail[4:] != MAGIC:
            reason = "encrypted footer" if tail[4:] == b"PARE" else ""
            raise NotExaminable(UNSUPPORTED if reason else UNREADABLE, reason or "Parquet file without a footer")
        length = struct.unpack("<I", tail[:4])[0]
        if length > FOOTER:
            raise NotExaminable(OVER_LIMIT, f"Parquet footer larger than {FOOTER} bytes")
        if length > blob.size - 12:
            raise NotExaminable(UNREADABLE, "Parquet footer larger than the file")
        stream.seek(blob.size - 8 - length)
        meta = _Compact(stream.read(length)).struct(0)
    leaves = _leaves(_dicts(meta.get(2)))
    rows = meta.get(3)
    if not isinstance(rows, int) or rows < 0 or not leaves:
        raise NotExaminable(UNREADABLE, "Parquet footer without rows or columns")
    tops = dict.fromkeys(name.partition(".")[0] for name in leaves)
    return Footer(rows, tuple(tops), _newest(_dicts(meta.get(4)), leaves))


def _leaves(schema: list[dict[int, _Thrift]]) -> dict[str, dict[int, _Thrift]]:
    """Dotted path → schema element of every column that has values."""
    found: dict[str, dict[int, _Thrift]] = {}
    open_groups: list[tuple[str, int]] = []
    for number, element in enumerate(schema):
        name, children = _text(element.get(4)), element.get(5)
        while open_groups and open_groups[-1][1] == 0:
            open_groups.pop()
        prefix = ""
        if number and open_groups:
            prefix, left = open_groups[-1]
            open_groups[-1] = prefix, left - 1
        path = f"{prefix}{name}"
        if len(path) > 2_000:
            raise NotExaminable(OVER_LIMIT, "Parquet columns nested too deep")
        if isinstance(children, int) and children > 0:
            open_groups.append((f"{path}." if number else "", children))
        elif number:
            found[path] = element
    return found


def _newest(groups: list[dict[int, _Thrift]], leaves: dict[str, dict[int, _Thrift]]) -> dict[str, str]:
    """Columns whose every chunk has statistics; a chunk without them could hold anything."""
    largest: dict[str, int] = {}
    without: set[str] = set()
    for group in groups:
        for chunk in _dicts(group.get(1)):
            meta = _dict(chunk.get(3))
            path = meta.get(3)
            name = ".".join(_text(part) for part in path) if isinstance(path, list) else ""
            value = _statistic(_dict(meta.get(12)), leaves.get(name, {}))
            if value is None:
                without.add(name)
            else:
                largest[name] = max(value, largest.get(name, value))
    times = ((name, from_milliseconds(value)) for name, value in sorted(largest.items()) if name not in without)
    return {name: time for name, time in times if time is not None}


def _statistic(statistics: dict[int, _Thrift], element: dict[int, _Thrift]) -> int | None:
    """The largest value of a chunk in milliseconds since 1970; None when the column is no time or has none."""
    raw = statistics.get(5, statistics.get(1))
    unit = _unit(element)
    if not isinstance(raw, bytes) or unit is None or len(raw) not in (4, 8):
        return None
    value = int.from_bytes(raw, "little", signed=True)
    return value * unit if unit > 0 else value // -unit


def _unit(element: dict[int, _Thrift]) -> int | None:
    """Milliseconds of one unit of a time column; negative for units below a millisecond (how many make one)."""
    logical = _dict(element.get(10))
    if 6 in logical or element.get(6) == _DATE:
        return 86_400_000
    if 8 in logical:
        unit = _dict(_dict(logical[8]).get(2))
        return 1 if 1 in unit else -1_000 if 2 in unit else -1_000_000 if 3 in unit else None
    return {_TIMESTAMP_MILLIS: 1, _TIMESTAMP_MICROS: -1_000}.get(_number(element.get(6)))


def _dict(value: _Thrift) -> dict[int, _Thrift]:
    return value if isinstance(value, dict) else {}


def _dicts(value: _Thrift) -> list[dict[int, _Thrift]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: _Thrift) -> str:
    return value.decode("utf-8", "replace")[:500] if isinstance(value, bytes) else ""


def _number(value: _Thrift) -> int:
    return value if isinstance(value, int) else -1


class _Compact:
    """Thrift compact protocol into plain values: structs as field id → value."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at, self._left = data, 0, VALUES

    def struct(self, depth: int) -> dict[int, _Thrift]:
        fields: dict[int, _Thrift] = {}
        id = 0
        while (head := self._byte()) != 0:
            kind, delta = head & 15, head >> 4
            id = id + delta if delta else self._zigzag()
            fields[id] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> _Thrift:
        self._left -= 1
        if depth > DEPTH or self._left < 0:
            raise NotExaminable(OVER_LIMIT, "Parquet footer with too many or too deep values")
        if kind in (1, 2):
            return self._byte() == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            return float(struct.unpack("<d", self._take(8))[0])
        if kind == 8:
            return self._take(self._varint())
        if kind in (9, 10):
            head = self._byte()
            size = self._varint() if head >> 4 == 15 else head >> 4
            return [self._value(head & 15, depth + 1) for _ in range(self._count(size))]
        if kind == 12:
            return self.struct(depth + 1)
        raise NotExaminable(UNREADABLE, "broken Parquet footer")

    def _count(self, size: int) -> int:
        if size > len(self._data) - self._at:
            raise NotExaminable(UNREADABLE, "broken Parquet footer")
        return size

    def _take(self, size: int) -> bytes:
        self._count(size)
        self._at += size
        return self._data[self._at - size : self._at]

    def _byte(self) -> int:
        return self._take(1)[0]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value
            if shift > 63:
                raise NotExaminable(UNREADABLE, "broken Parquet footer")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
