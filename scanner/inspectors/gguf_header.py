"""GGUF: keys, chat templates and the tensor table of a llama.cpp model; the tensors are not interpreted.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 1 to 3, little and big endian.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.formats import sniff
from scanner.inspectors.chat_template import template_reasons
from scanner.inspectors.metadata_text import text_reasons
from scanner.inspectors.payload import opening_reasons
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import HEAD, Blob

NAME: Final = "gguf_header"
VERSION: Final = "3"
KEYS: Final = 100_000
TENSORS: Final = 1_000_000
KEY_LIMIT: Final = 1 << 16
NESTING: Final = 4
STRINGS: Final = 8_000_000
"""Texts in arrays; the largest vocabularies hold some 300,000."""
TEXT_LIMIT: Final = 1 << 20
ARRAY, STRING, UINT32, INT8 = 9, 8, 4, 24
WIDTHS: Final = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of the value types of fixed width."""
TEMPLATE: Final = "tokenizer.chat_template"
BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
    18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2),
    26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 31: (32, 18), 32: (32, 18), 33: (32, 18),
    34: (256, 54), 35: (256, 66), 36: (32, 18), 37: (32, 18), 38: (32, 18), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""Elements and bytes of one block of each tensor type (``ggml_type``; sizes of gguf 0.19; 31 to 33 and 36 to 38 are older)."""


@dataclass(slots=True)
class _Header:
    """What the walk collects; spans are (begin, end) relative to the data, end None for a type of unknown size.

    ``bytes`` are the spans of tensors whose elements are single bytes, ``texts`` the values that are strings, by key.
    """

    keys: set[str] = field(default_factory=set)
    templates: list[tuple[str, str]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    bytes: list[tuple[int, int]] = field(default_factory=list)
    spans: list[tuple[int, int | None]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    alignment: int = 32
    repeated: bool = False


class _Cursor:
    """Bounded reads of numbers and texts; every length is compared with the bytes left before anything is read."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.size, self.position, self.order = stream, size, 0, "<"
        self.count_width = 8
        self.strings = STRINGS

    def take(self, count: int) -> bytes:
        self.need(count)
        data = self.stream.read(count)
        self.position += count
        if len(data) != count:
            raise NotExaminable(UNREADABLE, "broken GGUF: shorter than its size")
        return data

    def need(self, count: int) -> None:
        if count > self.size - self.position:
            raise NotExaminable(UNREADABLE, "broken GGUF: a length beyond the end")

    def skip(self, count: int) -> None:
        self.need(count)
        self.position += count
        self.stream.seek(self.position)

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little" if self.order == "<" else "big")

    def count(self) -> int:
        """A length or number of things: 32 bits wide in version 1, 64 since."""
        return self.number(self.count_width)

    def text(self, limit: int) -> str:
        length = self.count()
        if length > limit:
            self.need(length)
            raise NotExaminable(OVER_LIMIT, f"a text in a GGUF header is larger than {limit} bytes")
        return self.take(length).decode("utf-8", "replace")


def wants(blob: Blob) -> bool:
    """Whether the content begins as a GGUF file does."""
    return sniff(blob.head, blob.size) == "gguf"


def inspect(blob: Blob) -> Evidence:
    """Verdict of one GGUF file. Raises NotExaminable for a header that cannot be followed."""
    builder = EvidenceBuilder(NAME)
    with blob.open() as stream:
        cursor = _Cursor(stream, blob.size)
        header = _read(cursor)
        reasons = list(_layout(header, cursor.position, blob.size))
        reasons += _payloads(stream, header, cursor.position, blob.size)
    reasons += [reason for key, text in header.templates for reason in template_reasons(text, key)]
    reasons += [reason for key, text in header.texts for reason in text_reasons(text, f"key {escape(key)}")]
    detail = f"data only: {len(header.keys)} keys and {len(header.spans)} tensors"
    state_reasons(builder, blob, reasons, detail)
    return builder.build()


def _read(cursor: _Cursor) -> _Header:
    header = _Header()
    cursor.skip(4)
    version = cursor.number(4)
    if version >= 1 << 24:
        cursor.order, version = ">", version >> 24
    if version not in (1, 2, 3):
        raise NotExaminable(UNSUPPORTED, "unknown version of GGUF")
    cursor.count_width = 4 if version == 1 else 8
    tensors, keys = cursor.count(), cursor.count()
    if tensors > TENSORS or keys > KEYS:
        raise NotExaminable(OVER_LIMIT, f"more than {TENSORS} tensors or {KEYS} keys")
    for _ in range(keys):
        _read_key(cursor, header)
    for _ in range(tensors):
        _read_tensor(cursor, header)
    return header


