"""What a content is, told by its first bytes and never by its name.

Formats without a magic number of their own (pickle, ONNX, tables) are recognised by their inspector or collector, which
reads further.
"""

from __future__ import annotations

import lzma
import re
import zlib
from collections.abc import Collection
from functools import lru_cache
from typing import Final

MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"GGUF", "gguf"),
    (b"\x93NUMPY", "npy"),
    (b"PAR1", "parquet"),
    (b"ARROW1\x00\x00", "arrow"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x7fELF", "elf"),
    (b"\xcf\xfa\xed\xfe", "macho"),
    (b"\xce\xfa\xed\xfe", "macho"),
    (b"%PDF-", "pdf"),
    (b"Obj\x01", "avro"),
    (b"ptrt", "tensorrt"),
    (b"ftrt", "tensorrt"),
    (b"B\0C\0N\0", "cntk"),
)
PROGRAMS: Final = frozenset({"elf", "macho", "pe"})
ARCHIVES: Final = frozenset({"zip", "tar", "7z"})
COMPRESSED: Final = frozenset({"gzip", "bzip2", "xz", "lzma", "zlib", "zstd", "lz4"})
OPAQUE_ARCHIVES: Final = frozenset({"rar"})
"""Containers that are recognised and cannot be opened here."""
MODEL_FORMATS: Final = frozenset(
    {
        "pickle",
        "joblib",
        "torch",
        "torchscript",
        "pt2",
        "flax",
        "executorch",
        "keras",
        "hdf5",
        "safetensors",
        "gguf",
        "onnx",
        "skops",
        "savedmodel",
        "tflite",
        "xgboost",
        "lightgbm",
        "catboost",
        "pmml",
        "openvino",
        "coreml",
        "paddle",
        "mxnet",
        "torch7",
        "caffe",
        "tensorrt",
        "cntk",
        "mar",
        "nemo",
    }
)
"""Formats whose files are weights of a model."""
HOLDERS: Final = frozenset({"torch", "torchscript", "mar", "nemo"})
"""Archives of models; loading them runs what their members hold and, but for code beside these, nothing else."""

_EXECUTORCH: Final = re.compile(rb".{4}(?:ET|BP)[0-9]{2}", re.DOTALL)
"""A flatbuffer (place of its root, then its identifier) of ExecuTorch: a program, or one bundled with inputs."""
_BZIP2: Final = re.compile(rb"BZh[1-9]1AY&SY")


@lru_cache(maxsize=16)  # every component asks this of the same Blob
def sniff(head: bytes, size: int) -> str | None:
    """The format of a content of ``size`` bytes that begins with ``head``; None when its bytes do not tell."""
    for magic, name in MAGIC:
        if head.startswith(magic):
            return None if name == "bzip2" and not _BZIP2.match(head) else name
    if head[257:262] == b"ustar":
        return "tar"
    if head.startswith(b"MZ") and size > 64 and len(head) >= 64:
        offset = int.from_bytes(head[60:64], "little")
        if head[offset : offset + 4] == b"PE\0\0":
            return "pe"
    if size > 10 and head[8:9] == b"{":
        length = int.from_bytes(head[:8], "little")
        if 2 <= length <= min(size - 8, 100_000_000):
            return "safetensors"
    if head[4:8] == b"TFL3":
        return "tflite"
    if _EXECUTORCH.match(head) and int.from_bytes(head[:4], "little") < size:
        return "executorch"
    return next((name for name, opens in (("zlib", _is_zlib), ("lzma", _is_lzma)) if opens(head)), None)


def _is_zlib(head: bytes) -> bool:
    """A zlib stream (RFC 1950), as joblib writes it. Its two bytes of header prove nothing, so that it must expand."""
    if len(head) < 8 or head[0] != 0x78 or int.from_bytes(head[:2]) % 31 or head[1] & 0x20:
        return False
    try:
        return bool(zlib.decompressobj().decompress(head, 16))
    except zlib.error:
        return False


def _is_lzma(head: bytes) -> bool:
    """A stream of the old lzma format, which has no magic number either."""
    if head[:3] != b"\x5d\x00\x00" or len(head) < 16:
        return False
    try:
        return bool(lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=1 << 28).decompress(head, 16))
    except lzma.LZMAError:
        return False


def zip_format(names: Collection[str]) -> str:
    """What a zip archive with these member names is: ``torch``, ``torchscript``, ``pt2``, ``mar``, ``keras``, ``skops``,
    ``npz``, ``wheel`` or plain ``zip``.
    """
    tops = {name.partition("/")[2] for name in names}
    if "data.pkl" in tops or "data.pkl" in names:
        return "torchscript" if any(top.startswith("code/") for top in tops) else "torch"
    if "archive_format" in tops and any(top.startswith("models/") for top in tops):
        return "pt2"
    if is_mar(names):
        return "mar"
    if "config.json" in names and ("model.weights.h5" in names or "metadata.json" in names):
        return "keras"
    if "schema.json" in names:
        return "skops"
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    if any(name.endswith(".dist-info/WHEEL") for name in names):
        return "wheel"
    return "zip"


def tar_format(names: Collection[str]) -> str:
    """What a tar archive with these member paths is: ``mar``, ``nemo`` (NeMo of NVIDIA) or plain ``tar``."""
    if is_mar(names):
        return "mar"
    tops = {name.partition("/")[0] for name in names}
    weights = "model_weights" in tops or any(name.endswith(".ckpt") for name in tops)
    return "nemo" if "model_config.yaml" in names and weights else "tar"


def is_mar(names: Collection[str]) -> bool:
    """Whether an archive with these members is one of TorchServe."""
    return "MAR-INF/MANIFEST.json" in names
