"""Formats are told by content."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.formats import MAGIC, sniff, tar_format, zip_format

SAMPLES = Path(__file__).parent / "inspectors" / "samples"


def told(data: bytes) -> str | None:
    return sniff(data[:4096], len(data))


def archive(write: str) -> bytes:
    out = io.BytesIO()
    if write == "tar":
        with tarfile.open(fileobj=out, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("x"))
    else:
        with zipfile.ZipFile(out, "w") as packed:
            if write == "zip":
                packed.writestr("x", "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (archive("tar"), "tar"),
        (archive("zip"), "zip"),
        (archive("empty zip"), "zip"),
        (gzip.compress(b"x", mtime=0), "gzip"),
        (bz2.compress(b"x"), "bzip2"),
        (lzma.compress(b"x"), "xz"),
        ((SAMPLES / "plain.safetensors").read_bytes(), "safetensors"),
        ((SAMPLES / "weights.pt").read_bytes(), "zip"),
        (b"MZ" + b"\0" * 58 + (64).to_bytes(4, "little") + b"PE\0\0" + b"\0" * 60, "pe"),
        (b"\x1c\0\0\0TFL3" + b"\0" * 20, "tflite"),
        (b"\x38\0\0\0ET12eh00" + b"\0" * 80, "executorch"),
        (b"\x18\0\0\0BP08" + b"\0" * 80, "executorch"),
        (b"the BET12 was lost, and so on", None),
        (b"", None),
        (b"BZh is how this text begins", None),
        (b"MZ is how this text begins" + b" " * 60, None),
        (b"plain text", None),
        ((1 << 40).to_bytes(8, "little") + b"{" + b"x" * 40, None),
        ((30).to_bytes(8, "little") + b"{}", None),
    ],
    ids=itertools.count(),
)
def test_contents(data: bytes, format: str | None) -> None:
    assert told(data) == format


@pytest.mark.parametrize(
    ("names", "format"),
    [
        (["archive/data.pkl", "archive/version", "archive/data/0"], "torch"),
        (["data.pkl", "version"], "torch"),
        (["m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"], "torchscript"),
        (["config.json", "metadata.json", "model.weights.h5"], "keras"),
        (["schema.json"], "skops"),
        (["schema.json", "config.json"], "skops"),
        (["a.npy", "b.npy"], "npz"),
        (["demo/__init__.py", "demo-1.dist-info/WHEEL"], "wheel"),
        (["readme.txt"], "zip"),
        ([], "zip"),
    ],
)
def test_kinds_of_zip(names: list[str], format: str) -> None:
    assert zip_format(names) == format


@pytest.mark.parametrize("sample", ["weights.pt", "module.pt"])
def test_archives_of_torch(sample: str) -> None:
    with zipfile.ZipFile(SAMPLES / sample) as packed:
        assert zip_format(packed.namelist()) == "torch"


@given(st.sampled_from([magic for magic, _ in MAGIC]) | st.just(b"MZ"), st.binary(max_size=300))
def test_no_content_raises(start: bytes, rest: bytes) -> None:
    assert told(start + rest) is None or isinstance(told(start + rest), str)
    assert told(rest) == told(rest)


@pytest.mark.parametrize(
    ("names", "format"),
    [
        (["model_config.yaml", "model_weights.ckpt"], "nemo"),
        (["model_config.yaml", "model_weights/metadata.json"], "nemo"),
        (["model_config.yaml", "folder/model_weights.ckpt"], "tar"),
        (["MAR-INF/MANIFEST.json", "model_config.yaml", "a.ckpt"], "mar"),
        (["x/MAR-INF/MANIFEST.json"], "tar"),
        ([], "tar"),
    ],
)
def test_names_of_tar_members(names: list[str], format: str) -> None:
    assert tar_format(names) == format
