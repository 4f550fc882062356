"""Which loaders stand beside a model, and whether what they promise holds at their version."""

from __future__ import annotations

import json
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from scanner import identity
from scanner.enrichers import loader_risks
from scanner.enrichers.context import Context
from scanner.enrichers.loader_data import FLAWS, LoaderFlaw
from scanner.enrichers.loader_risks import is_broken
from scanner.formats import MODEL_FORMATS
from scanner.graph import Graph
from scanner.model import ArtifactRef, EvidenceBuilder, Location, Proof
from tests.enrichers.conftest import NOW, Scanned

SAMPLES = Path(__file__).parents[1] / "inspectors" / "samples"
OSV = Path(__file__).parents[3] / "shared" / "data" / "advisories" / "PyPI" / "all.zip"
HERE = Location("x")
MODEL = identity.content("model", "1" * 64)
IMAGE = identity.content("image", "2" * 64)
RELEASE = identity.release("demo")
DEPLOYMENT = identity.placed("deployment", "k8s.yaml")


def risks(
    format: str,
    packages: list[ArtifactRef],
    links: list[tuple[ArtifactRef, str, ArtifactRef]],
    imports: list[str] | None = None,
) -> Any:
    """What is stated of a model of this format in a graph of these packages: the advisories, or why nothing is."""
    builder = EvidenceBuilder("test")
    builder.artifact(RELEASE, HERE)
    builder.artifact(IMAGE, HERE, digests={"sha256": "2" * 64})
    builder.artifact(MODEL, Location("model"), digests={"sha256": "1" * 64})
    builder.state(MODEL, "format", format, HERE)
    if imports is not None:
        named = [{"id": name, "name": name, "how": "call", "verdict": "known-safe"} for name in imports]
        builder.state(MODEL, "imports", named, HERE)  # type: ignore[arg-type]
    for package in packages:
        builder.artifact(package, HERE, purl=package.key)
    for source, type, target in links:
        builder.relate(source, type, target, Proof.DECLARED, HERE)
    graph = Graph.fold([builder.build()])
    graph.add(loader_risks.enrich(graph, Context(RELEASE, "demo", NOW, {})))
    view = graph.artifact(MODEL)
    listed: Any = view.groups.get("loader_risks")
    return [one["advisory"] for one in listed] if listed is not None else view.missing.get("loader_risks")


def in_image(*packages: ArtifactRef) -> list[tuple[ArtifactRef, str, ArtifactRef]]:
    return [(IMAGE, "contains", MODEL), *((IMAGE, "contains", one) for one in packages)]


def test_weights_only_of_an_old_torch_protects_nothing() -> None:
    torch = identity.pypi("torch", "2.5.1+cu124")
    assert risks("torch", [torch], in_image(torch)) == ["CVE-2025-32434"]


def test_a_sound_loader_is_an_answer_too() -> None:
    torch = identity.pypi("torch", "2.6.0")
    assert risks("torch", [torch], in_image(torch)) == []


def test_without_a_known_loader_nothing_is_said() -> None:
    flask = identity.pypi("flask", "2.0")
    assert risks("torch", [flask], in_image(flask)) is None
    torch = identity.pypi("torch", "2.0.0")
    assert risks("safetensors", [torch], in_image(torch)) is None


def test_a_loader_of_unknown_version_is_a_gap() -> None:
    torch = identity.pypi("torch", None)
    assert risks("torch", [torch], in_image(torch)) == "unreadable"


def test_the_image_that_a_serving_deployment_runs_counts() -> None:
    llama = identity.pypi("llama_cpp_python", "0.2.71")
    links = [(DEPLOYMENT, "serves", MODEL), (DEPLOYMENT, "runs", IMAGE), (IMAGE, "contains", llama)]
    assert risks("gguf", [llama], links) == ["CVE-2024-34359"]


def test_a_package_of_another_image_does_not() -> None:
    other = identity.content("image", "3" * 64)
    old, new = identity.pypi("torch", "2.5.0"), identity.pypi("torch", "2.7.0")
    links = [*in_image(new), (other, "contains", old), (RELEASE, "contains", IMAGE), (RELEASE, "contains", other)]
    assert risks("torch", [old, new], links) == []


