"""Digests of members of archives: which are taken, and how what a database recorded is compared with them."""

from __future__ import annotations

import hashlib

import pytest

from scanner.collectors import apk, dpkg_files
from scanner.member_digests import SIZE, MemberDigests, merged
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes

CONTENT = b"content of a file\n"
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
INFO = "layer.tar!var/lib/dpkg/info/"


def member(path: str, content: bytes = CONTENT) -> Blob:
    return blob_of_bytes(f"layer.tar!{path}", content)


@pytest.mark.parametrize(
    ("path", "content", "taken"),
    [
        ("usr/bin/tool", CONTENT, True), ("rootfs/opt/x", CONTENT, True), ("var/lib/x", CONTENT, True),
        ("home/me/notes", CONTENT, False), ("data.csv", CONTENT, False), ("etc/passwd", CONTENT, False),
        ("usr/lib/full", bytes(SIZE), True), ("usr/lib/large", bytes(SIZE + 1), False),
    ],
)  # fmt: skip
def test_small_members_are_hashed_where_packages_put_files(path: str, content: bytes, taken: bool) -> None:
    digests = MemberDigests()
    digests.see(member(path, content))
    assert list(digests.found) == ([path] if taken else [])


def test_sha1_is_taken_once_apk_was_met() -> None:
    digests = MemberDigests()
    for path in ("bin/before", "etc/apk/world", "usr/bin/after"):
        digests.see(member(path))
    assert [value.partition(":")[0] for value in digests.found.values()] == ["md5", "sha1"]


def settled(evidence: Evidence, digests: MemberDigests, *more: Evidence) -> list[object]:
    said = [evidence, *more]
    digests.settle(said, 0, "layer.tar!")
    return [one.statements[0].value for one in said]


def seen(*paths: str) -> MemberDigests:
    digests = MemberDigests()
    for path in paths:
        digests.see(member(path))
    return digests


def test_recorded_digests_become_words_where_they_were_compared() -> None:
    lines = f"{MD5}  bin/tool\n{'0' * 32}  usr/lib/other\n{MD5}  usr/lib/absent\n"
    sums = dpkg_files.collect(blob_of_bytes(f"{INFO}a1.md5sums", lines.encode()))
    digests = seen("usr/bin/tool", "usr/lib/other")
    assert settled(sums, digests) == [["same bin/tool", "differs usr/lib/other", f"md5:{MD5} usr/lib/absent"]]


def test_a_list_keeps_only_what_has_no_digest() -> None:
    sums = dpkg_files.collect(blob_of_bytes(f"{INFO}a1.md5sums", f"{MD5}  bin/tool\n".encode()))
    files = dpkg_files.collect(blob_of_bytes(f"{INFO}a1.list", b"/.\n/bin\n/bin/tool\n/etc\n/etc/a1.conf\n"))
    other = dpkg_files.collect(blob_of_bytes(f"{INFO}b1.list", b"/bin/tool\n"))
    assert settled(files, seen(), sums, other) == [[" etc/a1.conf"], [f"md5:{MD5} bin/tool"], [" bin/tool"]]


def test_a_record_in_an_archive_inside_is_not_compared_with_the_members_outside() -> None:
    place = "layer.tar!opt/inner.tar!var/lib/dpkg/info/a1.md5sums"
    sums = dpkg_files.collect(blob_of_bytes(place, f"{MD5}  usr/bin/tool\n".encode()))
    assert settled(sums, seen("usr/bin/tool")) == [[f"md5:{MD5} usr/bin/tool"]]


def test_a_digest_of_the_other_kind_is_left_as_it_is() -> None:
    text = b"P:a1\nV:1\nF:usr/bin\nR:tool\nZ:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    evidence = apk.collect(blob_of_bytes("layer.tar!lib/apk/db/installed", text))
    said = [evidence]
    seen("usr/bin/tool").settle(said, 0, "layer.tar!")
    assert said == [evidence]


@pytest.mark.parametrize(
    ("path", "there"),
    [("bin/sh", "usr/bin/sh"), ("rootfs/lib64/ld.so", "rootfs/usr/lib64/ld.so"), ("opt/x", "usr/opt/x")],
)
def test_where_merged_folders_lie(path: str, there: str) -> None:
    assert merged(path) == there
