"""Schemas of Arrow and Parquet files: an extension type that is a pickle runs when the file is opened (CVE-2023-47248).

Read without pyarrow: the type's name is looked for in the footer, as it stands and in the base64 text in which Parquet
keeps the schema of Arrow. Formats: Arrow columnar format 1.5 (file footer), Apache Parquet format 2.x (footer).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.formats import sniff
from scanner.inspectors.embedded_pickle import imports_of, reasons_of
from scanner.inspectors.pickle import analyse
from scanner.inspectors.statements import Import, Reason, state_imports, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "arrow_schema"
VERSION: Final = "1"
FOOTER: Final = 64 << 20
TYPE: Final = b"arrow.py_extension_type"
ENDS: Final = {"parquet": b"PAR1", "arrow": b"ARROW1"}
NEAR: Final = 1 << 16
"""A pickle lies this close to the name of its type: both are metadata of one field."""
PICKLES: Final = 64
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]|c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n")


def wants(blob: Blob) -> bool:
    """Whether the content is a Parquet or Arrow file."""
    return sniff(blob.head, blob.size) in ENDS


def inspect(blob: Blob) -> Evidence:
    """Verdict about the schema of one file; empty evidence for one without pickled types. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    footer, start = _footer(blob)
    found = [*_pickled(footer, start), *(one for text in _texts(footer) for one in _pickled(text, None))]
    reasons = [one for one in found if isinstance(one, Reason)]
    if reasons:
        state_reasons(builder, blob, reasons)
        state_imports(builder, blob, (one for one in found if isinstance(one, Import)))
    return builder.build()


def _footer(blob: Blob) -> tuple[bytes, int]:
    """The footer and its place; a Parquet file whose footer is encrypted says so elsewhere."""
    mark = ENDS[str(sniff(blob.head, blob.size))]
    with blob.open() as stream:
        stream.seek(max(blob.size - 4 - len(mark), 0))
        tail = stream.read()
        if tail[4:] != mark:
            raise NotExaminable(UNREADABLE, "a table without a footer")
        length = int.from_bytes(tail[:4], "little")
        start = blob.size - len(tail) - length
        if length > FOOTER:
            raise NotExaminable(OVER_LIMIT, f"footer larger than {FOOTER} bytes")
        if start < 0:
            raise NotExaminable(UNREADABLE, "footer larger than the file")
        stream.seek(start)
        return stream.read(length), start


def _texts(footer: bytes) -> Iterator[bytes]:
    """What the long base64 texts of the footer hold: one of them is the schema of Arrow."""
    for match in _BASE64.finditer(footer):
        text = match[0].rstrip(b"=")
        try:
            yield base64.b64decode(text[: len(text) // 4 * 4])
        except binascii.Error:
            continue


def _pickled(data: bytes, start: int | None) -> Iterator[Reason | Import]:
    """A type that is kept as a pickle, and what the pickles beside its name would do."""
    if TYPE not in data:
        return
    yield Reason("arrow-pickled-type", "a column whose type is a pickle", "footer", "unknown")
    tried = 0
    for name in re.finditer(re.escape(TYPE), data):
        near = max(name.start() - NEAR, 0)
        for match in _PICKLE.finditer(data, near, min(name.end() + NEAR, len(data))):
            tried += 1
            if tried > PICKLES:
                return
            report = analyse(data[match.start() : name.end() + NEAR])
            if report.verdict == "malicious":
                place = 0 if start is None else start + match.start()
                for one in reasons_of(report, place):
                    where = f"schema {one.at}" if start is None else one.at
                    yield Reason(one.code, one.detail, where, one.verdict)
                yield from imports_of(report)
                return
