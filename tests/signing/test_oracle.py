"""Against the reference implementation, where it is installed: model-signing 1.1.1 with pyopenssl.

It is an oracle for plain keys and method ``files``. Where files lie under ignored paths it accepts and Lading says
``partial``; its certificate checks and its own shard bundles are known to be wrong.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.signing import emit, keys
from scanner.signing.files import read_directory
from scanner.signing.result import Status
from scanner.signing.trust import Trust
from scanner.signing.verify import verify_model_signature

pytest.importorskip("OpenSSL")
hashing = pytest.importorskip("model_signing.hashing")
signing = pytest.importorskip("model_signing.signing")
verifying = pytest.importorskip("model_signing.verifying")

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP384R1())
TRUST = Trust.of_keys({"release": KEY.public_key()})


@pytest.fixture(scope="module")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("keys")
    (folder / "private.pem").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "public.pem").write_bytes(keys.spki_pem(KEY.public_key()))
    return folder / "private.pem", folder / "public.pem"


def build(root: Path, contents: Mapping[str, bytes]) -> None:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def reference_accepts(root: Path, signature: Path, public: Path) -> bool:
    try:
        verifying.Config().use_elliptic_key_verifier(public_key=public).verify(root, signature)
    except ValueError:
        return False
    return True


def status(root: Path, signature: Path) -> Status:
    return verify_model_signature(signature.read_bytes(), read_directory(root), TRUST, now=NOW).status


paths = st.sampled_from(["a", "b/c", "b-d", "b/e/f", "cache/x", ".git/x", ".gitattributes", "sub/.git/x"])
trees = st.dictionaries(paths, st.binary(max_size=4), min_size=1)
unhurried = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@unhurried
@given(trees, trees, st.booleans(), st.booleans())
def test_both_agree_on_every_change(
    tmp_path: Path,
    key_files: tuple[Path, Path],
    signed: dict[str, bytes],
    changes: dict[str, bytes],
    remove: bool,
    link: bool,
) -> None:
    private, public = key_files
    root, signature = tmp_path / "model", tmp_path / "model.sig"
    build(root, {"always": b"x", **signed})
    config = hashing.Config().set_ignored_paths(paths=["cache"], ignore_git_paths=True)
    signing.Config().set_hashing_config(config).use_elliptic_key_signer(private_key=private).sign(root, signature)
    assert status(root, signature) in (Status.VERIFIED, Status.PARTIAL)
    build(root, {"always": b"x", **({} if remove else signed), **changes})
    if link:
        (root / "link").symlink_to("always")
    ours = status(root, signature)
    assert reference_accepts(root, signature, public) == (ours in (Status.VERIFIED, Status.PARTIAL))


@unhurried
@given(trees)
def test_the_reference_accepts_what_lading_signs(
    tmp_path: Path, key_files: tuple[Path, Path], contents: dict[str, bytes]
) -> None:
    root = tmp_path / "model"
    build(root, {"always": b"x", **contents})
    emit.sign_directory(root, KEY, now=NOW, ignored=["cache"])
    assert reference_accepts(root, root / emit.SIGNATURE_NAME, key_files[1])
    (root / "always").write_bytes(b"y")
    assert not reference_accepts(root, root / emit.SIGNATURE_NAME, key_files[1])


@pytest.mark.parametrize("algorithm", ["sha256", "blake2"])
@pytest.mark.parametrize("sharded", [False, True])
def test_the_references_shards_and_hashes_are_read(
    tmp_path: Path, key_files: tuple[Path, Path], algorithm: str, sharded: bool
) -> None:
    root, signature = tmp_path / "model", tmp_path / "model.sig"
    build(root, {"a": b"0123456789", "b/c": b"0123", "b-d": b"01234"})
    config = hashing.Config()
    if sharded:
        config.use_shard_serialization(hashing_algorithm=algorithm, shard_size=4)
    else:
        config.use_file_serialization(hashing_algorithm=algorithm)
    signing.Config().set_hashing_config(config).use_elliptic_key_signer(private_key=key_files[0]).sign(root, signature)
    assert status(root, signature) is Status.VERIFIED
    with (root / "a").open("ab") as stream:
        stream.write(b"!")
    assert status(root, signature) is Status.TAMPERED
