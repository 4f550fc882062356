"""The bytes of a zip member, read where they lie, without opening the archive again for each."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator

from scanner.errors import UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.inspectors.tensors.table import CHUNK, span
from scanner.sources.blob import Blob
from scanner.sources.zip_records import read_local


def member(
    blob: Blob, archive: zipfile.ZipFile, info: zipfile.ZipInfo, start: int, size: int
) -> Callable[[], Iterator[bytes]]:
    """``size`` bytes from ``start`` of a member. Raises NotExaminable for methods other than stored and deflated."""
    assert archive.fp is not None
    local = read_local(archive.fp, info.header_offset)  # type: ignore[arg-type]  # a file object of its own protocol
    if local is None or info.flag_bits & 1:
        raise NotExaminable(UNREADABLE, "a member without a record of its own, or encrypted")
    place = info.header_offset + local.length
    if info.compress_type == zipfile.ZIP_STORED:
        if start + size > info.file_size:
            raise NotExaminable(UNREADABLE, "a member is shorter than its header says")
        return span(blob, place + start, size)
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise NotExaminable(UNSUPPORTED, "a member of unusual compression")
    packed = span(blob, place, info.compress_size)
    return lambda: _cut(_inflated(packed()), start, size)


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    engine = zlib.decompressobj(-15)
    for chunk in packed:
        while chunk:
            try:
                yield engine.decompress(chunk, CHUNK)
            except zlib.error:
                raise NotExaminable(UNREADABLE, "a member that cannot be expanded") from None
            chunk = engine.unconsumed_tail


def _cut(chunks: Iterator[bytes], start: int, size: int) -> Iterator[bytes]:
    for chunk in chunks:
        if start < len(chunk) and size:
            part = chunk[start : start + size]
            size -= len(part)
            yield part
        start = max(start - len(chunk), 0)
