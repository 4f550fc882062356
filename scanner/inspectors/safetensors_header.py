"""safetensors: the header is read strictly; of tensors only the first bytes are looked at, where they are bytes.

Format: https://huggingface.co/docs/safetensors (u64 little-endian header length, JSON header, tensor bytes).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.formats import sniff
from scanner.inspectors.metadata_text import text_reasons
from scanner.inspectors.payload import opening_reasons
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import HEAD, Blob

NAME: Final = "safetensors_header"
VERSION: Final = "3"
HEADER_LIMIT: Final = 100_000_000
METADATA: Final = "__metadata__"
DTYPE_BITS: Final = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip

BYTES: Final = frozenset({"U8", "I8", "BOOL"})
_JSON: Final = (b'"', b"}", b" ", b"\n", b"\r", b"\t")
"""What can follow the opening brace of a JSON object."""


def wants(blob: Blob) -> bool:
    """Whether the content looks like safetensors, or claims a header that is longer than the file."""
    return sniff(blob.head, blob.size) == "safetensors" or _claims_too_much(blob)


def _claims_too_much(blob: Blob) -> bool:
    """Whether the file would be safetensors but for the length of its header: it is cut, or it lies.

    Of eight letters no length below 2**48 is made, so that a text with a brace at this place is not taken for one.
    """
    if blob.head[8:9] != b"{":
        return False
    length, named = int.from_bytes(blob.head[:8], "little"), blob.name.lower().endswith(".safetensors")
    return length > blob.size - 8 and (named or (length < 1 << 48 and blob.head[9:10] in _JSON))


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one safetensors file; every breach of the format is a reason."""
    builder = EvidenceBuilder(NAME)
    with blob.open() as stream:
        header, start = read_header(stream)
        payloads = list(_payloads(stream, header, start, blob.size))
    builder.state(blob.ref, "format", "safetensors", blob.location)
    reasons = [*_layout(header, blob.size - start), *_metadata(header.get(METADATA, {})), *payloads]
    verdict = "unknown" if reasons else "known-safe"
    state_verdict(builder, blob, "lading", verdict, reasons, f"data only: {len(header)} tensors and metadata entries")
    return builder.build()


def read_header(stream: BinaryIO) -> tuple[dict[str, Any], int]:
    """The header at the start of a stream, and where the bytes of the tensors begin. Raises NotExaminable."""
    length = int.from_bytes(stream.read(8), "little")
    if length > HEADER_LIMIT:
        raise NotExaminable(OVER_LIMIT, f"safetensors header larger than {HEADER_LIMIT} bytes")
    raw = stream.read(length)
    if len(raw) < length:
        raise NotExaminable(UNREADABLE, "safetensors header is longer than the file")
    return _header(raw), 8 + length


def _header(raw: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise NotExaminable(UNREADABLE, "safetensors header repeats a key")
        return dict(pairs)

    try:
        header = json.loads(raw, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise NotExaminable(UNREADABLE, "safetensors header is not JSON") from None
    if not isinstance(header, dict):
        raise NotExaminable(UNREADABLE, "safetensors header is not a mapping")
    return header


def _layout(header: dict[str, Any], data_size: int) -> list[Reason]:
    """Breaches of the tensor table: every byte of the data belongs to exactly one tensor."""
    reasons: list[Reason] = []
    spans: list[tuple[int, int]] = []
    for name, entry in sorted(header.items()):
        if name == METADATA:
            continue
        span = span_of(entry)
        if span is None:
            reasons.append(Reason("safetensors-bad-tensor", "a tensor entry breaks the format", "header", "unknown"))
        else:
            spans.append(span)
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            what = "overlap" if begin < position else "leave bytes that belong to no tensor"
            reasons.append(Reason("safetensors-layout", f"tensors {what}", f"byte {position}", "unknown"))
            break
        position = end
    else:
        if position != data_size:
            reasons.append(
                Reason("safetensors-trailing", "bytes that belong to no tensor", f"byte {position}", "unknown")
            )
    return reasons


def span_of(entry: Any) -> tuple[int, int] | None:
    """Begin and end of a tensor's bytes behind the header; None for an entry that breaks the format."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        return None
    bits, shape, offsets = DTYPE_BITS.get(str(entry["dtype"])), entry["shape"], entry["data_offsets"]
    if bits is None or not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        return None
    if not all(type(number) is int and 0 <= number < 1 << 62 for number in [*shape, *offsets]) or len(shape) > 64:
        return None
    begin, end = offsets
    size = math.ceil(math.prod(shape) * bits / 8) if math.prod(shape) < 1 << 62 else -1
    return (begin, end) if end - begin == size else None


def _metadata(metadata: Any) -> list[Reason]:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        return [Reason("safetensors-metadata", "metadata is not a mapping of strings", "header", "unknown")]
    return [one for key, value in metadata.items() for one in text_reasons(value, f"metadata {escape(key)}")]


def _payloads(stream: BinaryIO, header: dict[str, Any], start: int, size: int) -> Iterator[Reason]:
    """Files that begin where a tensor of bytes begins, or behind the last tensor. Numbers of other types begin like
    one by chance, and are no place to hide: every value of a byte is a number.
    """
    ends = [0]
    for name, entry in sorted(header.items()):
        span = span_of(entry) if name != METADATA else None
        if span is None or start + span[1] > size:
            continue
        ends.append(span[1])
        if entry["dtype"] in BYTES:
            yield from _opening(stream, start + span[0], span[1] - span[0], "a tensor of bytes")
    behind = start + max(ends)
    yield from _opening(stream, behind, size - behind, "what follows the tensors")


def _opening(stream: BinaryIO, place: int, size: int, what: str) -> list[Reason]:
    stream.seek(place)
    return opening_reasons(stream.read(min(size, HEAD)), size, f"byte {place}", what)
