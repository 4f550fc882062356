"""Writes the samples of this folder with in-toto-attestation 0.9.3 and securesystemslib 1.6.0."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.protobuf.json_format import MessageToDict, ParseDict
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner

HERE = Path(__file__).parent
PREDICATE = {
    "buildDefinition": {
        "buildType": "https://example.com/train/v1",
        "externalParameters": {"epochs": 3},
        "resolvedDependencies": [
            {"uri": "git+https://git.example.com/fraud@refs/heads/main", "digest": {"gitCommit": "b" * 40}},
            {"name": "claims.csv", "digest": {"sha256": "c" * 64}},
            {"name": "base.safetensors", "digest": {"sha256": "d" * 64}},
            {"uri": "pkg:pypi/scikit-learn@1.5.0", "digest": {"sha256": "e" * 64}},
            {"uri": "pkg:docker/python@3.11?digest=sha256:" + "f" * 64, "digest": {"sha256": "f" * 64}},
        ],
    },
    "runDetails": {
        "builder": {"id": "https://builder.example.com/train"},
        "metadata": {
            "invocationId": "https://ci.example.com/runs/7?token=abc",
            "startedOn": "2025-10-01T10:00:00Z",
            "finishedOn": "2025-10-01T11:00:00Z",
        },
    },
}


def main() -> None:
    """Write a plain statement about a model and the same in a signed envelope."""
    subject = ResourceDescriptor(name="fraud.onnx", digest={"sha256": "a" * 64}).pb
    predicate = MessageToDict(ParseDict(PREDICATE, provenance_pb2.Provenance()))
    statement = Statement([subject], "https://slsa.dev/provenance/v1", predicate)
    statement.validate()
    written = json.dumps(MessageToDict(statement.pb), indent=1, sort_keys=True) + "\n"
    (HERE / "statement.json").write_text(written)
    signer = CryptoSigner(Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
    envelope = Envelope(written.encode(), "application/vnd.in-toto+json", {})
    envelope.sign(signer)
    (HERE / "envelope.json").write_text(json.dumps(envelope.to_dict(), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
