"""HDF5 files: Keras configurations and pickles in attributes, and data that lies in other files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.errors import NotExaminable
from scanner.formats import sniff
from scanner.inspectors.embedded_pickle import pickle_contents
from scanner.inspectors.hdf5_records import read_contents
from scanner.inspectors.keras_objects import keras_imports, keras_reasons, parse
from scanner.inspectors.payload import opening_reasons
from scanner.inspectors.pickle import looks_like_pickle
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Import, Reason, state_imports, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "hdf5_file"
VERSION: Final = "2"


def wants(blob: Blob) -> bool:
    """Whether the content is an HDF5 file."""
    return sniff(blob.head, blob.size) == "hdf5"


def inspect(blob: Blob) -> Evidence:
    """Verdict of one HDF5 file by its attributes, its links and the first bytes of arrays of bytes. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    with blob.open() as stream:
        contents = read_contents(stream, blob.size)
    told = {one for name, value in contents.attributes for one in _attribute(name, value)}
    reasons = {one for one in told if isinstance(one, Reason)}
    if contents.elsewhere:
        reasons.add(Reason("hdf5-external-data", "arrays lie in other files", "object headers", "unknown"))
    for place, head, size in contents.openings:
        reasons.update(opening_reasons(head, size, f"byte {place}", "an array of bytes"))
    state_reasons(builder, blob, reasons, f"data only: {contents.objects} groups and arrays")
    state_imports(builder, blob, (one for one in told if isinstance(one, Import)))
    return builder.build()


def _attribute(name: str, value: bytes) -> Iterator[Reason | Import]:
    place = f"attribute {escape(name)}"
    if value[:1] in (b"{", b"["):
        try:
            parsed = parse(value)
            yield from keras_reasons(parsed, place)
            yield from keras_imports(parsed)
        except NotExaminable:
            if name in ("model_config", "training_config"):
                raise
    elif looks_like_pickle(value, len(value)):
        reasons, imports = pickle_contents(value, 0)
        for one in reasons:
            yield Reason(one.code, one.detail, f"{place} {one.at}", one.verdict)
        yield from imports
