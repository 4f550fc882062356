"""Both fixtures end with the intended verdict, and every planted violation is named, with its way to the deployment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import ROOT, Run, lading

PLANTED: list[dict[str, Any]] = yaml.safe_load((ROOT / "fixtures/planted.yaml").read_text())["planted"]
RULES = {
    "unsafe-model-file": ["ML-001"],
    "pickle-in-production": ["ML-005"],
    "unsigned-model": ["ML-003"],
    "changed-after-signing": ["ML-004"],
    "stale-training-data": ["DG-002"],
    "untraced-model": ["DG-001"],
    "unpinned-image": ["CD-001", "CD-004"],
    "vulnerable-package": ["PK-003"],
    "unknown-licence": ["PK-005", "LI-001"],
    "notebook-installs": ["NB-002"],
    "notebook-secret": ["NB-001"],
    "remote-code": ["ML-006"],
    "not-examined": ["REL-001"],
}
EXPLAINED_BY = {
    "Dockerfile": "image",
    "serve.py": "image",
    "requirements.in": "requirements.txt",
    "models/scorer/model.sig": "models/scorer/model.onnx",
    "models/sentiment/README.md": "models/sentiment/model.safetensors",
    "models/sentiment/config.json": "models/sentiment/model.safetensors",
    "models/sentiment/modeling_sentiment.py": "models/sentiment/model.safetensors",
}
"""Places whose violation is named at another one: the image that the Dockerfile makes, the model that the card is of."""


def test_the_violating_candidate_is_blocked(violating: Run) -> None:
    assert violating.stderr == ""
    assert violating.code == violating.result["exit_code"] == 1
    assert violating.result["verdict"] == "fail"


def test_the_clean_twin_passes_every_shipped_rule(clean: Run) -> None:
    open_findings = [
        (one["rule"], one["verdict"], one["message"]) for one in clean.result["findings"] if one["action"] == "block"
    ]
    assert open_findings == []
    assert (clean.code, clean.result["verdict"]) == (0, "pass")
    assert clean.result["coverage"]["not_examined"] == []


@pytest.mark.parametrize("planted", PLANTED, ids=[one["id"] for one in PLANTED])
def test_a_planted_violation_is_named_at_its_place(violating: Run, planted: dict[str, Any]) -> None:
    findings = [one for rule in RULES[planted["rule_family"]] for one in violating.findings(rule)]
    names = {artifact["id"]: artifact for artifact in violating.result["artifacts"]}
    named: set[str] = set()
    for finding in findings:
        named.update(finding["locations"])
        for artifact in (finding["subject"], *(step["target"] for step in finding["path"])):
            named.update(names[artifact]["locations"])
    missing = [path for path in planted["paths"] if not any(_is_at(place, path) for place in named)]
    assert missing == []


def _is_at(place: str, path: str) -> bool:
    return any(
        place == one or place.startswith((one + "/", one + "!", one + " "))
        for one in (path, EXPLAINED_BY.get(path, path))
    )


@pytest.mark.parametrize("planted", PLANTED, ids=[one["id"] for one in PLANTED])
def test_the_clean_twin_has_none_of_it(clean: Run, planted: dict[str, Any]) -> None:
    blocking = [
        one for rule in RULES[planted["rule_family"]] for one in clean.findings(rule) if one["verdict"] == "fail"
    ]
    assert [one for one in blocking if one["action"] == "block"] == []


def test_stale_data_is_reported_with_the_path_and_the_dates(violating: Run) -> None:
    (finding,) = violating.findings("DG-002")
    assert [(step["type"], step["proof"]) for step in finding["path"]] == [("trained_on", "matched")]
    assert {one["path"]: one["value"] for one in finding["shown"]}["artifact.as_of.time"] == "2024-06-28T17:45:00Z"


def test_one_model_is_recognised_at_four_places_and_traced_to_its_data(violating: Run) -> None:
    (model,) = [
        one
        for one in violating.result["artifacts"]
        if one["kind"] == "model" and "serving/fraud/1/model.pkl" in one["locations"]
    ]
    files = {place for place in model["locations"] if place.endswith("model.pkl")}
    assert {place.partition("!")[2] or place.partition("/")[0] for place in files} == {
        "app/model.pkl", "mlruns", "models", "serving"
    }  # fmt: skip
    links = {
        (one["type"], one["proof"])
        for one in violating.result["relationships"]
        if one["from"] == model["id"] and one["to"].startswith(("dataset:", "run:", "pipeline:"))
    }
    assert {("trained_on", "matched"), ("generated_by", "declared"), ("generated_by", "matched")} <= links


def test_trace_prints_the_chain_with_proof_classes(violating: Run) -> None:
    traced = lading("trace", violating.out / "scan.json", "serving/fraud/1/model.pkl")
    assert traced.returncode == 0
    for line in (
        "trained_on dataset claims  (matched",
        "generated_by run train-fraud  (declared",
        "used commit",
        "image registry.example.com/fraud/fraud-detection 1.0.0 contains it  (matched",
        "deployment fraud/fraud-detection runs it  (inferred",
    ):
        assert line in traced.stdout


def test_the_clean_chain_is_proved_by_content_to_the_deployment(clean: Run) -> None:
    proofs = {
        (one["from"].partition(":")[0], one["type"], one["to"].partition(":")[0]): one["proof"]
        for one in clean.result["relationships"]
        if one["type"] in ("runs", "trained_on", "signed_by")
    }
    assert proofs["deployment", "runs", "image"] == "matched"
    assert proofs["model", "trained_on", "dataset"] == "matched"
    assert proofs["model", "signed_by", "signature"] == "signed"


def test_scanning_leaves_the_candidate_untouched(tmp_path: Path) -> None:
    before = _listing(ROOT / "fixtures/fraud-detection")
    assert lading("scan", ROOT / "fixtures/fraud-detection", "--output", f"json={tmp_path / 's.json'}").returncode == 1
    assert _listing(ROOT / "fixtures/fraud-detection") == before


def _listing(root: Path) -> list[tuple[str, int, int]]:
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in root.rglob("*"))


def test_a_scan_needs_no_network() -> None:
    probe = subprocess.run(["unshare", "--net", "--map-root-user", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("network namespaces are not permitted here")
    command = (
        f"ip link set lo up 2>/dev/null; exec {sys.executable} -m scanner scan fixtures/fraud-detection-clean --quiet"
    )
    done = subprocess.run(
        ["unshare", "--net", "--map-root-user", "sh", "-c", command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
