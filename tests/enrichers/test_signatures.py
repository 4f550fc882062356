"""Signatures beside models: verified by content, spoilt by a changed byte, unmoved by what they do not speak of."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scanner.graph import Graph
from scanner.model import ArtifactRef, Proof
from scanner.signing import emit
from scanner.signing.trust import Trust
from tests.enrichers.conftest import NOW, Scanned
from tests.signing.helpers import envelope_bundle, trust_in

SAMPLES = Path(__file__).parents[1] / "inspectors" / "samples"


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def trust(key: ec.EllipticCurvePrivateKey) -> Trust:
    return trust_in(key)


@pytest.fixture
def signed(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    """A folder ``m`` of two models and a text, signed as a whole."""
    folder = tmp_path / "m"
    folder.mkdir()
    shutil.copy(SAMPLES / "plain.onnx", folder / "model.onnx")
    shutil.copy(SAMPLES / "plain.safetensors", folder / "model.safetensors")
    (folder / "notes.txt").write_text("notes " * 20)
    emit.sign_directory(folder, key, now=NOW)
    return tmp_path


def signing(graph: Graph, path: str) -> Any:
    return graph.artifact(model_at(graph, path)).groups["signing"]


def model_at(graph: Graph, path: str) -> ArtifactRef:
    (model,) = [ref for ref in graph.at(path) if ref.kind == "model"]
    return model


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_covered_and_unchanged(signed: Path, scanned: Scanned, trust: Trust) -> None:
    graph = scanned(signed, trust)
    for name in ("model.onnx", "model.safetensors"):
        assert signing(graph, f"m/{name}") == {"state": "verified", "unsigned_extras": 0}
        (signature,) = graph.outgoing(model_at(graph, f"m/{name}"), ("signed_by",))
        assert signature.proof is Proof.SIGNED
        (signer,) = graph.outgoing(signature.target, ("signed_by",))
        assert graph.artifact(signer.target).name == "release"
        assert graph.artifact(signer.target).groups["trusted"] is True


def test_one_byte_changed(signed: Path, scanned: Scanned, trust: Trust) -> None:
    change(signed / "m" / "model.safetensors")
    graph = scanned(signed, trust)
    assert signing(graph, "m/model.safetensors")["state"] == "changed"
    assert signing(graph, "m/model.onnx")["state"] == "verified"
    (signature,) = graph.refs("signature")
    assert graph.artifact(signature).groups["status"] == "tampered"
    assert graph.artifact(signature).groups["coverage"]["modified"] == ["model.safetensors"]  # type: ignore[index,call-overload]


def test_another_file_changed_or_gone(signed: Path, scanned: Scanned, trust: Trust) -> None:
    (signed / "m" / "notes.txt").write_text("changed")
    assert signing(scanned(signed, trust), "m/model.onnx")["state"] == "verified"
    (signed / "m" / "notes.txt").unlink()
    graph = scanned(signed, trust)
    assert signing(graph, "m/model.onnx")["state"] == "verified"
    (signature,) = graph.refs("signature")
    assert graph.artifact(signature).groups["status"] == "tampered"


@pytest.mark.parametrize("name", ["extra.onnx", "odd!name.onnx"])
def test_a_model_added_later_is_unsigned_and_counted(signed: Path, scanned: Scanned, trust: Trust, name: str) -> None:
    shutil.copy(SAMPLES / "custom.onnx", signed / "m" / name)
    graph = scanned(signed, trust)
    assert signing(graph, f"m/{name}")["state"] == "unsigned"
    assert graph.outgoing(model_at(graph, f"m/{name}"), ("signed_by",)) == []
    assert signing(graph, "m/model.onnx") == {"state": "verified", "unsigned_extras": 1}


def test_the_same_bytes_elsewhere_are_the_same_signed_model(signed: Path, scanned: Scanned, trust: Trust) -> None:
    (signed / "serving").mkdir()
    shutil.copy(signed / "m" / "model.onnx", signed / "serving" / "1.bin")
    assert signing(scanned(signed, trust), "serving/1.bin")["state"] == "verified"


def test_a_signed_folder_inside_an_archive(signed: Path, scanned: Scanned, trust: Trust) -> None:
    shutil.make_archive(str(signed / "bundle"), "zip", signed, "m")
    shutil.rmtree(signed / "m")
    assert signing(scanned(signed, trust), "bundle.zip!m/model.onnx")["state"] == "verified"


def test_nobody_is_trusted_without_a_trust_file(signed: Path, scanned: Scanned) -> None:
    graph = scanned(signed)
    assert signing(graph, "m/model.onnx")["state"] == "untrusted"
    (link,) = graph.outgoing(model_at(graph, "m/model.onnx"), ("signed_by",))
    assert link.proof is Proof.DECLARED


def test_no_signature_at_all(tmp_path: Path, scanned: Scanned, trust: Trust) -> None:
    shutil.copy(SAMPLES / "plain.onnx", tmp_path / "model.onnx")
    assert signing(scanned(tmp_path, trust), "model.onnx") == {"state": "unsigned", "unsigned_extras": 0}


@pytest.mark.parametrize(
    "bundle",
    ["{}", '{"mediaType": 3}', '{"dsseEnvelope": {"payload": "!!"}}', "{" * 3000, '{"a": "' + "\\ud800" + '"}'],
)
def test_a_broken_signature_is_invalid_and_nothing_raises(
    signed: Path, scanned: Scanned, trust: Trust, bundle: str
) -> None:
    (signed / "m" / "model.sig").write_text(bundle)
    assert signing(scanned(signed, trust), "m/model.onnx")["state"] == "invalid"


def test_a_provenance_bundle_says_nothing_of_the_models_around_it(
    signed: Path, scanned: Scanned, key: ec.EllipticCurvePrivateKey, trust: Trust
) -> None:
    """Wheels and images have bundles too; where the wheel is elsewhere its bundle spoils no model."""
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "demo.whl", "digest": {"sha256": "0" * 64}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    }
    (signed / "demo.whl.sigstore.json").write_bytes(envelope_bundle(key, json.dumps(statement).encode()))
    graph = scanned(signed, trust)
    assert signing(graph, "m/model.onnx") == {"state": "verified", "unsigned_extras": 0}
    (signed / "m" / "model.sig").rename(signed / "m" / "claims.bundle.sigstore.json")
    assert signing(scanned(signed, trust), "m/model.onnx")["state"] == "verified"


def test_a_signature_of_one_file_lies_beside_it(
    tmp_path: Path, scanned: Scanned, key: ec.EllipticCurvePrivateKey, trust: Trust
) -> None:
    import hashlib

    shutil.copy(SAMPLES / "plain.onnx", tmp_path / "model.onnx")
    digest = hashlib.sha256((tmp_path / "model.onnx").read_bytes()).hexdigest()
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "model.onnx", "digest": {"sha256": digest}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    }
    (tmp_path / "model.onnx.sig").write_bytes(envelope_bundle(key, json.dumps(statement).encode()))
    assert signing(scanned(tmp_path, trust), "model.onnx")["state"] == "verified"
    change(tmp_path / "model.onnx")
    assert signing(scanned(tmp_path, trust), "model.onnx")["state"] == "invalid"


def test_a_link_out_of_the_release_covers_nothing(
    signed: Path, scanned: Scanned, trust: Trust, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "model.onnx"
    shutil.move(signed / "m" / "model.onnx", outside)
    os.symlink(outside, signed / "m" / "model.onnx")
    graph = scanned(signed, trust)
    (signature,) = graph.refs("signature")
    assert graph.artifact(signature).groups["coverage"]["missing"] == ["model.onnx"]  # type: ignore[index,call-overload]
