"""Verdicts about pickles as statements, and the second engine beside them."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from typing import Any

import pytest

from scanner.graph import Graph
from scanner.inspectors import modelscan_engine, pickle_file
from scanner.sources.blob import Blob
from tests.inspectors.conftest import Inspect
from tests.test_examine import graph_of

SAMPLES = Path(__file__).parent / "samples"
CALL = b"cos\nsystem\n(S'true'\ntR." + b"#" * 64
HIDDEN = b"cpydoc\nlocate\n(S'os.system'\ntR(S'true'\ntR." + b"#" * 64
"""Reaches os.system without naming it."""
needs_modelscan = pytest.mark.skipif(
    importlib.util.find_spec("modelscan") is None, reason="modelscan is not installed (Python 3.13 and later)"
)


def engines(groups: Any) -> dict[str, str]:
    return {one["engine"]: one["verdict"] for one in groups["engines"]}


def groups_at(graph: Graph, path: str) -> dict[str, Any]:
    return dict(graph.artifact(graph.at(path)[0]).groups)


def test_a_call_is_malicious_with_its_place(inspected: Inspect) -> None:
    groups = inspected(pickle_file, CALL)
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("pickle", "malicious")
    assert all(one["at"].startswith("offset 0x") for one in groups["findings"])


def test_a_real_model_and_plain_data(inspected: Inspect) -> None:
    model = inspected(pickle_file, SAMPLES / "model.joblib")
    assert (model["format"], model["code_scan"]["verdict"]) == ("pickle", "known-safe")
    data = inspected(pickle_file, pickle.dumps({"a": [1, 2.5, "x"] * 20}))
    assert (data["format"], data["code_scan"]["verdict"]) == ("pickle-data", "known-safe")


def test_a_large_pickle_is_mapped_not_read(tmp_path: Path, inspected: Inspect) -> None:
    (tmp_path / "large").write_bytes(pickle.dumps(b"x" * (3 << 20), 4)[:-1] + CALL)
    assert inspected(pickle_file, tmp_path / "large")["code_scan"]["verdict"] == "malicious"


def test_a_cut_pickle_has_no_safe_verdict(tmp_path: Path) -> None:
    whole = (SAMPLES / "model.joblib").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    view = graph_of(tmp_path).artifact(graph_of(tmp_path).at("cut")[0])
    scan: Any = view.groups.get("code_scan")
    assert "code_scan" in view.missing or scan["verdict"] != "known-safe"


@needs_modelscan
def test_both_engines_speak(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(CALL)
    groups = groups_at(graph_of(tmp_path), "weights.bin")
    assert engines(groups) == {"lading": "malicious", "modelscan": "malicious"}


@needs_modelscan
def test_modelscan_itself_is_silent_on_a_pickle_named_bin_and_we_are_not(tmp_path: Path) -> None:
    """It chooses by extension, and takes ``.bin`` for a torch archive."""
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(CALL)
    alone = modelscan_engine._engine().scan(path)
    assert alone["summary"]["total_issues"] == 0
    assert groups_at(graph_of(tmp_path), path.name)["code_scan"]["verdict"] == "malicious"


@needs_modelscan
def test_what_modelscan_does_not_know_stays_malicious(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(HIDDEN)
    assert groups_at(graph_of(tmp_path), "model.pkl")["code_scan"]["verdict"] == "malicious"


@needs_modelscan
@pytest.mark.parametrize("failure", [RuntimeError, ValueError, RecursionError, KeyError])
def test_a_failing_modelscan_hides_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise failure("inside modelscan")

    monkeypatch.setattr(modelscan_engine, "_engine", lambda: type("Engine", (), {"scan": fail})())
    (tmp_path / "model.pkl").write_bytes(CALL)
    graph = graph_of(tmp_path)
    groups = groups_at(graph, "model.pkl")
    assert groups["code_scan"]["verdict"] == "malicious"
    assert engines(groups) == {"lading": "malicious", "modelscan": "not-examined"}
    assert groups["examined"] == {"state": "examined", "reason": None}
    assert not graph.not_examined


def test_without_modelscan_our_verdict_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modelscan_engine, "_engine", lambda: None)
    (tmp_path / "model.pkl").write_bytes(CALL)
    assert engines(groups_at(graph_of(tmp_path), "model.pkl")) == {"lading": "malicious"}


def test_a_pickle_too_large_for_modelscan_is_not_shown_to_it(inspected: Inspect) -> None:
    """It is told that the engine did not run, and why; nothing is opened for that."""

    def refuse() -> Any:
        raise AssertionError("opened")

    blob = Blob("large", modelscan_engine.LIMIT + 1, CALL, refuse)
    assert modelscan_engine.wants(blob)
    (told,) = modelscan_engine.inspect(blob).statements
    detail = f"not run: the pickle is larger than {modelscan_engine.LIMIT} bytes"
    assert told.predicate == "engines"
    assert told.value == [{"engine": "modelscan", "verdict": "not-examined", "detail": detail}]
    assert inspected(modelscan_engine, b"plain text") == {}


ZONE = b"\x80\x02c__builtin__\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(VEurope/Berlin\nK\x01tR."
"""A time zone as protocol 2 saves it: a listed method, fetched by ``getattr``."""
MEMBER = b"\x80\x04cbuiltins\ngetattr\n(cproject\nColour\nVRED\ntR."
"""A member of an enumeration as Python 3.11 saves it; its class is on no list."""


@needs_modelscan
@pytest.mark.parametrize(("content", "verdict"), [(ZONE, "known-safe"), (MEMBER, "unknown")])
def test_what_is_judged_by_its_arguments_is_a_disagreement_and_no_verdict(
    inspected: Inspect, content: bytes, verdict: str
) -> None:
    assert inspected(pickle_file, content)["code_scan"]["verdict"] == verdict
    (said,) = inspected(modelscan_engine, content)["engines"]
    assert (said["engine"], said["verdict"]) == ("modelscan", "malicious")
    assert "by its arguments" in said["detail"]
    assert set(inspected(modelscan_engine, content)) == {"engines"}


@needs_modelscan
@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04cbuiltins\ngetattr\n.",
        b"\x80\x04cbuiltins\ngetattr\n(cos\nsystem\nVx\ntR.",
        MEMBER[:-1] + CALL,
        b"\x80\x04cbuiltins\ngetattr\n(cproject\nx\ncproject\ny\n)RtR.",
    ],
    ids=["handed out", "of a denied function", "beside a call", "name that is computed"],
)
def test_getattr_that_is_not_vouched_for_stays_a_hit(inspected: Inspect, content: bytes) -> None:
    groups = inspected(modelscan_engine, content)
    assert groups["code_scan"]["verdict"] == "malicious"
    assert "builtins.getattr" in [one["detail"] for one in groups["findings"]]
