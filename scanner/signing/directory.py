"""Finding and verifying the signature of one directory or file on disk: what ``lading verify`` does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from scanner.errors import NotExaminable, UsageError
from scanner.signing.files import digest_of, read_directory
from scanner.signing.result import Code, SignatureResult, Status
from scanner.signing.trust import Trust
from scanner.signing.verify import verify_artifact_signature, verify_model_signature
from scanner.sources.blob import open_file

LIMIT: Final = 64 << 20
MODEL_BUNDLE: Final = "model.sig"
SUFFIXES: Final = (".sigstore.json", ".sigstore", ".sig")


def verify_path(path: Path, trust: Trust, *, now: datetime) -> dict[str, Any]:
    """The answer of ``lading verify --format json`` for one path. Raises UsageError for a path that does not exist."""
    if not path.exists():
        raise UsageError(f"{path}: no such file or directory; name a signed directory or file")
    return _answer(path, _verified(path, trust, now))


def _verified(path: Path, trust: Trust, now: datetime) -> SignatureResult:
    try:
        return _compared(path, trust, now)
    except NotExaminable as problem:
        return SignatureResult(Status.ERROR, Code.SOURCE_UNREACHABLE, problem.detail)
    except OSError:
        return SignatureResult(Status.ERROR, Code.SOURCE_UNREACHABLE, "a file cannot be read")


def _compared(path: Path, trust: Trust, now: datetime) -> SignatureResult:
    if path.is_dir():
        bundle = path / MODEL_BUNDLE
        if not bundle.is_file():
            found = sorted(one for one in path.iterdir() if one.name.endswith(SUFFIXES) and one.is_file())
            if not found:
                return SignatureResult(Status.UNSIGNED, Code.NO_SIGNATURE, "no signature in the directory")
            bundle = found[0]
        return verify_model_signature(_read(bundle), read_directory(path), trust, now=now, artifact=path.name)
    for suffix in SUFFIXES:
        bundle = path.with_name(path.name + suffix)
        if bundle.is_file():
            with open_file(path.resolve()) as stream:
                digest = digest_of(stream, "sha256")
            return verify_artifact_signature(_read(bundle), digest, trust, now=now, artifact=path.name)
    return SignatureResult(Status.UNSIGNED, Code.NO_SIGNATURE, "no signature beside the file")


def _read(bundle: Path) -> bytes:
    with open_file(bundle.resolve()) as stream:
        return stream.read(LIMIT + 1)


def _answer(path: Path, result: SignatureResult) -> dict[str, Any]:
    signer = result.signer
    return {
        "subject": path.name or str(path),
        "status": str(result.status),
        "code": str(result.code) if result.code else None,
        "method": result.method,
        "signer": {
            "identity": signer.identity,
            "issuer": signer.issuer,
            "name": signer.name,
            "key_id": signer.key_id,
        },
        "covers": sorted(result.covers),
        "modified": sorted(result.modified),
        "missing": sorted(result.missing),
        "unsigned": sorted(result.unsigned_files),
    }
