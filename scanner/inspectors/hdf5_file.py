"""HDF5 files: Keras configurations and pickles in attributes, and data that lies in other files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.errors import NotExaminable
from scanner.formats import sniff
from scanner.inspectors.embedded_pickle import pickle_reasons
from scanner.inspectors.hdf5_records import read_contents
from scanner.inspectors.keras_objects import keras_reasons, parse
from scanner.inspectors.pickle import looks_like_pickle
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import RANK, Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "hdf5_file"
VERSION: Final = "1"


def wants(blob: Blob) -> bool:
    """Whether the content is an HDF5 file."""
    return sniff(blob.head, blob.size) == "hdf5"


def inspect(blob: Blob) -> Evidence:
    """Verdict of one HDF5 file by its attributes and links; arrays are not read. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    with blob.open() as stream:
        contents = read_contents(stream, blob.size)
    reasons = {reason for name, value in contents.attributes for reason in _attribute(name, value)}
    if contents.elsewhere:
        reasons.add(Reason("hdf5-external-data", "arrays lie in other files", "object headers", "unknown"))
    verdict = min((one.verdict for one in reasons), key=RANK.index, default="known-safe")
    state_verdict(builder, blob, "lading", verdict, reasons, f"data only: {contents.objects} groups and arrays")
    return builder.build()


def _attribute(name: str, value: bytes) -> Iterator[Reason]:
    place = f"attribute {escape(name)}"
    if value[:1] in (b"{", b"["):
        try:
            yield from keras_reasons(parse(value), place)
        except NotExaminable:
            if name in ("model_config", "training_config"):
                raise
    elif looks_like_pickle(value, len(value)):
        for one in pickle_reasons(value, 0):
            yield Reason(one.code, one.detail, f"{place} {one.at}", one.verdict)
