"""The package database of apk: written by hand after the format's description, as no Alpine image is at hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collectors import apk
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes

PLACE = "layer.tar!lib/apk/db/installed"
TEXT = """\
C:Q1VmbnTZO9dZUm9HPBZ8JYvUmkLQM=
P:musl
V:1.2.4_git20230717-r4
A:x86_64
S:407278
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Somebody <somebody@example.com>
t:1700000000
c:0123456789abcdef0123456789abcdef01234567
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1LKNyT7wJ0YXyLYv1w9jyDnUqbqc=
R:libc.musl-x86_64.so.1
a:0:0:777
Z:Q17yJ3JFNypA4mxhJJr0ou6CzsJVI=

C:Q1oHDYjKHD3UJ6kLRTkAnQ0rVDqbA=
P:busybox
V:1.36.1-r15
A:x86_64
L:GPL-2.0-only
o:busybox
D:so:libc.musl-x86_64.so.1 musl>=1.2 !uclibc /bin/sh
p:cmd:busybox=1.36.1-r15
F:bin
R:busybox
F:
R:linuxrc
"""


def said(evidence: Evidence, predicate: str) -> dict[str, object]:
    return {one.subject.key: one.value for one in evidence.statements if one.predicate == predicate}


MUSL = "pkg:apk/alpine/musl@1.2.4_git20230717-r4?arch=x86_64"
BUSYBOX = "pkg:apk/alpine/busybox@1.36.1-r15?arch=x86_64"


def test_packages_with_what_they_need_provide_and_brought(record: Callable[..., Blob]) -> None:
    blob = record(PLACE, TEXT)
    assert apk.wants(blob)
    evidence = apk.collect(blob)
    assert evidence.not_examined == ()
    assert said(evidence, "relations") == {
        MUSL: {"depends": [], "provides": ["so:libc.musl-x86_64.so.1"], "source": "musl"},
        BUSYBOX: {
            "depends": ["/bin/sh", "musl", "so:libc.musl-x86_64.so.1"],
            "provides": ["cmd:busybox"],
            "source": "busybox",
        },
    }
    assert said(evidence, "licences") == {MUSL: ["MIT"], BUSYBOX: ["GPL-2.0-only"]}
    paths = [one["path"] for one in said(evidence, "installed_files")[BUSYBOX]]  # type: ignore[attr-defined]
    assert paths == ["layer.tar!bin/busybox", "layer.tar!linuxrc"]
    assert [one.location.at for one in evidence.artifacts if one.location] == ["line 1", "line 23"]


def test_a_path_never_leaves_the_root() -> None:
    evidence = apk.collect(blob_of_bytes(PLACE, b"P:a\nV:1\nF:../../etc\nR:passwd\n"))
    assert said(evidence, "installed_files") == {}


def test_packages_without_a_name_are_told() -> None:
    evidence = apk.collect(blob_of_bytes(PLACE, b"P:a b\nV:1\n\nP:good\nV:1\n\nV:2\n"))
    assert [one.name for one in evidence.artifacts] == ["good"]
    assert [one.detail for one in evidence.not_examined] == ["2 packages without a valid name and version"]


@pytest.mark.parametrize("data", [b"\n", b"nothing of the kind", b"\xff\xfe"])
def test_what_is_no_database_is_not_examinable(data: bytes) -> None:
    with pytest.raises(NotExaminable):
        apk.collect(blob_of_bytes(PLACE, data))


def test_an_empty_root_has_no_packages() -> None:
    assert apk.collect(blob_of_bytes(PLACE, b"")).artifacts == ()


def test_other_files_are_not_wanted() -> None:
    assert not apk.wants(blob_of_bytes("notes/installed", TEXT.encode()))


@given(
    st.lists(st.sampled_from(["P:a", "V:1", "V:", "F:x", "R:y", "D:a b", "D:", "p:c=1", "L:MIT", "", "X", ":", "P:é"]))
)
def test_no_order_of_lines_raises_anything_else(lines: list[str]) -> None:
    try:
        apk.collect(blob_of_bytes(PLACE, "\n".join(lines).encode()))
    except NotExaminable as error:
        assert error.detail == "no package database"
