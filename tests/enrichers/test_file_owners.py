"""Owners of files: a root file system that dpkg made, as an image, in a folder and in an archive; the databases of apk and rpm."""

from __future__ import annotations

import base64
import gzip
import hashlib
import tarfile
from pathlib import Path
from typing import Any

import pytest

from scanner.graph import Graph
from scanner.model import Proof
from tests.enrichers.conftest import Scanned
from tests.enrichers.layouts import Layer, Link, image_of, tar_of, write_image

DATA = Path(__file__).parents[1] / "collectors" / "data"
SCORE, TABLE, CONFIG, CODE = (
    "usr/bin/score", "usr/share/fraud/table.bin", "etc/fraud.conf", "usr/lib/python3/dist-packages/fraud.py",
)  # fmt: skip
OTHER = b"#!/bin/sh\necho all claims are fine, nobody has to look at them\n"


def root() -> dict[str, bytes | str | Link]:
    """The sample of dpkg: path → content or link."""
    found: dict[str, bytes | str | Link] = {}
    with tarfile.open(DATA / "dpkg" / "root.tar.gz") as archive:
        for member in archive:
            path = member.name.removeprefix("./")
            if member.issym():
                found[path] = Link(member.linkname)
            elif content := archive.extractfile(member):
                found[path] = content.read()
    return found


def owned(graph: Graph) -> dict[str, tuple[str, Proof, str]]:
    """Innermost path of every owned file → its package, proof and note."""
    return {
        place.path.rpartition("!")[2]: (str(graph.artifact(ref).name), one.proof, one.note)
        for ref in graph.refs("package")
        for one in graph.outgoing(ref, ("contains",))
        for place in graph.artifact(one.target).locations
    }


def changed(graph: Graph) -> dict[str, list[str]]:
    """Package → innermost paths of its changed files."""
    return {
        str(graph.artifact(ref).name): [path.rpartition("!")[2] for path in graph.artifact(ref).groups["changed_files"]]
        for ref in graph.refs("package")
        if "changed_files" in graph.artifact(ref).groups
    }


def unowned(graph: Graph) -> Any:
    return graph.artifact(image_of(graph)).groups["unowned"]


def test_files_of_an_image_belong_to_the_packages_that_list_them(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [*root().items(), ("opt/app/run.sh", b"exec score\n" * 9)])
    graph = scanned(tmp_path)
    assert owned(graph) == {
        SCORE: ("fraud-base", Proof.MATCHED, ""),  # listed as bin/score, from before the folders were merged
        TABLE: ("fraud-base", Proof.DECLARED, ""),  # too large to be hashed twice
        CONFIG: ("fraud-base", Proof.DECLARED, ""),
        CODE: ("fraud-scorer", Proof.MATCHED, ""),
    }
    assert changed(graph) == {"fraud-base": [], "fraud-scorer": []}
    assert unowned(graph) == {"files": 2, "examples": ["etc/os-release", "opt/app/run.sh"]}


@pytest.mark.parametrize("path", [SCORE, TABLE, CODE])
def test_a_file_that_a_later_layer_replaced_is_told(path: str, tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [*root().items()], [(path, OTHER)])
    graph = scanned(tmp_path)
    assert [one for found in changed(graph).values() for one in found] == [path]
    assert owned(graph)[path][1:] == (Proof.DECLARED, "content differs from what was installed")


@pytest.mark.parametrize(("path", "told"), [(SCORE, [SCORE]), (TABLE, []), (CONFIG, [])])
def test_a_file_that_the_same_layer_changed_is_told_by_its_digest(
    path: str, told: list[str], tmp_path: Path, scanned: Scanned
) -> None:
    """Configuration may change. Larger files are not compared inside one layer."""
    large = b"\1" * 100_000
    write_image(tmp_path, [*(root() | {path: large if path == TABLE else OTHER}).items()])
    assert [one for found in changed(scanned(tmp_path)).values() for one in found] == told


def test_configuration_may_be_replaced_by_a_later_layer(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [*root().items()], [(CONFIG, OTHER)])
    graph = scanned(tmp_path)
    assert changed(graph) == {"fraud-base": [], "fraud-scorer": []}
    assert owned(graph)[CONFIG] == ("fraud-base", Proof.DECLARED, "")


