"""safetensors: the header is read strictly, the tensors are not interpreted.

Format: https://huggingface.co/docs/safetensors (u64 little-endian header length, JSON header, tensor bytes).
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

from scanner.errors import UNREADABLE, NotExaminable
from scanner.formats import sniff
from scanner.inspectors.statements import Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "safetensors_header"
VERSION: Final = "1"
HEADER_LIMIT: Final = 100_000_000
DTYPE_BITS: Final = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip


def wants(blob: Blob) -> bool:
    """Whether the content looks like safetensors."""
    return sniff(blob.head, blob.size) == "safetensors"


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one safetensors file; every breach of the format is a reason."""
    builder = EvidenceBuilder(NAME)
    length = int.from_bytes(blob.head[:8], "little")
    with blob.open() as stream:
        stream.seek(8)
        raw = stream.read(length)
    header = _header(raw)
    builder.state(blob.ref, "format", "safetensors", blob.location)
    reasons = [*_layout(header, blob.size - 8 - length), *_metadata(header.get("__metadata__", {}))]
    verdict = "unknown" if reasons else "known-safe"
    state_verdict(builder, blob, "lading", verdict, reasons, f"data only: {len(header)} tensors and metadata entries")
    return builder.build()


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
        if name == "__metadata__":
            continue
        span = _span(entry)
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


def _span(entry: Any) -> tuple[int, int] | None:
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
    return []
