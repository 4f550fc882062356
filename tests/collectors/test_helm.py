"""Chart files, hand-written after the reference of Helm."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.collectors import helm
from scanner.errors import NotExaminable
from scanner.model import Proof
from scanner.sources.blob import Blob

Record = Callable[..., Blob]
DIGEST = "a" * 64
CHART = """apiVersion: v2
name: fraud
version: 1.0.0
dependencies:
- {name: redis, repository: 'https://u:p@charts.example.com', version: 18.x}
- {name: own, repository: 'file://../own', version: 1.0.0}
"""
VALUES = f"""
image: {{repository: ghcr.io/x/app, tag: '2', pullPolicy: Always}}
proxy: {{image: {{registry: quay.io, repository: x/proxy, digest: sha256:{DIGEST}}}}}
job: {{initImage: 'busybox:1.36'}}
imagePullSecrets: [a]
"""


def test_a_chart_says_what_it_depends_on(record: Record) -> None:
    blob = record("chart/Chart.yaml", CHART)
    assert helm.wants(blob)
    evidence = helm.collect(blob)
    assert evidence.not_examined == ()
    chart, said = evidence.statements
    assert (chart.subject, chart.value) == (blob.ref, "fraud")
    assert said.subject.key == "place:chart/Chart.yaml"
    assert said.value == [
        {"source": "https://charts.example.com/redis", "revision": "18.x", "pinned": False, "verified": None}
    ]


def test_a_lock_file_fixes_the_dependencies(record: Record) -> None:
    stated = helm.collect(record("chart/Chart.yaml", CHART, {"Chart.lock": "a: 1"})).statements
    assert [one.predicate for one in stated] == ["chart"]
    lock = "dependencies: [{name: redis, repository: oci://charts.example.com, version: 18.1.0}]\n"
    (said,) = helm.collect(record("chart/Chart.lock", lock)).statements
    assert (said.subject.key, said.value[0]["pinned"]) == ("place:chart/Chart.yaml", True)  # type: ignore


def test_default_values_name_images(record: Record) -> None:
    evidence = helm.collect(record("chart/values-prod.yaml", VALUES, {"Chart.yaml": CHART}))
    assert {(one.target.key, one.location.at) for one in evidence.relationships} == {
        ("name:ghcr.io/x/app:2", "image"),
        (f"sha256:{DIGEST}", "proxy.image"),
        ("name:busybox:1.36", "job.initImage"),
    }
    assert {one.proof for one in evidence.relationships} == {Proof.INFERRED}
    assert [item.value for item in evidence.statements] == [{"by_digest": False}]


def test_a_library_has_no_templates_of_its_own(record: Record) -> None:
    assert helm.collect(record("Chart.yaml", "name: common\ntype: library\n")).statements == ()


def test_rendered_manifests_name_the_charts_they_come_from(record: Record) -> None:
    text = "---\n# Source: fraud/templates/a.yaml\na: 1\n---\n# Source: fraud/charts/redis/templates/b.yaml\nb: 1\n"
    blob = record("out/all.yaml", text)
    assert helm.wants(blob)
    (said,) = helm.collect(blob).statements
    assert (said.subject, said.value) == (blob.ref, ["fraud", "redis"])
    assert not helm.wants(record("out/all.yaml", "# Source: a book\na: 1\n"))


def test_values_beside_no_chart_are_no_record(record: Record) -> None:
    assert helm.collect(record("values.yaml", VALUES)).relationships == ()


@pytest.mark.parametrize("text", ["version: 1", "a: " + "[" * 30_000, "name: a\ndependencies: [" + "{}," * 1_001 + "]"])
def test_hostile_charts_are_not_examinable(record: Record, text: str) -> None:
    with pytest.raises(NotExaminable):
        helm.collect(record("Chart.yaml", text))


@pytest.mark.parametrize("text", ["3", "image: [1]", "image: {repository: [a]}", "image: {repository: a, tag: {b: c}}"])
def test_wrong_shapes_never_raise(record: Record, text: str) -> None:
    evidence = helm.collect(record("values.yaml", text, {"Chart.yaml": CHART}))
    assert all(one.source.kind == "deployment" for one in evidence.relationships)


def test_too_many_values_are_refused(record: Record) -> None:
    with pytest.raises(NotExaminable, match="more than"):
        helm.collect(record("values.yaml", "a: [" + "1," * 100_001 + "]", {"Chart.yaml": CHART}))