def _read_key(cursor: _Cursor, header: _Header) -> None:
    key = cursor.text(KEY_LIMIT)
    header.repeated |= key in header.keys
    header.keys.add(key)
    kind = cursor.number(4)
    template = key == TEMPLATE or key.startswith(TEMPLATE + ".")
    if kind == STRING and template:
        header.templates.append((key[:80], cursor.text(TEXT_LIMIT)))
    elif kind == STRING:
        start = cursor.position
        length = cursor.count()
        cursor.need(length)
        header.texts.append((key[:80], cursor.take(min(length, TEXT_LIMIT)).decode("utf-8", "replace")))
        cursor.skip(start + cursor.count_width + length - cursor.position)
    elif kind == ARRAY and template:
        inner, count = cursor.number(4), cursor.count()
        if inner != STRING or count > KEYS:
            raise NotExaminable(UNREADABLE, "broken GGUF: templates that are no texts")
        header.templates += [(key[:80], cursor.text(TEXT_LIMIT)) for _ in range(count)]
    elif kind == UINT32 and key == "general.alignment":
        header.alignment = cursor.number(4)
        if header.alignment == 0 or header.alignment & (header.alignment - 1) or header.alignment > 1 << 20:
            raise NotExaminable(UNREADABLE, "broken GGUF: alignment is no power of two")
    else:
        _skip_value(cursor, kind, 0)


def _skip_value(cursor: _Cursor, kind: int, depth: int) -> None:
    if kind in WIDTHS:
        cursor.skip(WIDTHS[kind])
    elif kind == STRING:
        cursor.strings -= 1
        if cursor.strings < 0:
            raise NotExaminable(OVER_LIMIT, f"more than {STRINGS} texts in a GGUF header")
        cursor.skip(cursor.count())
    elif kind == ARRAY and depth < NESTING:
        inner, count = cursor.number(4), cursor.count()
        if inner in WIDTHS:
            cursor.skip(count * WIDTHS[inner])
        else:
            cursor.need(count * cursor.count_width)
            for _ in range(count):
                _skip_value(cursor, inner, depth + 1)
    else:
        raise NotExaminable(UNREADABLE, "broken GGUF: unknown value type or arrays nested too deeply")


def _read_tensor(cursor: _Cursor, header: _Header) -> None:
    name = cursor.text(KEY_LIMIT)
    header.repeated |= name in header.names
    header.names.add(name)
    rank = cursor.number(4)
    if rank > 4:
        raise NotExaminable(UNREADABLE, "broken GGUF: a tensor of more than four dimensions")
    shape = [cursor.count() for _ in range(rank)]
    kind, offset = cursor.number(4), cursor.number(8)
    if kind not in BLOCKS:
        header.spans.append((offset, None))
        return
    elements, width = BLOCKS[kind]
    size = -(-math.prod(shape) // elements) * width
    header.spans.append((offset, offset + size))
    if kind == INT8:
        header.bytes.append((offset, size))


def _layout(header: _Header, end: int, size: int) -> Iterator[Reason]:
    """Breaches of the tensor table: tensors lie in the file, aligned, one behind the other, and nothing follows."""
    if header.repeated:
        yield Reason("gguf-repeated-name", "a key or tensor name appears twice", "header", "unknown")
    if any(stop is None for _, stop in header.spans):
        yield Reason("gguf-tensor-type", "a tensor of a type that ggml does not have", "header", "unknown")
    start = _align(end, header.alignment)
    position: int | None = start
    for begin, stop in sorted(header.spans, key=lambda span: (span[0], span[1] or 0)):
        if begin % header.alignment:
            yield Reason("gguf-layout", "a tensor is not aligned", f"byte {start + begin}", "unknown")
            return
        if start + begin > size or (stop is not None and start + stop > size):
            raise NotExaminable(UNREADABLE, "broken GGUF: a tensor lies beyond the end")
        if position is not None and start + begin != position:
            what = "tensors overlap" if start + begin < position else "bytes that belong to no tensor"
            yield Reason("gguf-layout", what, f"byte {position}", "unknown")
            return
        position = None if stop is None else _align(start + stop, header.alignment)
    if position is not None and size > max(position, end):
        yield Reason("gguf-trailing-bytes", "bytes that belong to no tensor", f"byte {position}", "unknown")


def _payloads(stream: BinaryIO, header: _Header, end: int, size: int) -> Iterator[Reason]:
    """Files that begin where a tensor of bytes begins, or behind the last tensor."""
    start = _align(end, header.alignment)
    places = [(start + offset, length, "a tensor of bytes") for offset, length in header.bytes]
    if header.spans and all(stop is not None for _, stop in header.spans):
        behind = start + max(stop or 0 for _, stop in header.spans)
        places.append((behind, size - behind, "what follows the tensors"))
    for place, length, what in places:
        if length <= 0 or place + length > size:
            continue
        stream.seek(place)
        yield from opening_reasons(stream.read(min(length, HEAD)), length, f"byte {place}", what)


def _align(position: int, alignment: int) -> int:
    return -(-position // alignment) * alignment
