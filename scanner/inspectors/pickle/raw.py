"""Search without a parse: bytes that no stream reaches, and pickles carried inside data values."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from scanner.inspectors.pickle.machine import Data

_FIRST_OPCODES: Final = rb"[\x95}\](c\x8cXKNMJG)\x88\x89C\x8aU]"
_START: Final = re.compile(rb"\x80[\x02-\x05]" + _FIRST_OPCODES)
_NAME: Final = rb"([A-Za-z_][A-Za-z0-9_.]{0,99})"
_PUT: Final = rb"(?:\x94|q.|r.{3}\x00|p\d{1,9}\n)?"
_LINE: Final = re.compile(rb"([A-Za-z0-9_.]++)(?:\n(?=" + _NAME + rb"\n))?")
_GLOBAL: Final = re.compile(rb"[ci](?=" + _NAME + rb"\Z)")
_STRING: Final = rb"(?:\x8c.|X.\x00\x00\x00)" + _NAME
_STACK_GLOBAL: Final = re.compile(_STRING + _PUT + _STRING + _PUT + rb"\x93", re.DOTALL)
_BASE64: Final = re.compile(rb"gA[I-X][A-Za-z0-9+/]{16,}={0,2}")
_LONGEST_VALUE: Final = 4 * 1024 * 1024
_LONGEST_LINE: Final = 101
_LENGTHS: Final = ((b"C", 1), (b"B", 4), (b"\x8e", 8), (b"\x96", 8))


class RawReference(NamedTuple):
    """A canonical spelling of a reference, found at ``offset``."""

    offset: int
    module: str
    name: str


class CarriedPickle(NamedTuple):
    """A data value at ``offset`` that looks like a pickle of its own."""

    offset: int
    payload: bytes


def pickle_starts(data: Data, start: int, end: int) -> Iterator[int]:
    """Offsets in ``data[start:end]`` where a pickle of protocol 2 to 5 may begin."""
    for match in _START.finditer(data, start, end):
        yield match.start()


def raw_references(data: Data, start: int, end: int) -> Iterator[RawReference]:
    """References in ``data[start:end]`` in the spellings that every pickler writes.

    GLOBAL is sought line by line: its first byte is a letter, so that every end of a line may be its module.
    """
    for line in _LINE.finditer(data, start, end):
        if line[2] is not None:
            first = max(line.start(), line.end(1) - _LONGEST_LINE)
            for match in _GLOBAL.finditer(data[first : line.end(1)]):
                yield RawReference(first + match.start(), match[1].decode(), line[2].decode())
    for match in _STACK_GLOBAL.finditer(data, start, end):
        yield RawReference(match.start(), match[1].decode(), match[2].decode())


def carried_pickles(data: Data, start: int, end: int) -> Iterator[CarriedPickle]:
    """Bytes values and base64 texts in ``data[start:end]`` that begin like a pickle."""
    for match in _START.finditer(data, start, end):
        size = _length_before(data, match.start())
        if size is not None and match.start() + size <= end:
            yield CarriedPickle(match.start(), data[match.start() : match.start() + size])
    for match in _BASE64.finditer(data, start, end):
        text = match[0][:_LONGEST_VALUE]
        try:
            yield CarriedPickle(match.start(), base64.b64decode(text[: len(text) // 4 * 4]))
        except binascii.Error:
            continue


def _length_before(data: Data, position: int) -> int | None:
    """The length field that ends right before ``position``, when a bytes opcode carries one there."""
    for opcode, width in _LENGTHS:
        at = position - width - 1
        if at >= 0 and data[at : at + 1] == opcode:
            size = int.from_bytes(data[at + 1 : position], "little")
            if 3 < size <= _LONGEST_VALUE:
                return size
    return None
