"""Keras models as JSON: ``config.json`` of a ``.keras`` archive, or a model configuration of its own."""

from __future__ import annotations

import zipfile
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.formats import zip_format
from scanner.inspectors.keras_objects import is_keras_object, keras_imports, keras_reasons, parse
from scanner.inspectors.statements import state_imports, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.archive import BROKEN_ZIP
from scanner.sources.blob import Blob
from scanner.sources.zip_members import member_names
from scanner.sources.zip_records import is_zip

NAME: Final = "keras_config"
VERSION: Final = "1"
LIMIT: Final = 64 << 20
CONFIG: Final = "config.json"
_MARKS: Final = (b"class_name", b"\\u00")
"""A configuration has one of these: the key itself, or some of its letters escaped."""


def wants(blob: Blob) -> bool:
    """Whether the content is a zip archive or may be a JSON object."""
    return is_zip(blob) or (blob.size <= LIMIT and blob.head.lstrip()[:1] == b"{")


def inspect(blob: Blob) -> Evidence:
    """Verdict of one Keras model; empty evidence for other archives and other JSON. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    archive = is_zip(blob)
    data = _config_of_archive(blob) if archive else blob.read(LIMIT)
    if data is None or not (archive or any(mark in data for mark in _MARKS)):
        return builder.build()
    try:
        value = parse(data)
    except NotExaminable:
        if archive:
            raise
        return builder.build()
    if not archive and not is_keras_object(value):
        return builder.build()
    reasons = sorted(set(keras_reasons(value, CONFIG if archive else "whole file")), key=lambda one: one.detail)
    state_reasons(builder, blob, reasons, "layers of Keras only")
    state_imports(builder, blob, keras_imports(value))
    return builder.build()


def _config_of_archive(blob: Blob) -> bytes | None:
    """``config.json`` of a Keras archive; None for another archive, and for a broken one, which its reader tells of."""
    if zip_format(member_names(blob)) != "keras":
        return None
    try:
        with blob.open() as stream, zipfile.ZipFile(stream) as archive:
            info = archive.getinfo(CONFIG)
            if info.file_size > LIMIT:
                raise NotExaminable(OVER_LIMIT, "config.json is too large")
            with archive.open(info) as member:
                return member.read(LIMIT)
    except BROKEN_ZIP:
        raise NotExaminable(UNREADABLE, "config.json cannot be read") from None
