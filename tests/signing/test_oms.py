"""Model signatures: the manifest's rules and what it covers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.signing import emit, oms
from scanner.signing.oms import (
    Coverage,
    Manifest,
    compare,
    is_clean_path,
    parse_manifest,
)
from scanner.signing.result import Code, Rejected
from scanner.signing.statement import STATEMENT_V01, STATEMENT_V1, Statement, Subject
from tests.signing.helpers import MODEL, changed, link, signed_files


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def root_of(resources: Sequence[Mapping[str, Any]]) -> str:
    try:
        return sha256(b"".join(bytes.fromhex(resource["digest"]) for resource in resources))
    except (KeyError, TypeError, ValueError):
        return ""


def manifest_of(predicate: dict[str, Any], root: str | None = None) -> Manifest:
    """Parse a predicate whose subject has the right root digest unless another is given."""
    digests = {"sha256": root if root is not None else root_of(predicate.get("resources") or [])}
    return parse_manifest(Statement(STATEMENT_V1, (Subject("model", digests),), oms.PREDICATE_TYPE, predicate))


def predicate_of(contents: Mapping[str, bytes], ignored: Sequence[str] = ()) -> dict[str, Any]:
    return emit.model_statement(signed_files(contents), "model", ignored)["predicate"]


def shards(contents: Mapping[str, bytes], size: int, *, like_reference: bool = True) -> dict[str, Any]:
    resources = [
        {
            "name": f"{path}:{start}:{min(start + size, len(content))}",
            "digest": sha256(content[start : start + size]),
            "algorithm": f"sha256-sharded-{size}" if like_reference else "sha256",
        }
        for path, content in sorted(contents.items(), key=lambda item: item[0].split("/"))
        for start in range(0, len(content), size)
    ]
    declared = float(size) if like_reference else size
    return {
        "serialization": {
            "method": "shards",
            "hash_type": "sha256",
            "shard_size": declared,
            "allow_symlinks": False,
        },
        "resources": resources,
    }


def refusal(predicate: dict[str, Any], root: str | None = None) -> Code:
    with pytest.raises(Rejected) as caught:
        manifest_of(predicate, root)
    return caught.value.code


def test_unchanged_files_are_covered() -> None:
    coverage = compare(manifest_of(predicate_of(MODEL)), signed_files(MODEL), "")
    assert coverage == Coverage(covers={path: sha256(content) for path, content in MODEL.items()})
    assert coverage.objection() is None


@pytest.mark.parametrize("algorithm", ["blake2b", "blake2"])
def test_blake2_resources_are_compared(algorithm: str) -> None:
    predicate = predicate_of(MODEL)
    predicate["serialization"]["hash_type"] = algorithm
    for resource in predicate["resources"]:
        resource |= {
            "algorithm": algorithm,
            "digest": hashlib.blake2b(MODEL[resource["name"]]).hexdigest(),
        }
    manifest = manifest_of(predicate)
    assert compare(manifest, signed_files(MODEL), "").objection() is None
    assert compare(manifest, signed_files({**MODEL, "config.json": b"[]"}), "").modified == ["config.json"]


@pytest.mark.parametrize(
    ("change", "expected", "code"),
    [
        ({"config.json": b"[]"}, {"modified": ["config.json"]}, Code.TAMPERED),
        ({"config.json": None}, {"missing": ["config.json"]}, Code.TAMPERED),
        ({"extra.py": b"import os"}, {"unsigned_files": ["extra.py"]}, Code.TAMPERED),
        ({"sub/.git/x": b""}, {"unsigned_files": ["sub/.git/x"]}, Code.TAMPERED),
        ({"cached/x.pkl": b"x"}, {"unsigned_files": ["cached/x.pkl"]}, Code.TAMPERED),
        (
            {".git/hooks/evil": b"x"},
            {"ignored_present": [".git/hooks/evil"]},
            Code.IGNORED_FILES,
        ),
        (
            {".gitattributes": b"x"},
            {"ignored_present": [".gitattributes"]},
            Code.IGNORED_FILES,
        ),
        (
            {"cache/x.pkl": b"x"},
            {"ignored_present": ["cache/x.pkl"]},
            Code.IGNORED_FILES,
        ),
        ({"model.sig": b"the signature"}, {}, None),
        (
            {"model.sig": b"another signature"},
            {"unsigned_files": ["model.sig"]},
            Code.TAMPERED,
        ),
    ],
)
def test_coverage_after_a_change(
    change: dict[str, bytes | None], expected: dict[str, list[str]], code: Code | None
) -> None:
    manifest = manifest_of(predicate_of(MODEL, ["cache"]))
    contents = {path: content for path, content in {**MODEL, **change}.items() if content is not None}
    coverage = compare(manifest, signed_files(contents), sha256(b"the signature"))
    lists = (
        "modified",
        "missing",
        "unsigned_files",
        "ignored_present",
        "uncovered_empty",
        "symlinks",
    )
    assert {name: getattr(coverage, name) for name in lists if getattr(coverage, name)} == expected
    objection = coverage.objection()
    assert (objection.code if objection else None) is code


@pytest.mark.parametrize("path", ["config.json", "new", ".git/x", "cache/x"])
def test_links_are_never_accepted(path: str) -> None:
    predicate = changed(predicate_of(MODEL, ["cache"]), ["serialization", "allow_symlinks"], True)
    coverage = compare(manifest_of(predicate), {**signed_files(MODEL), path: link()}, "")
    assert coverage.symlinks == [path]
    assert path not in coverage.covers


def test_a_renamed_file_is_found_although_the_root_digest_stays() -> None:
    contents = {"a.bin": b"x"}
    coverage = compare(manifest_of(predicate_of(contents)), signed_files({"a0.pkl": b"x"}), "")
    assert (coverage.missing, coverage.unsigned_files) == (["a.bin"], ["a0.pkl"])


def test_ignore_paths_that_leave_the_directory_ignore_nothing() -> None:
    predicate = changed(
        predicate_of(MODEL),
        ["serialization", "ignore_paths"],
        ["..", ".", "/", "", "a/../weights"],
    )
    manifest = manifest_of(predicate)
    assert manifest.ignored == oms.DEFAULT_IGNORED
    assert manifest.warnings


RESOURCE = ["resources", 0]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (["serialization"], ..., Code.MALFORMED),
        (["serialization", "method"], "tensors", Code.UNSUPPORTED),
        (["serialization", "method"], ..., Code.MALFORMED),
        (["serialization", "hash_type"], "sha3", Code.UNSUPPORTED),
        (["serialization", "hash_type"], "md5", Code.WEAK_HASH),
        (["serialization", "hash_type"], "blake3", Code.MALFORMED),
        (["serialization", "allow_symlinks"], ..., Code.MALFORMED),
        (["serialization", "ignore_paths"], "x", Code.MALFORMED),
        (["serialization", "ignore_paths"], [1], Code.MALFORMED),
        (["resources"], [], Code.MALFORMED),
        (["resources"], {}, Code.MALFORMED),
        ([*RESOURCE, "name"], "/config.json", Code.BAD_PATH),
        ([*RESOURCE, "name"], "../config.json", Code.BAD_PATH),
        ([*RESOURCE, "name"], "./config.json", Code.BAD_PATH),
        ([*RESOURCE, "name"], "a//b", Code.BAD_PATH),
        ([*RESOURCE, "name"], "a/", Code.BAD_PATH),
        ([*RESOURCE, "name"], "a\\b", Code.BAD_PATH),
        ([*RESOURCE, "name"], "C:/a", Code.BAD_PATH),
        ([*RESOURCE, "name"], "a\0b", Code.BAD_PATH),
        ([*RESOURCE, "name"], ".", Code.BAD_PATH),
        ([*RESOURCE, "name"], "\ud800", Code.MALFORMED),
        ([*RESOURCE, "name"], "zz", Code.MALFORMED),
        ([*RESOURCE, "name"], "weights/part-1.bin", Code.MALFORMED),
        ([*RESOURCE, "digest"], "00", Code.MALFORMED),
        ([*RESOURCE, "digest"], "AB" * 32, Code.MALFORMED),
        ([*RESOURCE, "digest"], "a " * 32, Code.MALFORMED),
        ([*RESOURCE, "algorithm"], "sha512", Code.MALFORMED),
        ([*RESOURCE, "algorithm"], "sha256-sharded-1", Code.MALFORMED),
    ],
)
def test_a_manifest_that_breaks_one_rule_is_refused(path: list[str | int], value: Any, code: Code) -> None:
    assert refusal(changed(predicate_of(MODEL), path, value)) is code


def test_the_root_digest_is_recomputed() -> None:
    assert refusal(predicate_of(MODEL), "0" * 64) is Code.ROOT_DIGEST
    assert refusal(predicate_of(MODEL), "") is Code.ROOT_DIGEST


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (
            Statement(STATEMENT_V1, (Subject("m", {}),), oms.PREDICATE_TYPE_BETA, {}),
            Code.UNSUPPORTED,
        ),
        (
            Statement(STATEMENT_V1, (Subject("m", {}),), oms.PREDICATE_TYPE + "/", {}),
            Code.PREDICATE_TYPE,
        ),
        (
            Statement(STATEMENT_V01, (Subject("m", {}),), oms.PREDICATE_TYPE, {}),
            Code.STATEMENT_TYPE,
        ),
        (
            Statement(
                STATEMENT_V1,
                (Subject("m", {}), Subject("n", {})),
                oms.PREDICATE_TYPE,
                {},
            ),
            Code.MALFORMED,
        ),
    ],
)
def test_other_statements_are_no_model_signatures(statement: Statement, code: Code) -> None:
    with pytest.raises(Rejected) as caught:
        parse_manifest(statement)
    assert caught.value.code is code


def test_both_orders_in_use_are_read() -> None:
    contents = {"a-b": b"1", "a/c": b"2"}
    predicate = predicate_of(contents)
    assert [resource["name"] for resource in predicate["resources"]] == ["a/c", "a-b"]
    for resources in (predicate["resources"], predicate["resources"][::-1]):
        assert compare(
            manifest_of({**predicate, "resources": resources}),
            signed_files(contents),
            "",
        ).covers


def test_a_model_of_one_file_is_signed_as_a_dot() -> None:
    predicate = changed(predicate_of({"x": b"one"}), ["resources", 0, "name"], ".")
    manifest = manifest_of(predicate)
    assert compare(manifest, signed_files({"model.onnx": b"one"}), "").covers == {"model.onnx": sha256(b"one")}
    assert compare(manifest, signed_files({"model.onnx": b"two"}), "").modified == ["model.onnx"]
    two = compare(manifest, signed_files({"a": b"one", "b": b"one"}), "")
    assert (two.missing, two.unsigned_files) == (["."], ["a", "b"])


CONTENTS = {"a": b"0123456789", "bb:1:2": b"0123", "c": b""}


@pytest.mark.parametrize("like_reference", [True, False])
@pytest.mark.parametrize("size", [1, 3, 4, 5, 10, 100])
def test_shards_cover_each_file_and_leave_empty_ones(size: int, like_reference: bool) -> None:
    manifest = manifest_of(shards(CONTENTS, size, like_reference=like_reference))
    coverage = compare(manifest, signed_files(CONTENTS), "")
    assert coverage == Coverage(
        covers={path: sha256(CONTENTS[path]) for path in ("a", "bb:1:2")},
        uncovered_empty=["c"],
    )


@pytest.mark.parametrize("content", [b"01234567890", b"012345678", b"", b"0123456780", b"0123456789" * 2])
@pytest.mark.parametrize("size", [4, 5, 10, 20])
def test_appended_cut_and_changed_bytes_are_found_in_shards(size: int, content: bytes) -> None:
    coverage = compare(
        manifest_of(shards({"a": CONTENTS["a"]}, size)),
        signed_files({"a": content}),
        "",
    )
    assert coverage.modified == ["a"]


@pytest.mark.parametrize(
    "names",
    [
        ["a:0:4", "a:8:10"],
        ["a:4:8", "a:8:10"],
        ["a:0:4", "a:3:7"],
        ["a:0:5"],
        ["a:0:0"],
        ["a:4:0"],
        ["a:0:3", "a:3:7"],
        ["a:0:4", "a:4:8", "a:8:8"],
    ],
)
def test_a_gap_or_an_overlap_between_shards_is_refused(names: list[str]) -> None:
    predicate = shards({"a": b"x"}, 4)
    predicate["resources"] = [{**predicate["resources"][0], "name": name} for name in names]
    assert refusal(predicate) is Code.MALFORMED


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "a:0",
        "0:4",
        ":0:4",
        "a:-1:4",
        "a:+0:4",
        "a:00:4",
        "a: 0:4",
        "a:0:4_0",
        "a:0:٤",
    ],
)
def test_a_shard_name_is_path_start_end(name: str) -> None:
    assert refusal(changed(shards({"a": b"x"}, 4), ["resources", 0, "name"], name)) is Code.BAD_PATH


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "4", None, 1e999, 2.0**60])
def test_a_shard_size_is_a_whole_number(size: object) -> None:
    assert refusal(changed(shards({"a": b"x"}, 4), ["serialization", "shard_size"], size)) is Code.MALFORMED


paths = st.lists(st.sampled_from(["a", "b", "a-b", "c.bin"]), min_size=1, max_size=3).map("/".join)
contents = st.dictionaries(paths, st.binary(max_size=12), min_size=1, max_size=5)


@given(contents, contents)
def test_covered_means_equal_bytes(signed: dict[str, bytes], present: dict[str, bytes]) -> None:
    coverage = compare(manifest_of(predicate_of(signed)), signed_files(present), "")
    assert coverage.covers == {path: sha256(signed[path]) for path in signed if present.get(path) == signed[path]}
    assert (coverage.objection() is None) == (signed == present)


@given(contents, contents, st.integers(1, 13))
def test_covered_by_shards_means_equal_bytes(signed: dict[str, bytes], present: dict[str, bytes], size: int) -> None:
    predicate = shards(signed, size)
    if not predicate["resources"]:
        return
    coverage = compare(manifest_of(predicate), signed_files(present), "")
    assert set(coverage.covers) == {path for path in signed if signed[path] and present.get(path) == signed[path]}


@given(st.text())
def test_a_clean_path_never_leaves_the_directory(path: str) -> None:
    if is_clean_path(path):
        assert not path.startswith("/")
        assert not set(path.split("/")) & {"", ".", ".."}
