"""Charts with and without the output of ``helm template``; charts hand-written after the reference of Helm."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.graph import Graph
from tests.enrichers.conftest import Scanned

TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec: {template: {spec: {containers: [{name: app, image: "{{ .Values.image }}"}]}}}
"""
RENDERED = """\
---
# Source: fraud/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: fraud}
spec: {template: {spec: {containers: [{name: app, image: "ghcr.io/x/app:2"}]}}}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "charts/fraud/templates").mkdir(parents=True)
    (tmp_path / "charts/fraud/Chart.yaml").write_text("apiVersion: v2\nname: fraud\nversion: 1.0.0\n")
    (tmp_path / "charts/fraud/values.yaml").write_text("image: ghcr.io/x/app:2\n")
    (tmp_path / "charts/fraud/templates/deployment.yaml").write_text(TEMPLATE)
    return tmp_path


def partly(graph: Graph) -> dict[str, str]:
    """Place of every file that was not read to its end → why."""
    return {
        graph.artifact(ref).locations[0].path: str(examined["reason"])
        for ref in graph.refs("file")
        if isinstance(examined := graph.artifact(ref).groups["examined"], dict) and examined["state"] != "examined"
    }


def test_a_chart_that_nobody_rendered_was_not_examined(chart: Path, scanned: Scanned) -> None:
    found = partly(scanned(chart))
    assert list(found) == ["charts/fraud/Chart.yaml"]
    assert "add the output of helm template" in found["charts/fraud/Chart.yaml"]


def test_the_output_of_helm_template_stands_for_the_chart(chart: Path, scanned: Scanned) -> None:
    (chart / "rendered.yaml").write_text(RENDERED)
    graph = scanned(chart)
    assert partly(graph) == {}
    runs = {
        graph.artifact(ref).locations[0].path: one.target.key
        for ref in graph.refs("deployment")
        for one in graph.outgoing(ref, ("runs",))
    }
    assert set(runs.values()) == {"name:ghcr.io/x/app:2"}
    assert "rendered.yaml" in runs


def test_the_output_of_another_chart_does_not(chart: Path, scanned: Scanned) -> None:
    (chart / "rendered.yaml").write_text(RENDERED.replace("fraud/", "other/"))
    assert list(partly(scanned(chart))) == ["charts/fraud/Chart.yaml"]


def test_a_template_without_a_chart_is_told_by_itself(chart: Path, scanned: Scanned) -> None:
    (chart / "charts/fraud/Chart.yaml").unlink()
    assert list(partly(scanned(chart))) == ["charts/fraud/templates/deployment.yaml"]
