"""GraphML and DOT: readers of other programs find our graph in them."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.reports import dot, graphml
from tests.reports.sample_graph import CLAIMS, FRAUD, HOSTILE
from tests.reports.sample_result import sample_result


def test_graphml_read_by_another_library_is_our_graph() -> None:
    sample = sample_result()
    read = networkx.read_graphml(io.BytesIO(graphml.render(sample)), force_multigraph=True)
    ids = networkx.get_node_attributes(read, "id")
    assert sorted(ids.values()) == sorted(item.id for item in sample.artifacts)
    found = {(ids[source], data["type"], ids[target], data["proof"]) for source, target, data in read.edges(data=True)}
    assert found == {(item.source, item.type, item.target, item.proof) for item in sample.relationships}
    assert read.graph["verdict"] == "fail"


def test_dot_has_every_artifact_and_draws_with_the_flow() -> None:
    sample = sample_result()
    text = dot.render(sample).decode()
    numbers = {item.id: number for number, item in enumerate(sample.artifacts)}
    assert len(re.findall(r"^  n\d+ \[label", text, re.M)) == len(sample.artifacts)
    assert len(re.findall(r"^  n\d+ -> n\d+ ", text, re.M)) == len(sample.relationships)
    assert f'  n{numbers[CLAIMS]} -> n{numbers[FRAUD]} [label="trained_on (matched)"' in text


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it() -> None:
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot.render(sample_result()), capture_output=True, check=True)
    assert drawn.stderr == b""
    assert b"<script" not in drawn.stdout and b"<img" not in drawn.stdout


@pytest.mark.parametrize("name", [*HOSTILE, '"];evil[label="', "\\", '\\"', "a\\", "\\N"])
def test_a_name_never_leaves_its_string(name: str) -> None:
    assert re.fullmatch(r'"(?:[^"\\\n]|\\\\|\\")*"', dot.quoted(name))


@given(st.text(st.characters(categories=None), max_size=40))
def test_any_name_fits_into_graphml(name: str) -> None:
    sample = sample_result()
    artifacts = tuple(replace(item, name=name) for item in sample.artifacts[:2])
    read = networkx.read_graphml(io.BytesIO(graphml.render(replace(sample, artifacts=artifacts))))
    assert len(read) == 2
