"""Packages of apk and rpm in images: distribution, dependencies, owners of files, advisories."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from scanner.advisories.ecosystems import NotAuditable, Target, target_of
from scanner.graph import Graph
from scanner.model import Proof
from tests.enrichers.conftest import Scanned
from tests.enrichers.layouts import contents, examined, image_of, write_image

DATABASE = gzip.decompress((Path(__file__).parents[1] / "collectors" / "data" / "rpm" / "rpmdb.sqlite.gz").read_bytes())
ALPINE = b"ID=alpine\nVERSION_ID=3.19.1\nNAME='Alpine Linux'\n"
INSTALLED = b"""\
P:musl
V:1.2.4-r2
A:x86_64
o:musl
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl.so

P:busybox-binsh
V:1.36.1-r15
A:x86_64
o:busybox
D:so:libc.musl-x86_64.so.1 musl
"""


def packages(graph: Graph) -> dict[str, str]:
    """Name → package URL."""
    return {str(graph.artifact(ref).name): str(graph.artifact(ref).purl) for ref in graph.refs("package")}


def edges(graph: Graph, type: str) -> dict[tuple[str, str], tuple[Proof, str]]:
    return {
        (str(graph.artifact(ref).name), str(graph.artifact(one.target).name or one.target.key)): (one.proof, one.note)
        for ref in graph.refs("package")
        for one in graph.outgoing(ref, (type,))
    }


def test_an_alpine_image_is_examined_and_its_packages_can_be_looked_up(tmp_path: Path, scanned: Scanned) -> None:
    library = b"\x7fELF" + b"m" * 100
    write_image(
        tmp_path, [("etc/os-release", ALPINE), ("lib/apk/db/installed", INSTALLED), ("lib/ld-musl.so", library)]
    )
    graph = scanned(tmp_path)
    assert examined(graph, image_of(graph))["state"] == "examined"
    found = packages(graph)
    assert found == {
        "musl": "pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.19.1&upstream=musl",
        "busybox-binsh": "pkg:apk/alpine/busybox-binsh@1.36.1-r15?arch=x86_64&distro=alpine-3.19.1&upstream=busybox",
    }
    assert target_of(found["busybox-binsh"]) == Target("Alpine:v3.19", "busybox", "1.36.1-r15")
    assert edges(graph, "depends_on") == {("busybox-binsh", "musl"): (Proof.DECLARED, "")}
    (owned,) = [ref for ref in graph.refs("package") if graph.outgoing(ref, ("contains",))]
    assert graph.artifact(owned).name == "musl"
    assert "lib/ld-musl.so" in contents(graph, image_of(graph))


@pytest.mark.parametrize("folder", ["", "chroot/"])
def test_the_database_below_usr_belongs_to_the_same_root(folder: str, tmp_path: Path, scanned: Scanned) -> None:
    files = {"usr/lib/os-release": ALPINE, "usr/lib/apk/db/installed": INSTALLED, "lib/ld-musl.so": b"m" * 100}
    write_image(tmp_path, [(folder + path, content) for path, content in files.items()])
    graph = scanned(tmp_path)
    assert packages(graph)["musl"].endswith("distro=alpine-3.19.1&upstream=musl")
    assert [source for source, _ in edges(graph, "contains")] == ["musl"]


def test_packages_that_an_upper_layer_brings_are_those_of_the_image(tmp_path: Path, scanned: Scanned) -> None:
    more = INSTALLED + b"\nP:curl\nV:8.5.0-r0\nD:nothing-that-is-here\n"
    write_image(
        tmp_path,
        [("etc/os-release", ALPINE), ("lib/apk/db/installed", INSTALLED)],
        [("lib/apk/db/installed", more)],
    )
    graph = scanned(tmp_path)
    assert packages(graph)["curl"] == "pkg:apk/alpine/curl@8.5.0-r0?distro=alpine-3.19.1"
    assert edges(graph, "depends_on") == {("busybox-binsh", "musl"): (Proof.DECLARED, "")}


@pytest.mark.parametrize(
    ("id", "namespace", "target"),
    [
        ("almalinux", "almalinux", Target("AlmaLinux:9", "fraud-scorer-models", "2.0-1.el9")),
        ("rocky", "rocky", Target("Rocky Linux:9", "fraud-scorer", "2.0-1.el9")),
        ("rhel", "redhat", NotAuditable("no advisory source covers this kind of package")),
    ],
)
def test_an_image_with_packages_of_rpm(
    id: str, namespace: str, target: object, tmp_path: Path, scanned: Scanned
) -> None:
    release = f'ID="{id}"\nVERSION_ID="9.3"\n'.encode()
    model = bytes(100)
    write_image(
        tmp_path,
        [("etc/os-release", release), ("var/lib/rpm/rpmdb.sqlite", DATABASE), ("opt/fraud/models/model.bin", model)],
    )
    graph = scanned(tmp_path)
    assert examined(graph, image_of(graph))["state"] == "examined"
    found = packages(graph)
    assert found["fraud-scorer-models"] == (
        f"pkg:rpm/{namespace}/fraud-scorer-models@2.0-1.el9?arch=noarch&distro={id}-9.3&upstream=fraud-scorer%402.0-1.el9"
    )
    assert target_of(found["fraud-scorer-models"]) == target
    depends = edges(graph, "depends_on")
    assert depends == {
        ("fraud-scorer", "fraud-base"): (Proof.DECLARED, ""),
        ("fraud-scorer-models", "fraud-scorer"): (Proof.DECLARED, ""),
    }
    owned = edges(graph, "contains")
    assert [(source, proof) for (source, _), (proof, _) in owned.items()] == [("fraud-scorer-models", Proof.MATCHED)]


def test_a_root_that_names_no_distribution_keeps_what_is_known(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [("var/lib/rpm/rpmdb.sqlite", DATABASE)])
    assert packages(scanned(tmp_path))["fraud-base"] == (
        "pkg:rpm/fraud-base@1.2.0-3.el9?arch=noarch&epoch=2&upstream=fraud-base%401.2.0-3.el9"
    )
