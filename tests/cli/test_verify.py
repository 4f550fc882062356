"""``lading verify`` and what it does with a folder or a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scanner.signing import emit, keys
from tests.cli.conftest import Lading
from tests.enrichers.conftest import NOW


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def trust_in(path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    pem = keys.spki_pem(key.public_key()).decode().replace("\n", "\n      ").strip()
    path.write_text(f"schema: trust/v1\nkeys:\n  - name: release key\n    pem: |\n      {pem}\nidentities: []\n")
    return path


@pytest.fixture
def trust(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    return trust_in(tmp_path / "trust.yaml", key)


@pytest.fixture
def signed(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_bytes(b"w" * 100)
    emit.sign_directory(folder, key, now=NOW)
    return folder


def test_verified_changed_and_extended(lading: Lading, signed: Path, trust: Path) -> None:
    ran = lading("verify", signed, "--trust", trust)
    assert (ran.code, ran.out.split()[0]) == (0, "verified")
    (signed / "extra").write_text("x")
    (answer,) = lading("verify", signed, "--trust", trust, "--format", "json").objects
    assert (answer["status"], answer["unsigned"], answer["modified"]) == ("tampered", ["extra"], [])
    (signed / "weights").write_bytes(b"v" * 100)
    ran = lading("verify", signed, "--trust", trust)
    assert ran.code == 1
    assert "modified: weights" in ran.out


def test_no_signature_blocks(lading: Lading, tmp_path: Path, trust: Path) -> None:
    (tmp_path / "plain").mkdir()
    ran = lading("verify", tmp_path / "plain", "--trust", trust)
    assert (ran.code, ran.out.split()[0]) == (1, "unsigned")


@pytest.mark.parametrize("odd", ["fifo", "name"])
def test_what_cannot_be_read_is_undecided(lading: Lading, signed: Path, trust: Path, odd: str) -> None:
    if odd == "fifo":
        os.mkfifo(signed / "pipe")
    else:
        Path(os.fsdecode(os.fsencode(signed) + b"/\xff")).write_text("x")
    (answer,) = lading("verify", signed, "--trust", trust, "--format", "json").objects
    assert (answer["status"], answer["code"]) == ("error", "source-unreachable")
    assert lading("verify", signed, "--trust", trust).code == 3


def test_a_bundle_that_is_a_pipe_does_not_block(lading: Lading, signed: Path, trust: Path) -> None:
    os.mkfifo(signed / "file.sig")
    (signed / "file").write_text("x")
    assert lading("verify", signed / "file", "--trust", trust).code == 1


def test_an_untrusted_key_and_a_missing_path(lading: Lading, signed: Path, trust: Path, tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    assert lading("verify", signed, "--trust", trust_in(tmp_path / "other.yaml", other)).code == 1
    assert lading("verify", tmp_path / "missing", "--trust", trust).code == 2
