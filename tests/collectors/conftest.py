"""Files opened the way a scan opens them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scanner import identity
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.sources.directory import Handle, open_blob

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def blob_at() -> Callable[[Path, str], Blob]:
    """Opens ``path`` below ``root``, hashed and named as the examination does."""

    def opened(root: Path, path: str) -> Blob:
        file = root / path
        blob = open_blob(Handle(path, str(file), str(root), file.stat().st_size))
        blob.sha256 = hashlib.sha256(blob.read()).hexdigest()
        blob.ref = identity.file(blob.sha256, blob.size, blob.path)
        return blob

    return opened


@pytest.fixture
def record() -> Callable[..., Blob]:
    """Makes a Blob of a record written in the test; ``beside`` are other files of its folder."""

    def made(path: str, content: str | bytes, beside: Mapping[str, str] | None = None) -> Blob:
        data = content.encode() if isinstance(content, str) else content
        others = {name: blob_of_bytes(name, text.encode()) for name, text in (beside or {}).items()}
        blob = blob_of_bytes(path, data, others.get)
        blob.sha256 = hashlib.sha256(data).hexdigest()
        blob.ref = identity.file(blob.sha256, blob.size, blob.path)
        return blob

    return made


@pytest.fixture
def fraud() -> Path:
    """The release candidate with planted violations, made by the real tools."""
    folder = ROOT / "fixtures" / "fraud-detection"
    if not (folder / "mlflow.db").exists():
        pytest.skip("the built release candidate is not here")
    return folder
