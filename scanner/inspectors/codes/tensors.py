"""Reason codes of files of tensors and tables, and of what hides among their numbers and texts."""

from __future__ import annotations

from typing import Final

from scanner.inspectors.codes.terms import (
    ARCHITECTURE,
    CORRUPT_MODEL,
    DENIAL,
    EMBED_MALWARE,
    FETCH,
    LOCAL,
    MALICIOUS,
    PROMPT_LOGIC,
    REPACK,
    REPLACE,
    REVIEW,
    SHRINK,
    UNKNOWN,
    UNSAFE_ARTIFACT,
    ReasonCode,
)

ROWS: Final[dict[str, ReasonCode]] = {
    "npy-trailing-pickle": ReasonCode(
        "unknown, or that of the pickle", "a pickle follows the last array", 502, EMBED_MALWARE, REPACK
    ),
    "npy-trailing-bytes": ReasonCode(UNKNOWN, "other bytes follow the last array", 1286, CORRUPT_MODEL, REPACK),
    "safetensors-bad-tensor": ReasonCode(UNKNOWN, "a tensor entry breaks the format", 1286, CORRUPT_MODEL, REPACK),
    "safetensors-layout": ReasonCode(
        UNKNOWN, "tensors overlap, or leave bytes that belong to none", 1286, CORRUPT_MODEL, REPACK
    ),
    "safetensors-trailing": ReasonCode(UNKNOWN, "bytes behind the last tensor", 1286, EMBED_MALWARE, REPACK),
    "safetensors-metadata": ReasonCode(UNKNOWN, "metadata is no mapping of strings", 1286, CORRUPT_MODEL, REPACK),
    "gguf-repeated-name": ReasonCode(UNKNOWN, "a key or tensor name appears twice", 694, CORRUPT_MODEL, REPACK),
    "gguf-layout": ReasonCode(UNKNOWN, "tensors overlap, are not aligned, or leave gaps", 1286, CORRUPT_MODEL, REPACK),
    "gguf-tensor-type": ReasonCode(UNKNOWN, "a tensor type of no known size", 1286, CORRUPT_MODEL, REPACK),
    "gguf-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the last tensor", 1286, EMBED_MALWARE, REPACK),
    "onnx-python-operator": ReasonCode(MALICIOUS, "an operator runs Python code", 94, EMBED_MALWARE, REPLACE),
    "onnx-custom-operator": ReasonCode(UNKNOWN, "an operator needs code outside ONNX", 829, ARCHITECTURE, REVIEW),
    "onnx-external-path": ReasonCode(MALICIOUS, "external data outside the folder", 22, UNSAFE_ARTIFACT, LOCAL),
    "onnx-external-link": ReasonCode(UNKNOWN, "external data is a link that leads outside", 59, UNSAFE_ARTIFACT, LOCAL),
    "onnx-external-range": ReasonCode(UNKNOWN, "external data beyond the end of its file", 125, CORRUPT_MODEL, FETCH),
    "onnx-external-missing": ReasonCode(UNKNOWN, "external data that is not there", 1286, UNSAFE_ARTIFACT, FETCH),
    "onnx-tensor-shape": ReasonCode(
        UNKNOWN, "a tensor that no memory holds, or that no data fits", 789, DENIAL, SHRINK
    ),
    "payload-archive": ReasonCode(UNKNOWN, "data begins as an archive or packed file", 506, EMBED_MALWARE, REVIEW),
    "metadata-script": ReasonCode(UNKNOWN, "a text about the model that a browser would run", 79, PROMPT_LOGIC, REVIEW),
    "metadata-code": ReasonCode(UNKNOWN, "a text about the model with calls of Python", 94, EMBED_MALWARE, REVIEW),
    "flax-extension": ReasonCode(UNKNOWN, "a value of a type that Flax does not know", 1286, EMBED_MALWARE, REPACK),
    "flax-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the last value", 1286, EMBED_MALWARE, REPACK),
    "arrow-pickled-type": ReasonCode(
        "unknown, or that of the pickle", "a column whose type is a pickle", 502, UNSAFE_ARTIFACT, REPACK
    ),
    "payload-program": ReasonCode(UNKNOWN, "a program where numbers or texts should be", 506, EMBED_MALWARE, REPLACE),
    "payload-pickle": ReasonCode(UNKNOWN, "a pickle where numbers or texts should be", 502, EMBED_MALWARE, REPACK),
}
