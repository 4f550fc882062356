"""The comparison counts what scanners print, not what their exit codes hide."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.bench.models import build, large, measure, recall
from tests.bench.models.peers import PEERS

BY_NAME = {peer.name: peer.read for peer in PEERS}


@pytest.mark.parametrize(
    ("name", "code", "text", "answer"),
    [
        ("modelscan", 2, "Total Issues: 1\nTotal Errors: 3", "flagged"),
        ("modelscan", 0, "No issues found!", "clean"),
        ("modelscan", 3, "Total Scanned: 0", "clean"),
        ("modelscan", 2, "Total Errors: 1", "error"),
        ("modelscan", None, "", "error"),
        ("picklescan", 2, "Infected files: 1\nDangerous globals: 1", "flagged"),
        ("picklescan", 0, "Infected files: 0\nDangerous globals: 0", "clean"),
        ("picklescan --strict", 2, "Unhandled exception", "error"),
        ("fickling", 1, "", "flagged"),
        ("fickling", 0, "", "clean"),
        ("fickling", 2, "failed to parse", "error"),
        ("fickling", None, "AttributeError", "error"),
    ],
)
def test_answers_of_peers(name: str, code: int | None, text: str, answer: str) -> None:
    assert BY_NAME[name](code, text) == answer


def test_table_counts_items_by_family(tmp_path: Path) -> None:
    corpus = recall.Corpus(tmp_path)
    corpus.family = {"a": ("zip/x", "malicious"), "b": ("zip/x", "malicious"), "c": ("benign/y", "benign")}
    said = recall.Result("peer", {"a": "flagged", "b": "error", "c": "clean"}, None)
    lines = recall.table(corpus, [said]).splitlines()
    assert "| zip/x | 2 | 50 |" in lines
    assert "| **recall, payloads** | 2 | 50 |" in lines
    assert "| **false positives** | 1 | 0 |" in lines
    assert "| errors (count as not flagged) | 3 | 1 |" in lines


def test_cost_of_a_process(tmp_path: Path) -> None:
    cost = measure.run(
        [
            sys.executable,
            "-c",
            "import time; x = b'x' * (64 << 20); print('done'); time.sleep(0.3); raise SystemExit(3)",
        ],
        60,
        tmp_path,
    )
    assert (cost.code, cost.output.strip()) == (3, "done")
    assert cost.mebibytes > 64


def test_a_process_that_takes_too_much_memory_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(measure, "MEMORY", 64)
    cost = measure.run([sys.executable, "-c", "import time; x = b'x' * (128 << 20); time.sleep(60)"], 60, tmp_path)
    assert cost.code is None
    assert 64 < cost.mebibytes < 512


def test_processor_time_counts_children_that_nobody_waits_for(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.4: pass"
    started = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {busy!r}]); time.sleep(4)"
    cost = measure.run([sys.executable, "-c", started], 60, tmp_path)
    assert 0.3 < cost.processor < 3


def test_builders_tell_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert build.built("tensors", tmp_path / "tensors") == "needs safetensors, gguf, h5py, numpy"
    assert not (tmp_path / "tensors").exists()


def test_a_builder_that_fails_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    monkeypatch.setattr(build, "SECONDS", 5)
    assert (build.built("tensors", tmp_path / "tensors") or "").startswith("failed")


def test_a_process_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    cost = measure.run([sys.executable, "-c", "import time; time.sleep(60)"], 0.2, tmp_path)
    assert cost.code is None
    assert cost.seconds < 30


def test_large_inputs_are_measured_only_when_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        (folder / "model.pkl").write_bytes(b"\x80\x04]\x94.")

    monkeypatch.setattr(large, "INPUTS", {"little": (1, write), "much": (large.HEAVY + 1, write)})
    monkeypatch.setattr(large, "PEERS", ())
    _, _, *little = large.rows(tmp_path, tmp_path, heavy=False)
    assert [row.split("|")[1].strip() for row in little] == ["little"]
    _, _, *both = large.rows(tmp_path, tmp_path, heavy=True)
    assert [row.split("|")[1].strip() for row in both] == ["little", "much"]
    assert not (tmp_path / "large").exists()
