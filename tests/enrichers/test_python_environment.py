"""Who depends on whom among installed distributions, compared with a brute-force reading of this Python's own."""

from __future__ import annotations

import importlib.metadata
import sysconfig
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scanner import identity
from scanner.collectors import python_metadata, requirements, uv_lock
from scanner.enrichers import images, python_environment
from scanner.enrichers.context import Context
from scanner.errors import OVER_LIMIT
from scanner.graph import Graph
from scanner.model import Evidence, EvidenceBuilder, Location
from scanner.sources.blob import Blob, blob_of_bytes

CONTEXT = Context(identity.release("test"), "test", datetime(2026, 1, 1, tzinfo=UTC), {})
SITE = "app/.venv/lib/python3.11/site-packages/"


def blob(path: str, text: str) -> Blob:
    made = blob_of_bytes(path, text.encode())
    made.sha256 = identity.hex_digest("sha256", "ab" * 32) or ""
    made.ref = identity.placed("file", path)
    return made


def installed(name: str, *requires: str, version: str = "1", site: str = SITE) -> Evidence:
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {one}" for one in requires)]
    return python_metadata.collect(blob(f"{site}{name}-{version}.dist-info/METADATA", "\n".join(lines) + "\n"))


def file(path: str) -> Evidence:
    builder = EvidenceBuilder("test")
    builder.artifact(identity.placed("file", path), Location(path))
    return builder.build()


def asked(path: str, text: str) -> Evidence:
    """What a requirements file says, and the file."""
    said = requirements.collect(blob(path, text))
    return replace(said, artifacts=(*said.artifacts, *file(path).artifacts))


def enriched(*evidence: Evidence) -> Evidence:
    return python_environment.enrich(Graph.fold(evidence), CONTEXT)


def edges(evidence: Evidence) -> dict[tuple[str, str], str]:
    return {
        (one.source.key.removeprefix("pkg:pypi/"), one.target.key.removeprefix("pkg:pypi/")): one.note
        for one in evidence.relationships
    }


def test_relates_what_lies_in_one_folder_only() -> None:
    other = "app/vendored/"
    found = enriched(installed("a", "b", "absent"), installed("b"), installed("b", version="2", site=other))
    assert edges(found) == {("a@1", "b@1"): ""}
    assert [one.location.path for one in found.relationships] == [f"{SITE}a-1.dist-info/METADATA"]


def test_two_versions_of_a_name_in_one_folder_are_both_kept() -> None:
    found = enriched(installed("a", "b"), installed("b"), installed("b", version="2"))
    assert set(edges(found)) == {("a@1", "b@1"), ("a@1", "b@2")}


def test_markers_are_judged_for_the_folder_and_kept_where_undecided() -> None:
    a = installed("a", "b ; python_version < '3.11'", "c ; python_version >= '3.11'", "d ; sys_platform == 'win32'")
    found = enriched(a, installed("b"), installed("c"), installed("d"))
    assert edges(found) == {("a@1", "c@1"): "", ("a@1", "d@1"): 'marker sys_platform == "win32"'}


def test_extension_modules_tell_the_platform() -> None:
    module = file(f"{SITE}d/_d.cpython-311-x86_64-linux-gnu.so")
    found = enriched(
        installed("a", "d ; sys_platform == 'win32'", "e ; os_name == 'posix'"), installed("d"), installed("e"), module
    )
    assert edges(found) == {("a@1", "e@1"): ""}


def test_extras_count_where_a_dependant_asks_for_them() -> None:
    b = installed("b", "c ; extra == 'x'", "b[z] ; extra == 'x'", "d ; extra == 'z'", "e ; extra == 'unasked'")
    found = enriched(installed("a", "B[X]"), b, installed("c"), installed("d"), installed("e"))
    assert edges(found) == {("a@1", "b@1"): "", ("b@1", "c@1"): "extra x", ("b@1", "d@1"): "extra z"}


def test_extras_count_where_a_requirements_file_asks_for_them() -> None:
    found = enriched(asked("app/requirements.txt", "b[x]\n"), installed("b", "c ; extra == 'x'"), installed("c"))
    assert edges(found) == {("b@1", "c@1"): "extra x"}


def test_dependencies_may_go_in_circles() -> None:
    found = enriched(installed("a", "b[x]"), installed("b", "a[y] ; extra == 'x'", "a"), installed("c", "c"))
    assert edges(found) == {("a@1", "b@1"): "", ("b@1", "a@1"): ""}


def test_a_request_that_nothing_fixes_is_a_package_without_a_version() -> None:
    found = enriched(asked("app/requirements.in", "Flask>=2\nclick==8.1\n"))

    assert {(one.ref, one.version, one.resolved) for one in found.artifacts} == {
        (identity.pypi("click", "8.1"), "8.1", True),
        (identity.pypi("flask", None), None, False),
    }
    assert {one.subject: one.value for one in found.statements if one.predicate == "pinning"} == {
        identity.pypi("click", "8.1"): {"exact": True, "hashed": False},
        identity.pypi("flask", None): {"exact": False, "hashed": False},
    }


