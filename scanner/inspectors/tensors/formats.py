"""Which reader reads the tensors of which format."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final

from scanner.errors import UNREADABLE, NotExaminable
from scanner.inspectors.tensors import npz_archive, onnx_model, safetensors_file, torch_archive
from scanner.inspectors.tensors.table import Tensor, checked
from scanner.sources.archive import BROKEN_ZIP
from scanner.sources.blob import Blob

READERS: Final[dict[str, Callable[[Blob], Iterator[Tensor]]]] = {
    "npz": npz_archive.tensors,
    "onnx": onnx_model.tensors,
    "safetensors": safetensors_file.tensors,
    "torch": torch_archive.tensors,
    "torchscript": torch_archive.tensors,
}
"""Format (as the group ``format`` says it) to the reader of its tensors."""


def read_tensors(blob: Blob, format: str) -> list[Tensor]:
    """The tensors of a file by name, from its headers only. Raises NotExaminable for a format that has no reader."""
    reader = READERS.get(format)
    if reader is None:
        raise NotExaminable(UNREADABLE, f"no tensors are read from {format}")
    try:
        return checked(reader(blob))
    except (*BROKEN_ZIP, KeyError, struct.error):
        raise NotExaminable(UNREADABLE, "tensors cannot be read") from None
