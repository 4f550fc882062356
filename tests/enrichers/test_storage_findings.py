"""A finding on a bucket reaches the model that a deployment serves from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from scanner import identity
from scanner.graph import Graph

Scanned = Callable[..., Graph]
SERVICE = """apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: fraud}
spec: {predictor: {model: {storageUri: 's3://BUCKET/fraud/2'}}}
"""


def release(folder: Path, bucket: str) -> None:
    resource = {"S3BucketDetails": [{"Name": "models"}]}
    finding = {"AccountId": "1", "Id": "f1", "Type": "T", "Severity": 8, "Resource": resource, "Service": {}}
    (folder / "findings.json").write_text(json.dumps({"Findings": [finding]}))
    (folder / "serve.yaml").write_text(SERVICE.replace("BUCKET", bucket))


def test_a_model_served_from_the_bucket_carries_its_finding(tmp_path: Path, scanned: Scanned) -> None:
    release(tmp_path, "models")
    view = scanned(tmp_path).artifact(identity.named("model", "s3://models/fraud/2"))
    assert view.groups["runtime_findings"] == [{"id": "f1", "type": "T", "severity": "high", "updated": None}]
    assert [str(said.location) for said in view.stated_by["runtime_findings"]] == ["findings.json"]


def test_a_bucket_whose_name_only_begins_alike_is_another(tmp_path: Path, scanned: Scanned) -> None:
    release(tmp_path, "models-2")
    graph = scanned(tmp_path)
    assert "runtime_findings" not in graph.artifact(identity.named("model", "s3://models-2/fraud/2")).groups
