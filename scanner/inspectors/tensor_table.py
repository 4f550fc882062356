"""How many tensors a weight file holds, so that equal weights in other bytes can be found.

Only headers are read here. The digest over the values costs a second read of the file: an enricher asks for it where another
file of the scan may hold the same tensors. A file inside an archive cannot be opened again, and is digested at once.
"""

from __future__ import annotations

import re
from typing import Final

from scanner.errors import NotExaminable
from scanner.formats import sniff, zip_format
from scanner.inspectors import onnx_header
from scanner.inspectors.tensors import READERS, read_tensors, tensor_digest, totals
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob
from scanner.sources.zip_members import member_names

NAME: Final = "tensor_table"
VERSION: Final = "1"
_FIRST_MEMBER: Final = re.compile(
    rb".+\.npy\Z|[^/]+/(?:\.?data|version|byteorder|constants|code|extra|\.format_version)"
)
"""How the first member of an archive of tensors is called; other archives are not opened."""


def wants(blob: Blob) -> bool:
    """Whether the content is of a format that has tensors by name."""
    format = sniff(blob.head, blob.size)
    if format == "zip":
        length = int.from_bytes(blob.head[26:28], "little")
        return _FIRST_MEMBER.match(blob.head[30 : 30 + length]) is not None
    return format == "safetensors" or (format is None and onnx_header.wants(blob))


def inspect(blob: Blob) -> Evidence:
    """Number and size of the tensors; nothing for a file whose tensors cannot be told by name."""
    builder = EvidenceBuilder(NAME)
    try:
        format = _format(blob)
        tensors = read_tensors(blob, format) if format in READERS else []
        if not tensors:
            return builder.build()
        digest = tensor_digest(tensors) if "!" in blob.path else None
    except NotExaminable as error:
        builder.gap(blob.ref, "tensors", error.reason, error.detail, blob.location)
        return builder.build()
    builder.state(blob.ref, "tensors", {**totals(tensors), "digest": digest}, blob.location)
    return builder.build()


def _format(blob: Blob) -> str:
    format = sniff(blob.head, blob.size)
    if format != "zip":
        return format or "onnx"
    return zip_format(member_names(blob))
