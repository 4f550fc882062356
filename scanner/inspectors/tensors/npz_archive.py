"""Arrays of an ``.npz`` archive: members ``name.npy`` of a zip, each in NumPy's own format."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, UNSUPPORTED, NotExaminable
from scanner.inspectors.numpy_array import read_header
from scanner.inspectors.tensors.table import Tensor
from scanner.inspectors.tensors.zip_member import member
from scanner.sources.blob import Blob

RATIO: Final = 64
"""Times that all arrays together may be larger than the archive."""
_DTYPE: Final = re.compile(r"[<|=]?([biufc])(\d{1,2})\Z")
_NAMES: Final = {
    ("b", 1): "BOOL", ("u", 1): "U8", ("u", 2): "U16", ("u", 4): "U32", ("u", 8): "U64", ("i", 1): "I8", ("i", 2): "I16",
    ("i", 4): "I32", ("i", 8): "I64", ("f", 2): "F16", ("f", 4): "F32", ("f", 8): "F64", ("c", 8): "C64",
    ("c", 16): "C128",
}  # fmt: skip


def tensors(blob: Blob) -> Iterator[Tensor]:
    """Every array of the archive. Raises NotExaminable for one that is no plain little-endian array in C order."""
    with blob.open() as stream, zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        if sum(one.file_size for one in members) > RATIO * blob.size:
            raise NotExaminable(OVER_LIMIT, f"arrays more than {RATIO} times larger than their archive")
        for info in members:
            with archive.open(info) as array:
                header = read_header(array, 0)  # type: ignore[arg-type]  # a file object of its own protocol
            match = _DTYPE.match(header.descr) if isinstance(header.descr, str) else None
            dtype = _NAMES.get((match[1], int(match[2]))) if match else None
            if dtype is None or (header.fortran_order and sum(side > 1 for side in header.shape) > 1):
                raise NotExaminable(UNSUPPORTED, "an array of another type, byte order or layout")
            chunks = member(blob, archive, info, header.start, header.data)
            yield Tensor(info.filename.removesuffix(".npy"), dtype, header.shape, chunks)
