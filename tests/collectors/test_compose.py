"""Compose files, hand-written after the Compose specification."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.collectors import compose
from scanner.errors import NotExaminable
from scanner.model import Proof
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
DIGEST = "a" * 64
FILE = f"""
x-common: &common {{restart: always, image: redis@sha256:{DIGEST}}}
services:
  cache:
    <<: *common
  web:
    build: {{context: ./app, dockerfile: docker/Web.Dockerfile}}
    image: fraud-web:dev
    environment: ["MODEL_URI=s3://key:pw@models/fraud/2", "HOME=/x"]
  score:
    image: ${{REGISTRY:-ghcr.io}}/fraud/score:1.0
    models: [llm]
    environment: {{MODEL_NAME: fraud}}
  unknown:
    image: ${{IMAGE}}
models:
  llm: {{model: ai/smollm2}}
"""


def test_services_run_images_and_serve_models(record: Record) -> None:
    blob = record("deploy/docker-compose.prod.yml", FILE)
    assert compose.wants(blob)
    evidence = compose.collect(blob)
    found = {(one.source.key.partition("#")[2], one.type, one.target.key, one.proof) for one in evidence.relationships}
    assert found == {
        ("cache", "runs", f"sha256:{DIGEST}", Proof.MATCHED),
        ("web", "runs", "place:deploy/app/docker/Web.Dockerfile", Proof.DECLARED),
        ("web", "built_from", "path:deploy/app/docker/Web.Dockerfile", Proof.INFERRED),
        ("web", "serves", "name:s3://models/fraud/2", Proof.DECLARED),
        ("score", "runs", "name:ghcr.io/fraud/score:1.0", Proof.INFERRED),
        ("score", "serves", "name:ai/smollm2", Proof.DECLARED),
    }
    pinned = {item.subject.key.partition("#")[2]: item.value for item in evidence.statements}
    assert pinned == {"cache": {"by_digest": True}, "score": {"by_digest": False}, "unknown": {"by_digest": False}}
    assert [item.detail for item in evidence.not_examined] == ["image that only the run knows"]


@pytest.mark.parametrize("build", ["../../x", "https://git.example.com/a.git", "/etc", "${DIR}"])
def test_builds_from_elsewhere_are_told(record: Record, build: str) -> None:
    evidence = compose.collect(record("compose.yaml", f"services: {{a: {{build: '{build}'}}}}\n"))
    assert evidence.relationships == ()
    assert len(evidence.not_examined) == 1


@pytest.mark.parametrize(
    "text",
    [
        "services: 3",
        "services: {}",
        "services: {a: " + "[" * 30_000,
        "services: " + str({f"a{n}": 1 for n in range(2_001)}),
    ],
)
def test_what_has_no_services_is_not_examinable(record: Record, text: str) -> None:
    with pytest.raises(NotExaminable):
        compose.collect(record("compose.yaml", text))


@pytest.mark.parametrize(
    "value", ["3", "[1]", "{image: [a]}", "{build: 3, image: {a: b}}", "{environment: 3, models: 3}"]
)
def test_wrong_shapes_never_raise(record: Record, value: str) -> None:
    for one in compose.collect(record("compose.yaml", f"services: {{a: {value}}}\n")).relationships:
        assert one.source.kind == "deployment"


@pytest.mark.parametrize("path", ["composer.yaml", "compose.json", "my-compose.yaml"])
def test_other_files_are_not_wanted(record: Record, path: str) -> None:
    assert not compose.wants(record(path, FILE))
    assert not compose.wants(record("compose.yaml", "a: 1\n"))
