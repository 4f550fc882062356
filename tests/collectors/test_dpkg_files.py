"""Lists of dpkg: those that it wrote for packages built and installed by tests/collectors/data/dpkg/make.sh, and hostile ones."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collectors import dpkg_files
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes

Record = Callable[..., Blob]

SAMPLE = Path(__file__).parent / "data" / "dpkg" / "root.tar.gz"
INFO = "var/lib/dpkg/info/"
SUM = "04e423de7d2bfb1dc37b705a4e6e90f7"


def real(name: str) -> bytes:
    with tarfile.open(SAMPLE) as archive:
        member = archive.extractfile(f"./{INFO}{name}")
        assert member is not None
        return member.read()


def listed(evidence: Evidence) -> object:
    (said,) = evidence.statements
    assert said.predicate == "listed_files"
    return said.value


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("var/lib/dpkg/info/libc6:amd64.list", True),
        ("layer.tar!var/lib/dpkg/info/bash.md5sums", True),
        ("rootfs/var/lib/dpkg/status.d/tzdata.md5sums", True),
        ("var/lib/dpkg/info/bash.postinst", False),
        ("var/lib/dpkg/info/format", False),
        ("var/lib/dpkg/info/deep/bash.list", False),
        ("docs/info/bash.list", False),
        ("var/lib/dpkg/info/\x1b.list", False),
    ],
)
def test_wants_lists_of_packages(path: str, wanted: bool) -> None:
    assert dpkg_files.wants(blob_of_bytes(path, b"/.\n")) is wanted


def test_a_list_names_files_without_the_folders_above_them(record: Record) -> None:
    evidence = dpkg_files.collect(record(f"{INFO}fraud-base.list", real("fraud-base.list")))
    assert listed(evidence) == [" bin/score", " etc/fraud.conf", " usr/share/fraud/table.bin"]


def test_sums_name_files_with_their_digests(record: Record) -> None:
    evidence = dpkg_files.collect(record(f"{INFO}fraud-base.md5sums", real("fraud-base.md5sums")))
    assert listed(evidence) == [
        f"md5:{SUM} bin/score",
        "md5:0019d23bef56a136a1891211d7007f6f usr/share/fraud/table.bin",
    ]


@pytest.mark.parametrize(
    "line", ["no sum", f"{SUM[:-1]}  a", f"{SUM} a", f"{SUM}  ../../etc/passwd", f"{SUM}  ", "\x00"]
)
def test_a_line_that_is_none_is_told_and_the_others_are_read(line: str, record: Record) -> None:
    evidence = dpkg_files.collect(record(f"{INFO}a1.md5sums", f"{line}\n{SUM}  usr/a b\n"))
    assert listed(evidence) == [f"md5:{SUM} usr/a b"]
    assert [item.detail for item in evidence.not_examined] == ["1 lines without a digest and a path"]


def test_more_files_than_the_limit_are_told(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dpkg_files, "FILES", 2)
    evidence = dpkg_files.collect(record(f"{INFO}a1.list", "/a\n/b\n/c\n"))
    assert listed(evidence) == [" a", " b"]
    assert [item.reason for item in evidence.not_examined] == ["over_limit"]


@given(st.text(max_size=300), st.sampled_from(["list", "md5sums"]))
def test_no_path_leaves_the_root_whatever_a_list_holds(text: str, kind: str) -> None:
    evidence = dpkg_files.collect(blob_of_bytes(f"{INFO}a1.{kind}", text.encode("utf-8", "replace")))
    for entry in listed(evidence):  # type: ignore[attr-defined]
        path = entry.partition(" ")[2]
        assert path and not path.startswith(("/", "../"))


def test_the_sample_is_a_small_archive() -> None:
    with tarfile.open(fileobj=io.BytesIO(SAMPLE.read_bytes())) as archive:
        assert sum(member.size for member in archive) < 200_000
