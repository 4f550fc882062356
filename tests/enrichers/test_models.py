"""Which files are a model, which model it is, and what its files' verdicts make of it."""

from __future__ import annotations

import base64
import collections
import gzip
import hashlib
import json
import pickle
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scanner.graph import Graph
from scanner.model import ArtifactRef
from tests.enrichers.conftest import Scanned

SAMPLES = Path(__file__).parents[1] / "inspectors" / "samples"
CALL = b"cos\nsystem\n(S'true'\ntR." + b"#" * 64


def only_model(graph: Graph) -> ArtifactRef:
    (model,) = [ref for ref in graph.refs("model") if graph.artifact(ref).resolved]
    return model


def places(graph: Graph, ref: ArtifactRef) -> list[str]:
    return [place.path for place in graph.artifact(ref).locations]


def verdict(graph: Graph, ref: ArtifactRef) -> Any:
    scan: Any = graph.artifact(ref).groups.get("code_scan")
    return scan["verdict"] if scan else graph.artifact(ref).missing["code_scan"]


def shards(root: Path, count: int) -> list[str]:
    """A sharded model as transformers saves it: shards by number and an index."""
    names = [f"model-{number + 1:05}-of-{count:05}.safetensors" for number in range(count)]
    plain = (SAMPLES / "plain.safetensors").read_bytes()
    root.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        (root / name).write_bytes(plain[:-1] + bytes([number]))
    index = {"metadata": {}, "weight_map": {f"layer.{number}": name for number, name in enumerate(names)}}
    (root / "model.safetensors.index.json").write_text(json.dumps(index))
    return names


def test_shards_of_an_index_are_one_model(tmp_path: Path, scanned: Scanned) -> None:
    names = shards(tmp_path / "bert", 3)
    graph = scanned(tmp_path)
    model = only_model(graph)
    assert graph.artifact(model).name == "bert"
    assert len([one for one in graph.outgoing(model, ("contains",)) if one.target.kind == "file"]) == len(names)
    assert verdict(graph, model) == "known-safe"
    assert graph.artifact(model).groups["examined"] == {"state": "examined", "reason": None}


@pytest.mark.parametrize("left", [1, 2])
def test_a_missing_shard_is_told(tmp_path: Path, scanned: Scanned, left: int) -> None:
    for name in shards(tmp_path / "bert", 3)[left:]:
        (tmp_path / "bert" / name).unlink()
    graph = scanned(tmp_path)
    state: Any = graph.artifact(only_model(graph)).groups["examined"]
    assert state == {
        "state": "partly",
        "reason": "source_unreachable: a weight file that the index names is not here",
    }


