"""Tensors of a safetensors file: its header names them, and its names of types are the canonical ones."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.errors import UNREADABLE, NotExaminable
from scanner.inspectors.safetensors_header import METADATA, read_header, span_of
from scanner.inspectors.tensors.table import Tensor, span
from scanner.sources.blob import Blob


def tensors(blob: Blob) -> Iterator[Tensor]:
    """Every tensor of the file. Raises NotExaminable for an entry that breaks the format."""
    with blob.open() as stream:
        header, start = read_header(stream)
    for name, entry in header.items():
        if name == METADATA:
            continue
        place = span_of(entry)
        if place is None or start + place[1] > blob.size:
            raise NotExaminable(UNREADABLE, "a tensor entry breaks the format")
        begin, end = place
        yield Tensor(name, str(entry["dtype"]), tuple(entry["shape"]), span(blob, start + begin, end - begin))