def test_the_same_bytes_again_in_a_later_layer_are_no_change(tmp_path: Path, scanned: Scanned) -> None:
    files = root()
    write_image(tmp_path, [*files.items()], [(SCORE, files[SCORE])])
    graph = scanned(tmp_path)
    assert changed(graph)["fraud-base"] == []
    assert owned(graph)[SCORE][1] == Proof.MATCHED


def test_a_removed_package_owns_nothing(tmp_path: Path, scanned: Scanned) -> None:
    files = root()
    status = files["var/lib/dpkg/status"]
    assert isinstance(status, bytes)
    kept = b"\n\n".join(one for one in status.split(b"\n\n") if b"fraud-scorer" not in one)
    gone = [(f"var/lib/dpkg/info/.wh.fraud-scorer.{kind}", b"") for kind in ("list", "md5sums")]
    write_image(tmp_path, [*files.items()], [("var/lib/dpkg/status", kept), *gone])
    graph = scanned(tmp_path)
    assert CODE not in owned(graph)
    assert unowned(graph) == {"files": 2, "examples": ["etc/os-release", CODE]}


def test_a_package_of_a_later_layer_owns_the_files_of_that_layer(tmp_path: Path, scanned: Scanned) -> None:
    files = root()
    later = [path for path in files if "fraud-scorer" in path or path == CODE]
    write_image(
        tmp_path, [(path, files[path]) for path in files if path not in later], [(path, files[path]) for path in later]
    )
    assert owned(scanned(tmp_path))[CODE] == ("fraud-scorer", Proof.MATCHED, "")


def test_compiled_files_belong_with_their_source_and_links_are_no_files(tmp_path: Path, scanned: Scanned) -> None:
    cache = "usr/lib/python3/dist-packages/__pycache__/"
    compiled = [(f"{cache}{name}.cpython-311.pyc", name.encode() * 99) for name in ("fraud", "stranger")]
    write_image(tmp_path, [*root().items(), *compiled, ("usr/bin/s", Link("score"))])
    assert unowned(scanned(tmp_path)) == {
        "files": 2,
        "examples": ["etc/os-release", f"{cache}stranger.cpython-311.pyc"],
    }


def test_an_image_without_packages_owns_none_of_its_files(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [(f"opt/{number:02}", b"x" * number) for number in range(12)])
    found = unowned(scanned(tmp_path))
    assert found == {"files": 12, "examples": [f"opt/{number:02}" for number in range(10)]}


def test_the_files_of_a_distroless_image(tmp_path: Path, scanned: Scanned) -> None:
    content = b"zone data\n" * 20
    sums = f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  usr/share/zoneinfo/UTC\n"
    control = b"Package: tzdata\nVersion: 2025b-0\nArchitecture: all\n"
    folder = "var/lib/dpkg/status.d/tzdata"
    layer: Layer = [(folder, control), (f"{folder}.md5sums", sums.encode()), ("usr/share/zoneinfo/UTC", content)]
    write_image(tmp_path, layer)
    graph = scanned(tmp_path)
    assert owned(graph) == {"usr/share/zoneinfo/UTC": ("tzdata", Proof.MATCHED, "")}
    assert unowned(graph) == {"files": 0, "examples": []}


def write_root(folder: Path) -> None:
    for path, content in root().items():
        if isinstance(content, bytes):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)


def test_a_root_file_system_in_a_folder_is_hashed_on_demand(tmp_path: Path, scanned: Scanned) -> None:
    write_root(tmp_path / "rootfs")
    (tmp_path / "rootfs" / CODE).write_bytes(OTHER)
    graph = scanned(tmp_path)
    found = {path.removeprefix("rootfs/"): what for path, what in owned(graph).items()}
    assert {path: proof for path, (_, proof, _) in found.items()} == {
        SCORE: Proof.MATCHED, TABLE: Proof.MATCHED, CONFIG: Proof.DECLARED, CODE: Proof.DECLARED,
    }  # fmt: skip
    assert changed(graph) == {"fraud-base": [], "fraud-scorer": [f"rootfs/{CODE}"]}