def test_a_lock_file_of_the_same_folder_fixes_a_request() -> None:
    lock = uv_lock.collect(blob("app/uv.lock", 'version = 1\n[[package]]\nname = "flask"\nversion = "3"\n'))
    elsewhere = asked("other/requirements.in", "flask>=2\n")

    assert enriched(lock, asked("app/requirements.in", "flask>=2\n")).artifacts == ()
    assert [one.ref for one in enriched(lock, elsewhere).artifacts] == [identity.pypi("flask", None)]


def test_an_installation_fixes_a_request() -> None:
    assert enriched(installed("flask"), asked("requirements.txt", "flask\n")).artifacts == ()


def image_of(*layers: str) -> Evidence:
    builder = EvidenceBuilder("test")
    image = builder.artifact(identity.content("image", "cd" * 32), Location("image/index.json"))
    keys = [f"path:{layer}" for layer in layers]
    builder.state(image, "layers", [{"id": "index.json", "keys": keys}], Location("image/index.json"))
    builder.state(image, "platform", "linux/arm64", Location("image/index.json"))
    for number, layer in enumerate(layers):
        ref = identity.content("file", f"{number:064x}")
        builder.artifact(ref, Location(layer), digests={"sha256": f"{number:064x}"}, size=100)
    return builder.build()


def test_layers_of_an_image_are_one_environment_in_which_upper_layers_win() -> None:
    site = "usr/lib/python3.11/site-packages/"
    graph = Graph.fold(
        [
            image_of("image/l1", "image/l2"),
            installed(
                "a", "b", "c ; platform_machine == 'aarch64'", "d ; sys_platform == 'win32'", site=f"image/l1!{site}"
            ),
            installed("b", site=f"image/l1!{site}"),
            file(f"image/l2!{site}.wh.b-1.dist-info"),
            installed("b", version="2", site=f"image/l2!{site}"),
            installed("c", site=f"image/l2!{site}"),
            installed("d", site=f"image/l2!{site}"),
            asked("image/l2!app/requirements.txt", "b\nnew\n"),
        ]
    )
    graph.add(images.enrich(graph, CONTEXT))
    found = python_environment.enrich(graph, CONTEXT)

    assert edges(found) == {("a@1", "b@2"): "", ("a@1", "c@1"): ""}
    assert [one.ref for one in found.artifacts] == [identity.pypi("new", None)]


@pytest.mark.parametrize("line", ["b (((", "b ; python_version <", "\x1b[31m", "b" * 5000, "b ; " + "(" * 3000])
def test_requirements_in_another_language_relate_nothing(line: str) -> None:
    assert edges(enriched(installed("a", line, "c"), installed("b"), installed("c"))) == {("a@1", "c@1"): ""}


def test_work_in_one_folder_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_environment, "STEPS", 5)
    found = enriched(installed("a", "b", "c"), installed("b", "a", "c"), installed("c", "a", "b"))
    assert [(one.location.path, one.reason) for one in found.not_examined] == [(SITE, OVER_LIMIT)]


def test_evidence_does_not_depend_on_the_order_of_what_it_is_made_from() -> None:
    parts = [installed("a", "b[x]", "c"), installed("b", "c ; extra == 'x'"), installed("c", "a")]
    assert enriched(*parts) == enriched(*reversed(parts))


def brute_force(distributions: Iterable[importlib.metadata.Distribution]) -> set[tuple[str, str]]:
    """Every pair whose requirement holds on this Python, trying every extra that any requirement names, until nothing new."""
    metadata = {
        canonicalize_name(one.metadata["Name"]): [Requirement(line) for line in one.requires or ()]
        for one in distributions
    }
    asked: set[tuple[str, str]] = {(name, "") for name in metadata}
    while True:
        pairs = {
            (source, canonicalize_name(line.name), extra)
            for source, lines in metadata.items()
            for line in lines
            for wanted in [extra for name, extra in asked if name == source]
            if line.marker is None or line.marker.evaluate({"extra": wanted})
            for extra in {"", *map(canonicalize_name, line.extras)}
        }
        more = asked | {(target, extra) for _, target, extra in pairs}
        if more == asked:
            return {(source, target) for source, target, _ in pairs if target in metadata and source != target}
        asked = more


def test_relationships_of_this_python_are_those_of_a_brute_force_reading() -> None:
    site = Path(sysconfig.get_paths()["purelib"])
    if not any(site.glob("*/*.cpython-*-linux-gnu.so")):
        pytest.skip("no extension module tells the platform of this Python")
    evidence = [
        file((site / path).relative_to(site.parents[2]).as_posix()) for path in site.glob("*/*.cpython-*-linux-gnu.so")
    ]
    for path in site.glob("*.dist-info/METADATA"):
        made = blob(path.relative_to(site.parents[2]).as_posix(), path.read_text("utf-8"))
        evidence.append(python_metadata.collect(made))

    found = {
        (source.partition("@")[0], target.partition("@")[0]): note
        for (source, target), note in edges(enriched(*evidence)).items()
    }

    distributions = list(importlib.metadata.distributions(path=[str(site)]))
    # The micro version of a Python is not to be seen in its folder: what rests on it stays undecided.
    assert {pair for pair, note in found.items() if not note.startswith("marker")} <= brute_force(distributions)
    assert brute_force(distributions) <= set(found)
    assert len(found) > 5
