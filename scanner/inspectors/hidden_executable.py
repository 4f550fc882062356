"""Programs under the name of a model or of data: the name says that nothing in the file runs, the content says that it can."""

from __future__ import annotations

import re
from typing import Final

from scanner.formats import sniff
from scanner.inspectors.statements import Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "hidden_executable"
VERSION: Final = "1"
DATA_SUFFIXES: Final = (
    ".bin", ".ckpt", ".csv", ".dat", ".data", ".feather", ".ggml", ".gguf", ".h5", ".hdf5", ".joblib", ".json", ".keras",
    ".mar", ".model", ".msgpack", ".npy", ".npz", ".onnx", ".parquet", ".pb", ".pickle", ".pkl", ".pt", ".pt2", ".pth",
    ".safetensors", ".sav", ".skops", ".tflite", ".tfrecord", ".tsv", ".txt", ".weights", ".jpg", ".jpeg", ".png", ".gif",
    ".wav", ".mp3", ".pdf",
)  # fmt: skip
KINDS: Final = {"elf": "an ELF program", "pe": "a Windows program", "macho": "a macOS program"}

_MACHO: Final = re.compile(rb"\xfe\xed\xfa[\xce\xcf]|\xca\xfe\xba\xbe\x00\x00\x00[\x01-\x10]")
"""Big-endian Mach-O and universal binaries; a Java class has a greater number in the second place."""
_SCRIPT: Final = re.compile(rb"#! ?/(?:usr/)?(?:local/)?bin/(?:env +)?\w*(?:sh|python[\d.]*|perl|ruby|node|php)\b")
TEXT_SUFFIXES: Final = (".txt", ".dat", ".data", ".json", ".csv", ".tsv", ".model", ".sav")
"""Names under which a script is a text like any other."""


def wants(blob: Blob) -> bool:
    """Whether the name claims data and the content begins as a program does."""
    return blob.name.lower().endswith(DATA_SUFFIXES) and _kind(blob) is not None


def _kind(blob: Blob) -> str | None:
    format = sniff(blob.head, blob.size)
    if format in KINDS:
        return KINDS[format]
    if _MACHO.match(blob.head):
        return KINDS["macho"]
    if _SCRIPT.match(blob.head) and not blob.name.lower().endswith(TEXT_SUFFIXES):
        return "a script"
    return None


def inspect(blob: Blob) -> Evidence:
    """One reason: which kind of program it is."""
    builder = EvidenceBuilder(NAME)
    reason = Reason("executable-under-a-data-name", f"the content is {_kind(blob)}", "whole file", "unknown")
    state_verdict(builder, blob, "lading", reason.verdict, [reason])
    return builder.build()
