"""Where two engines say different things of one file."""

from __future__ import annotations

import collections
import pickle
from pathlib import Path
from typing import Any

import pytest

from scanner import identity
from scanner.enrichers import engine_verdicts
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.inspectors import modelscan_engine
from scanner.model import EvidenceBuilder, Location
from tests.enrichers.conftest import NOW, Scanned

FILE = identity.content("file", "0" * 64)


def disagreement(*words: tuple[str, str]) -> Any:
    builder = EvidenceBuilder("test")
    builder.artifact(FILE, Location("m.pkl"))
    for engine, verdict in words:
        said = [{"engine": engine, "verdict": verdict, "detail": "said"}]
        builder.state(FILE, "engines", said, Location("m.pkl"))  # type: ignore[arg-type]
    graph = Graph.fold([builder.build()])
    graph.add(engine_verdicts.enrich(graph, Context(identity.release("r"), "r", NOW, {})))
    return graph.artifact(FILE).groups.get("engine_disagreement")


def test_different_verdicts_are_told() -> None:
    assert disagreement(("lading", "unknown"), ("modelscan", "malicious")) == ["lading: unknown, modelscan: malicious"]


@pytest.mark.parametrize("silence", ["no issue", "not-examined"])
def test_silence_is_no_verdict(silence: str) -> None:
    assert disagreement(("lading", "malicious"), ("modelscan", silence)) == []


def test_equal_verdicts_are_no_disagreement() -> None:
    assert disagreement(("lading", "malicious"), ("modelscan", "malicious")) == []


def test_one_engine_alone_is_not_compared() -> None:
    assert disagreement(("lading", "malicious")) is None


@pytest.mark.skipif(modelscan_engine._engine() is None, reason="modelscan is not installed here")
def test_a_real_pickle_that_the_engines_see_differently(tmp_path: Path, scanned: Scanned) -> None:
    method = pickle.dumps({"method": collections.OrderedDict.fromkeys, "weights": [0.5] * 20})
    (tmp_path / "model.pkl").write_bytes(method)
    graph = scanned(tmp_path)
    (model,) = graph.refs("model")
    groups: dict[str, Any] = dict(graph.artifact(model).groups)
    assert groups["engine_disagreement"] == ["lading: unknown, modelscan: malicious"]
    assert groups["code_scan"]["verdict"] == "unknown"