def test_one_content_in_four_places_is_one_model(tmp_path: Path, scanned: Scanned) -> None:
    for path in ("models/fraud/model.pkl", "serving/fraud/1/weights.bin", "backup", "mlruns/1/artifacts/model.pkl"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(CALL)
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.writestr("inner/model.pkl", CALL)
    graph = scanned(tmp_path)
    assert places(graph, only_model(graph)) == [
        "backup", "bundle.zip!inner/model.pkl", "mlruns/1/artifacts/model.pkl", "models/fraud/model.pkl",
        "serving/fraud/1/weights.bin",
    ]  # fmt: skip
    assert graph.artifact(only_model(graph)).name == "fraud"
    assert verdict(graph, only_model(graph)) == "malicious"


@pytest.mark.parametrize(
    ("sample", "name", "format", "expected"),
    [
        ("weights.pt", "pytorch_model.bin", "torch", "known-safe"),
        ("weights.pt", "weights.data", "torch", "known-safe"),
        ("model.joblib.gz", "model.joblib.gz", "pickle", "known-safe"),
        ("plain.skops", "plain.skops", "skops", "known-safe"),
        ("plain.onnx", "model", "onnx", "known-safe"),
    ],
)
def test_a_real_model_under_any_name(
    tmp_path: Path, scanned: Scanned, sample: str, name: str, format: str, expected: str
) -> None:
    shutil.copy(SAMPLES / sample, tmp_path / name)
    graph = scanned(tmp_path)
    model = only_model(graph)
    assert places(graph, model) == [name]
    assert graph.artifact(model).groups["format"] == format
    assert verdict(graph, model) == expected


def test_a_torch_archive_is_as_bad_as_its_worst_member(tmp_path: Path, scanned: Scanned) -> None:
    shutil.copy(SAMPLES / "weights.pt", tmp_path / "weights.pt")
    with zipfile.ZipFile(tmp_path / "weights.pt", "a") as archive:
        archive.writestr("weights/extra.pkl", CALL)
    graph = scanned(tmp_path)
    assert verdict(graph, only_model(graph)) == "malicious"


def test_a_member_with_a_wrong_checksum_is_read_and_leaves_the_verdict_open(tmp_path: Path, scanned: Scanned) -> None:
    shutil.copy(SAMPLES / "weights.pt", tmp_path / "weights.pt")
    with zipfile.ZipFile(tmp_path / "weights.pt", "a") as archive:
        archive.writestr("weights/extra.pkl", b"payload payload")
    data = (tmp_path / "weights.pt").read_bytes().replace(b"payload payload", b"changed changed")
    (tmp_path / "weights.pt").write_bytes(data)
    graph = scanned(tmp_path)
    assert verdict(graph, only_model(graph)) == "unknown"


def test_a_benign_pickle_inside_does_not_vouch_for_a_skops_archive(tmp_path: Path, scanned: Scanned) -> None:
    with zipfile.ZipFile(tmp_path / "m.skops", "w") as archive:
        archive.writestr("schema.json", "not JSON at all")
        archive.writestr("benign.pkl", (SAMPLES / "model.joblib").read_bytes())
    graph = scanned(tmp_path)
    assert verdict(graph, only_model(graph)) == "unsupported"


def install(site: Path, files: dict[str, bytes], record: str = "demo-1.0.dist-info") -> None:
    rows = []
    for name, data in {**files, f"{record}/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"}.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(data)}")
    (site / record / "RECORD").write_text("\n".join([*rows, f"{record}/RECORD,,"]) + "\n")


SAFE = pickle.dumps(collections.OrderedDict(a=list(range(50))))


def test_a_harmless_pickle_of_an_installed_package_is_no_model_of_the_release(tmp_path: Path, scanned: Scanned) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    install(site, {"demo/table.pickle": SAFE, "demo/net.onnx": (SAMPLES / "plain.onnx").read_bytes()})
    graph = scanned(tmp_path)
    assert places(graph, only_model(graph)) == ["lib/python3.11/site-packages/demo/net.onnx"]


def test_a_list_of_installed_files_excuses_no_pickle_that_runs_code(tmp_path: Path, scanned: Scanned) -> None:
    install(tmp_path, {"demo/table.pickle": CALL})
    graph = scanned(tmp_path)
    assert verdict(graph, only_model(graph)) == "malicious"


def test_the_same_pickle_outside_the_package_is_a_model_there(tmp_path: Path, scanned: Scanned) -> None:
    install(tmp_path / "site-packages", {"demo/table.pickle": SAFE})
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "model.pkl").write_bytes(SAFE)
    graph = scanned(tmp_path)
    assert places(graph, only_model(graph)) == ["models/model.pkl"]


def test_a_package_that_claims_what_it_does_not_list_hides_nothing(tmp_path: Path, scanned: Scanned) -> None:
    install(tmp_path, {"demo/other.pickle": b"x" * 100})
    (tmp_path / "demo" / "model.pkl").write_bytes(CALL)
    graph = scanned(tmp_path)
    assert places(graph, only_model(graph)) == ["demo/model.pkl"]


def test_a_pickle_changed_after_the_installation_is_a_model(tmp_path: Path, scanned: Scanned) -> None:
    install(tmp_path, {"demo/table.pickle": (SAMPLES / "model.joblib").read_bytes()})
    (tmp_path / "demo" / "table.pickle").write_bytes(CALL)
    graph = scanned(tmp_path)
    assert verdict(graph, only_model(graph)) == "malicious"