def test_without_an_image_the_lock_file_of_the_release_counts() -> None:
    app, keras = identity.pypi("app", "1"), identity.pypi("keras", "3.10.0")
    links = [(RELEASE, "contains", MODEL), (RELEASE, "depends_on", app), (app, "depends_on", keras)]
    assert risks("keras", [app, keras], links) == ["CVE-2025-12058", "CVE-2025-8747", "CVE-2025-9906"]


def test_a_pickle_is_torch_s_only_when_it_names_torch() -> None:
    torch = identity.pypi("torch", "2.1.0")
    assert risks("pickle", [torch], in_image(torch), ["torch._utils._rebuild_tensor_v2"]) == ["CVE-2025-32434"]
    assert risks("pickle", [torch], in_image(torch), ["sklearn.pipeline.Pipeline"]) is None
    assert risks("pickle", [torch], in_image(torch)) is None


def test_a_real_checkpoint_and_a_real_requirements_file(tmp_path: Path, scanned: Scanned) -> None:
    shutil.copy(SAMPLES / "weights.pt", tmp_path / "weights.pt")
    (tmp_path / "requirements.txt").write_text("torch==2.5.1\nnumpy==2.0.0\n")
    graph = scanned(tmp_path)
    (model,) = graph.refs("model")
    (risk,) = graph.artifact(model).groups["loader_risks"]  # type: ignore[misc,union-attr]
    assert risk["id"] == "CVE-2025-32434 torch 2.5.1"  # type: ignore[index,call-overload]


def test_an_archive_of_nemo_beside_an_old_nemo(tmp_path: Path, scanned: Scanned) -> None:
    """The names of its members tell the format, and the archive is the model, whatever weights it holds."""
    with tarfile.open(tmp_path / "speech.nemo", "w") as archive:
        archive.add(SAMPLES / "weights.pt", "model_weights.ckpt")
        (tmp_path / "model_config.yaml").write_text("sample_rate: 16000\n")
        archive.add(tmp_path / "model_config.yaml", "model_config.yaml")
    (tmp_path / "model_config.yaml").unlink()
    (tmp_path / "requirements.txt").write_text("nemo_toolkit==2.3.1\n")
    graph = scanned(tmp_path)
    (model,) = graph.refs("model")
    groups = graph.artifact(model).groups
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("nemo", "known-safe")  # type: ignore[index,call-overload]
    assert [one["advisory"] for one in groups["loader_risks"]] == ["CVE-2025-23304"]  # type: ignore[union-attr,index,call-overload]


@pytest.mark.parametrize("version", ["", "latest", "2.x", "9" * 300, "2.6.0;x"])
def test_what_is_no_version_is_not_compared(version: str) -> None:
    assert is_broken(FLAWS[0], "torch", version) is None


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: f"{flaw.advisory}-{flaw.package}")
def test_a_row_is_complete_and_its_bounds_hold(flaw: LoaderFlaw) -> None:
    assert flaw.formats <= MODEL_FORMATS
    assert Version(flaw.introduced) < Version(flaw.fixed)
    assert is_broken(flaw, flaw.package, flaw.fixed) is False
    assert is_broken(flaw, flaw.package, flaw.introduced) is True
    assert is_broken(flaw, flaw.package, f"{flaw.fixed}rc1") is True
    assert is_broken(flaw, "another", flaw.introduced) is False


@pytest.mark.skipif(not OSV.exists(), reason="the advisory snapshot is not here")
@pytest.mark.parametrize(("record", "cve"), [("PYSEC-2023-38", "CVE-2022-25882")])
def test_a_row_agrees_with_the_published_record(record: str, cve: str) -> None:
    with zipfile.ZipFile(OSV) as archive:
        published = json.loads(archive.read(f"{record}.json"))
    (flaw,) = [one for one in FLAWS if one.advisory == cve]
    (affected,) = published["affected"]
    events = [event for one in affected["ranges"] if one["type"] == "ECOSYSTEM" for event in one["events"]]
    assert affected["package"]["name"] == flaw.package
    assert {"introduced": flaw.introduced} in events
    assert {"fixed": flaw.fixed} in events