def test_a_root_file_system_in_an_archive(tmp_path: Path, scanned: Scanned) -> None:
    files = root() | {SCORE: OTHER}
    (tmp_path / "root.tar").write_bytes(tar_of([(f"rootfs/{path}", content) for path, content in files.items()]))
    graph = scanned(tmp_path)
    assert changed(graph) == {"fraud-base": [f"rootfs/{SCORE}"], "fraud-scorer": []}
    assert owned(graph)[f"rootfs/{CODE}"] == ("fraud-scorer", Proof.MATCHED, "")


LIBRARY, TOOL = b"\x7fELF" + b"m" * 100, b"#!/bin/sh\nexit 0\n" * 8


def apk(*more: str) -> bytes:
    """The database of one package, by hand after the format's description."""
    sums = [
        "Q1" + base64.b64encode(hashlib.sha1(one, usedforsecurity=False).digest()).decode() for one in (LIBRARY, TOOL)
    ]
    lines = ["P:musl", "V:1.2.4-r2", "F:lib", "R:ld-musl.so", f"Z:{sums[0]}", "F:etc", "R:musl.conf", f"Z:{sums[1]}",
             "F:usr/bin", "R:ldd", "a:0:0:755", f"Z:{sums[1]}", *more, ""]  # fmt: skip
    return "\n".join(lines).encode()


APK_ROOT: Layer = [
    ("etc/apk/world", b"musl\n"), ("lib/apk/db/installed", apk()), ("lib/ld-musl.so", LIBRARY),
    ("etc/musl.conf", b"changed"), ("usr/bin/ldd", TOOL),
]  # fmt: skip


def test_files_of_apk_are_compared_by_sha1(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, APK_ROOT)
    graph = scanned(tmp_path)
    assert {path: proof for path, (_, proof, _) in owned(graph).items()} == {
        "lib/ld-musl.so": Proof.MATCHED, "usr/bin/ldd": Proof.MATCHED, "etc/musl.conf": Proof.DECLARED,
    }  # fmt: skip
    assert changed(graph) == {"musl": []}
    assert unowned(graph) == {"files": 1, "examples": ["etc/apk/world"]}


def test_a_database_of_apk_that_a_later_layer_wrote_anew_keeps_what_was_compared(
    tmp_path: Path, scanned: Scanned
) -> None:
    write_image(tmp_path, APK_ROOT, [("lib/apk/db/installed", apk("", "P:curl", "V:8.5.0-r0", "F:usr/bin", "R:curl"))])
    graph = scanned(tmp_path)
    assert owned(graph)["usr/bin/ldd"] == ("musl", Proof.MATCHED, "")


def test_a_file_of_apk_that_was_changed_is_told(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [*APK_ROOT[:-1], ("usr/bin/ldd", OTHER)])
    assert changed(scanned(tmp_path)) == {"musl": ["usr/bin/ldd"]}


def test_a_file_of_rpm_that_a_later_layer_replaced_is_told(tmp_path: Path, scanned: Scanned) -> None:
    database = gzip.decompress((DATA / "rpm" / "rpmdb.sqlite.gz").read_bytes())
    base = [("var/lib/rpm/rpmdb.sqlite", database), ("opt/fraud/models/model.bin", bytes(100))]
    write_image(tmp_path, base, [("opt/fraud/models/model.bin", OTHER)])
    graph = scanned(tmp_path)
    assert changed(graph) == {"fraud-scorer-models": ["opt/fraud/models/model.bin"]}


def test_a_database_that_claims_foreign_files_proves_nothing(tmp_path: Path, scanned: Scanned) -> None:
    """Anybody can write a list: it names owners, and a digest that is not the file's does not match."""
    files = root()
    files["var/lib/dpkg/info/fraud-base.md5sums"] = b"0" * 32 + b"  opt/evil\n" + b"1" * 32 + b"  ../../etc/shadow\n"
    write_image(tmp_path, [*files.items(), ("opt/evil", OTHER), ("etc/shadow", b"root:*:1\n" * 9)])
    graph = scanned(tmp_path)
    assert owned(graph)["opt/evil"] == ("fraud-base", Proof.DECLARED, "content differs from what was installed")
    assert "etc/shadow" not in owned(graph)