def test_data_only_pickles_and_other_files_are_no_models(tmp_path: Path, scanned: Scanned) -> None:
    (tmp_path / "cache").write_bytes(pickle.dumps({"a": list(range(100))}))
    (tmp_path / "log.gz").write_bytes(gzip.compress(b"text " * 100))
    assert scanned(tmp_path).refs("model") == []


def test_an_index_that_leads_out_of_the_release_takes_nothing(tmp_path: Path, scanned: Scanned) -> None:
    index = {"weight_map": {"a": "../../../../etc/passwd", "b": "/etc/shadow", "c": "missing.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert scanned(tmp_path).refs("model") == []


def test_a_model_that_a_wheel_brings_is_packaged_only_where_it_lies_nowhere_else(
    tmp_path: Path, scanned: Scanned
) -> None:
    net = (SAMPLES / "plain.onnx").read_bytes()
    install(tmp_path / "unpacked", {"demo/net.onnx": net})
    (tmp_path / "release").mkdir()
    with zipfile.ZipFile(tmp_path / "release" / "demo-1.0-py3-none-any.whl", "w") as wheel:
        for path in sorted((tmp_path / "unpacked").rglob("*")):
            if path.is_file():
                wheel.write(path, path.relative_to(tmp_path / "unpacked"))
    alone = scanned(tmp_path / "release")
    assert "packaged" in alone.artifact(only_model(alone)).groups
    (tmp_path / "release" / "models").mkdir()
    (tmp_path / "release" / "models" / "net.onnx").write_bytes(net)
    both = scanned(tmp_path / "release")
    assert "packaged" not in both.artifact(only_model(both)).groups


def imports(graph: Graph, ref: ArtifactRef) -> Any:
    view = graph.artifact(ref)
    listed: Any = view.groups.get("imports")
    return (
        {one["name"]: (one["how"], one["verdict"]) for one in listed} if listed is not None else view.missing["imports"]
    )


def test_a_model_lists_what_all_its_files_import(tmp_path: Path, scanned: Scanned) -> None:
    shutil.copy(SAMPLES / "weights.pt", tmp_path / "weights.pt")
    graph = scanned(tmp_path)
    listed = imports(graph, only_model(graph))
    assert listed["torch._utils._rebuild_tensor_v2"] == ("call", "known-safe")
    assert listed["collections.OrderedDict"] == ("call", "known-safe")
    assert {verdict for _, verdict in listed.values()} == {"known-safe"}


def test_a_format_without_names_imports_nothing(tmp_path: Path, scanned: Scanned) -> None:
    shutil.copy(SAMPLES / "plain.safetensors", tmp_path / "plain.safetensors")
    graph = scanned(tmp_path)
    assert imports(graph, only_model(graph)) == {}


def test_a_list_that_may_be_incomplete_is_no_list(tmp_path: Path, scanned: Scanned) -> None:
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR")
    graph = scanned(tmp_path)
    for model in graph.refs("model"):
        assert imports(graph, model) in ("unsupported", {"os.system": ("call", "malicious"), "?": ("ref", "unknown")})


def test_the_imports_of_a_missing_shard_are_not_known(tmp_path: Path, scanned: Scanned) -> None:
    names = shards(tmp_path / "bert", 3)
    (tmp_path / "bert" / names[2]).unlink()
    graph = scanned(tmp_path)
    assert imports(graph, only_model(graph)) == "unsupported"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("plain.skops", ("sklearn.linear_model._logistic.LogisticRegression", "call", "known-safe")),
        ("module.pt", ("collections.OrderedDict", "call", "known-safe")),
    ],
)
def test_real_models_name_their_classes(
    tmp_path: Path, scanned: Scanned, name: str, found: tuple[str, str, str]
) -> None:
    shutil.copy(SAMPLES / name, tmp_path / name)
    graph = scanned(tmp_path)
    assert imports(graph, only_model(graph))[found[0]] == found[1:]
