"""Bundles are recognised by content or name, and kept as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import signature_bundle
from scanner.errors import NotExaminable
from scanner.graph import Graph
from scanner.sources.blob import Blob

BUNDLE = json.dumps({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": {}})
Record = Callable[..., Blob]


@pytest.mark.parametrize(
    ("path", "content", "wanted"),
    [
        ("m/model.sig", BUNDLE, True),
        ("m/claims.json", BUNDLE, True),
        ("a.whl.sigstore.json", '{"verificationMaterial": {}}', True),
        ("a.whl.sigstore", " \n{}", True),
        ("model.sig", "-----BEGIN PGP SIGNATURE-----", False),
        ("config.json", "{}", False),
        ("notes.txt", f"see {BUNDLE}", False),
    ],
)
def test_what_is_taken_for_a_bundle(record: Record, path: str, content: str, wanted: bool) -> None:
    assert signature_bundle.wants(record(path, content)) is wanted


def test_a_bundle_is_kept_whole_at_every_place(record: Record) -> None:
    graph = Graph.fold(signature_bundle.collect(record(path, BUNDLE)) for path in ("a/model.sig", "b/model.sig"))
    (ref,) = graph.refs("signature")
    assert graph.artifact(ref).groups["bundle"] == BUNDLE
    assert [place.path for place in graph.artifact(ref).locations] == ["a/model.sig", "b/model.sig"]


def test_too_large_or_not_text(record: Record) -> None:
    assert not signature_bundle.wants(record("model.sig", "{" + " " * signature_bundle.LIMIT))
    with pytest.raises(NotExaminable, match="not UTF-8"):
        signature_bundle.collect(record("model.sig", b"{\xff}"))


def test_the_signed_model_of_the_release_candidate(fraud: Path, blob_at: Callable[[Path, str], Blob]) -> None:
    blob = blob_at(fraud, "models/scorer/model.sig")
    assert signature_bundle.wants(blob)
    assert Graph.fold([signature_bundle.collect(blob)]).refs("signature")
