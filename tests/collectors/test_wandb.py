"""A log written offline by the client 0.31, and records put together by field numbers for what it does not write offline."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import wandb
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "wandb"
SAMPLE = "run-4sdvx1xs.wandb"
RUN = "record:wandb/example/fraud#4sdvx1xs"
MODEL = "record:wandb/example/fraud#fraud@73ee7e4993be6ff02dad31a02627323f"
DATA_SET = "record:wandb/example/fraud#claims@6f549507fcf5c3bd4bf42da9812f8f77"
DIGEST = base64.b64encode(b"d" * 16)


def message(*pairs: tuple[int, bytes | int]) -> bytes:
    """A protobuf message of numbers below 128 and strings below 16 KiB."""
    out = b""
    for number, value in pairs:
        kind = 0 if isinstance(value, int) else 2
        tag = number << 3 | kind
        out += bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])
        size = value if isinstance(value, int) else len(value)
        out += bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
        out += b"" if isinstance(value, int) else value
    return out


def log(*contents: bytes) -> bytes:
    parts = (struct.pack("<IHB", zlib.crc32(b"\x01" + one), len(one), 1) + one for one in contents)
    return b":W&B\xe1\xbe\x00" + b"".join(parts)


def run(*pairs: tuple[int, bytes | int]) -> bytes:
    return message((17, message((1, b"r"), (2, b"e"), (3, b"p"), *pairs)))


def artifact(entry: bytes, *pairs: tuple[int, bytes | int]) -> bytes:
    return message((8, message((4, b"model"), (5, b"m"), (6, b"x"), (12, message((4, entry))), *pairs)))


def collected(blob: Blob) -> Evidence:
    assert wandb.wants(blob)
    return wandb.collect(blob)


def links(evidence: Evidence) -> set[tuple[str, str, str, Proof]]:
    return {(one.source.key, one.type, one.target.key, one.proof) for one in evidence.relationships}


def said(evidence: Evidence) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements}


def test_a_real_run_and_the_model_it_logged(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, SAMPLE))
    assert {
        (MODEL, "generated_by", RUN, Proof.DECLARED),
        (MODEL, "version_of", "record:wandb/example/fraud#fraud", Proof.DECLARED),
        (MODEL, "contains", "md5:f5c8e3c31c044bae0e65569560b54332", Proof.MATCHED),
        (MODEL, "contains", "name:https://models.example.com/base.bin", Proof.DECLARED),
    } <= links(evidence)
    assert {(claim.ref.kind, claim.size) for claim in evidence.claims} == {
        ("file", 242),
        ("file", 512),
        ("dataset", 242),
    }
    (alias,) = evidence.aliases
    assert (alias.ref.key, alias.same_as.key) == (DATA_SET, "md5:175cfd3869cfb150a1f42c67c0887f83")
    assert [one.note for one in evidence.relationships if one.type == "version_of"][1] == "alias champion, alias latest"


def test_the_settings_and_results_of_a_real_run(blob_at: Opener) -> None:
    stated = said(collected(blob_at(DATA, SAMPLE)))
    assert stated["parameters"] == [{"name": "api_key", "value": "<assigned-secret>"}, {"name": "rate", "value": "0.1"}]
    assert stated["metrics"] == [{"name": "auc", "value": "0.9"}, {"name": "loss", "value": "0.25"}]
    assert stated["status"] == "finished"
    assert str(stated["started"]).startswith("2026-")


def test_nothing_of_the_machine_is_told(blob_at: Opener) -> None:
    told = repr(collected(blob_at(DATA, SAMPLE)))
    assert all(word not in told for word in ("builder", "ada", "staging", "q7Wd2Zk9"))


def test_a_run_that_was_killed_is_told_as_far_as_its_log_goes(blob_at: Opener, record: Maker) -> None:
    data = blob_at(DATA, SAMPLE).read()
    evidence = collected(record(SAMPLE, data[:1800]))
    assert [one.detail for one in evidence.not_examined] == ["log that breaks off"]
    assert said(evidence)["status"] == "unknown"


def test_what_a_run_took_from_the_server_is_known_by_name(record: Maker) -> None:
    used = message((25, message((1, b"QXJ0"), (2, b"dataset"), (3, b"claims:v3"))))
    code = message((25, message((2, b"code"), (3, b"source:v0"))))
    evidence = collected(
        record("r.wandb", log(run((21, message((2, b"a" * 40)))), used, code, message((18, message((1, 1))))))
    )
    assert links(evidence) == {
        ("record:wandb/e/p#r", "used", f"git:{'a' * 40}", Proof.DECLARED),
        ("record:wandb/e/p#r", "used", "record:wandb/e/p#claims:v3", Proof.DECLARED),
    }
    assert said(evidence)["status"] == "failed"


@pytest.mark.parametrize(
    ("entry", "algorithm"),
    [
        (message((1, b"f"), (2, DIGEST)), (20, b"MANIFEST_XXH128")),
        (message((1, b"f"), (2, DIGEST), (16, message((1, b"alg"), (2, b'"XXH128"')))), (20, b"MANIFEST_MD5")),
        (message((1, b"f"), (2, b"not base64")), (20, b"MANIFEST_MD5")),
        (message((1, b"f")), (20, b"")),
    ],
)
def test_a_digest_that_is_no_md5_joins_nothing(entry: bytes, algorithm: tuple[int, bytes], record: Maker) -> None:
    evidence = collected(record("r.wandb", log(run(), artifact(entry, algorithm))))
    assert [one.detail for one in evidence.not_examined] == ["file without an md5"]
    assert evidence.claims == ()


def test_a_log_without_an_algorithm_has_md5(record: Maker) -> None:
    entry = message((1, b"../../etc/passwd"), (2, DIGEST), (4, 70))
    (claim,) = collected(record("r.wandb", log(run(), artifact(entry)))).claims
    assert (claim.ref.key, claim.size, claim.path) == ("md5:" + (b"d" * 16).hex(), 70, None)


@pytest.mark.parametrize(
    "contents",
    [(), (b"\xff" * 20,), (message((17, b"\xff")),), (run(), message((17, b"\x0a\xff"))), (message((5, b"")),)],
)
def test_a_log_without_a_readable_run_is_not_examinable(contents: tuple[bytes, ...], record: Maker) -> None:
    blob = record("r.wandb", log(*contents))
    if contents[:1] == (run(),):
        assert collected(blob).not_examined
        return
    with pytest.raises(NotExaminable):
        collected(blob)
