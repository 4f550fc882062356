from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import dvc
from scanner.errors import NotExaminable
from scanner.model import Claim, Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]
MD5 = "3d5da9047c52be46b3c90d91d3693031"


def collected(path: str, text: str) -> Evidence:
    blob = blob_of_bytes(path, text.encode())
    assert dvc.wants(blob)
    return dvc.collect(blob)


def links(evidence: Evidence) -> list[tuple[str, str, str, Proof]]:
    return [(one.source.key, one.type, one.target.key, one.proof) for one in evidence.relationships]


def test_the_real_lock_file_ties_outputs_to_inputs_by_content(fraud: Path, blob_at: Opener) -> None:
    evidence = dvc.collect(blob_at(fraud, "dvc.lock"))
    data = hashlib.md5((fraud / "data/claims.csv").read_bytes()).hexdigest()
    model = hashlib.md5((fraud / "models/fraud/model.pkl").read_bytes()).hexdigest()
    run = "record:dvc/dvc.lock#train"
    assert {
        (run, "used", f"md5:{data}", Proof.MATCHED),
        (run, "used", "place:dvc.yaml#train", Proof.DECLARED),
        (f"md5:{model}", "generated_by", run, Proof.MATCHED),
        (f"md5:{model}", "derived_from", f"md5:{data}", Proof.MATCHED),
    } <= set(links(evidence))
    sizes = {claim.path: claim.size for claim in evidence.claims}
    assert sizes["data/claims.csv"] == (fraud / "data/claims.csv").stat().st_size
    parameters = [item.value for item in evidence.statements if item.predicate == "parameters"]
    assert {"name": "params.yaml:train.seed", "value": "7"} in parameters[0]  # type: ignore[operator]


def test_the_real_definition_and_its_lock_file_speak_of_one_pipeline(fraud: Path, blob_at: Opener) -> None:
    pipelines = {
        artifact.ref
        for name in ("dvc.yaml", "dvc.lock")
        for artifact in dvc.collect(blob_at(fraud, name)).artifacts
        if artifact.ref.kind == "pipeline"
    }
    assert len(pipelines) == 1


def test_the_definition_alone_is_only_inferred(fraud: Path, blob_at: Opener) -> None:
    evidence = dvc.collect(blob_at(fraud, "dvc.yaml"))
    assert ("place:dvc.yaml#train", "used", "path:data/claims.csv", Proof.INFERRED) in links(evidence)
    assert {item.proof for item in evidence.relationships} == {Proof.INFERRED}
    assert [one.name for one in evidence.artifacts if one.ref.kind == "model"] == ["fraud"]


def test_a_tracked_file_is_a_claim_about_the_file_beside_it() -> None:
    evidence = collected(
        "data/claims.csv.dvc", f"outs:\n- md5: {MD5}\n  size: 37010\n  hash: md5\n  path: claims.csv\n"
    )
    (file,) = (artifact.ref for artifact in evidence.artifacts)
    assert evidence.claims == (Claim(file, 37010, "data/claims.csv"),)
    assert file.key == f"md5:{MD5}"


@pytest.mark.parametrize(
    ("entry", "key", "size"),
    [
        (f"{{md5: {MD5}, size: 5, hash: md5, path: x}}", f"md5:{MD5}", 5),
        (f"{{md5: {MD5}, size: 5, path: x}}", f"md5-dos2unix:{MD5}", None),
        (f"{{md5: {MD5}.dir, size: 5, nfiles: 2, hash: md5, path: x}}", f"dvc-dir:{MD5}", None),
        (f"{{md5: {MD5.upper()}, size: -5, hash: md5, path: x}}", f"md5:{MD5}", None),
        (f"{{md5: {MD5}, size: {'9' * 400}, hash: md5, path: x}}", f"md5:{MD5}", None),
    ],
)
def test_the_kind_of_digest_follows_the_rules_of_dvc(entry: str, key: str, size: int | None) -> None:
    (claim,) = collected("x.dvc", f"outs: [{entry}]").claims
    assert (claim.ref.key, claim.size) == (key, size)


def test_an_import_is_derived_from_a_fixed_revision_elsewhere() -> None:
    revision = "c" * 40
    evidence = collected(
        "claims.csv.dvc",
        "frozen: true\ndeps:\n- path: data/claims.csv\n  repo:\n    url: https://user:pw@git.example.com/data\n"
        f"    rev_lock: {revision}\nouts:\n- md5: {MD5}\n  hash: md5\n  path: claims.csv\n",
    )
    origin = f"record:dvc/https://git.example.com/data#data/claims.csv@{revision}"
    assert links(evidence) == [(f"md5:{MD5}", "derived_from", origin, Proof.DECLARED)]
    assert "pw" not in repr(evidence)


@pytest.mark.parametrize("path", ["/etc/passwd", "../../x", "C:/x", "a\\0b\\0", ""])
def test_a_path_outside_the_scan_claims_no_place(path: str) -> None:
    (claim,) = collected("d/x.dvc", f'outs: [{{md5: {MD5}, hash: md5, path: "{path}"}}]').claims
    assert claim.path is None


def test_entries_without_a_usable_digest_are_told() -> None:
    evidence = collected(
        "dvc.lock", "schema: '2.0'\nstages:\n  a:\n    outs:\n    - {path: x, etag: 1}\n    - {md5: zz}\n"
    )
    assert sorted(item.detail for item in evidence.not_examined) == [
        "DVC entry with an impossible md5",
        "DVC entry without an md5",
    ]


def test_a_stage_that_installs_is_told() -> None:
    evidence = collected("dvc.yaml", "stages:\n  a:\n    cmd: [pip install lightgbm, python a.py]\n")
    (steps,) = (item.value for item in evidence.statements if item.predicate == "steps")
    assert steps == [{"id": "a", "pinned": False, "installs_at_run_time": True}]


def test_a_lock_file_with_too_many_pairs_is_given_up() -> None:
    entries = "\n".join(f"    - {{md5: {number:032x}, hash: md5, path: f{number}}}" for number in range(200))
    text = f"schema: '2.0'\nstages:\n  a:\n    deps:\n{entries}\n    outs:\n{entries}\n"
    with pytest.raises(NotExaminable, match="over_limit"):
        collected("dvc.lock", text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x.dvc", "a: 1"),
        ("x.dvc", "outs: 3"),
        ("dvc.lock", "schema: '2.0'"),
        ("dvc.lock", "[" * 30_000),
        ("x.dvc", "\x00"),
    ],
)
def test_what_is_no_record_is_not_examinable(path: str, text: str) -> None:
    with pytest.raises(NotExaminable):
        collected(path, text)
