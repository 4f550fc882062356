"""Tensors of a torch archive: ``data.pkl`` names them, ``data/<key>`` holds the bytes of their storages.

Format: ``torch/serialization.py`` of torch 2.x (zip). What the pickle describes is followed without loading it.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.inspectors.tensors.state_dict import View, read_views
from scanner.inspectors.tensors.table import BITS, Tensor, checked
from scanner.inspectors.tensors.zip_member import member
from scanner.sources.blob import Blob

PICKLE: Final = "data.pkl"
PICKLE_LIMIT: Final = 4 << 20
RATIO: Final = 4
"""Times that all tensors together may be larger than the archive: views may share a storage."""


def tensors(blob: Blob) -> Iterator[Tensor]:
    """Every tensor of the archive. Raises NotExaminable for what is more than named, contiguous tensors."""
    with blob.open() as stream, zipfile.ZipFile(stream) as archive:
        infos = {info.filename: info for info in archive.infolist()}
        top = next((name.removesuffix(PICKLE) for name in sorted(infos) if name.endswith("/" + PICKLE)), None)
        if top is None or infos[top + PICKLE].file_size > PICKLE_LIMIT:
            raise NotExaminable(OVER_LIMIT, f"no {PICKLE}, or one larger than {PICKLE_LIMIT} bytes")
        if top + "byteorder" in infos and archive.read(top + "byteorder")[:16] != b"little":
            raise NotExaminable(UNSUPPORTED, "numbers that are not little-endian")
        views = read_views(archive.read(top + PICKLE))
        found = [_tensor(blob, archive, infos.get(f"{top}data/{view.key}"), name, view) for name, view in views]
    if sum(one.size for one in checked(found)) > RATIO * blob.size:
        raise NotExaminable(OVER_LIMIT, f"tensors more than {RATIO} times larger than their archive")
    yield from found


def _tensor(blob: Blob, archive: zipfile.ZipFile, info: zipfile.ZipInfo | None, name: str, view: View) -> Tensor:
    if info is None:
        raise NotExaminable(UNREADABLE, "a storage is missing")
    width = BITS[view.dtype] // 8
    chunks = member(blob, archive, info, view.offset * width, math.prod(view.shape) * width)
    return Tensor(name, view.dtype, view.shape, chunks)
