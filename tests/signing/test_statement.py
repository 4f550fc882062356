"""in-toto statements and their subjects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.signing.bundle import IN_TOTO, Envelope
from scanner.signing.result import Code, Rejected
from scanner.signing.statement import (
    STATEMENT_V01,
    STATEMENT_V1,
    Statement,
    Subject,
    matching_subject,
    parse_statement,
)
from tests.signing.helpers import changed

GOOD: dict[str, Any] = {
    "_type": STATEMENT_V1,
    "subject": [{"name": "a", "digest": {"sha256": "aa"}}],
    "predicateType": "https://example.com/p",
    "predicate": {"x": 1},
    "unknown": "ignored",
}


def parse(document: Any, payload_type: str = IN_TOTO) -> Statement:
    return parse_statement(Envelope(payload_type, json.dumps(document).encode(), b""))


@pytest.mark.parametrize("version", [STATEMENT_V1, STATEMENT_V01])
def test_a_statement_is_read(version: str) -> None:
    statement = parse({**GOOD, "_type": version})
    assert statement == Statement(version, (Subject("a", {"sha256": "aa"}),), "https://example.com/p", {"x": 1})


def test_a_subject_may_lack_a_name_and_a_statement_its_predicate() -> None:
    document = changed(changed(GOOD, ["subject", 0, "name"], ...), ["predicate"], ...)
    assert parse(document).subjects[0].name is None


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (["_type"], "https://in-toto.io/Statement/v2", Code.STATEMENT_TYPE),
        (["_type"], [], Code.STATEMENT_TYPE),
        (["subject"], [], Code.MALFORMED),
        (["subject"], "a", Code.MALFORMED),
        (["subject", 0, "digest"], [], Code.MALFORMED),
        (["subject", 0, "digest", "sha256"], 7, Code.MALFORMED),
        (["subject", 0, "name"], 7, Code.MALFORMED),
        (["predicateType"], ..., Code.MALFORMED),
        (["predicate"], [], Code.MALFORMED),
    ],
)
def test_a_statement_that_breaks_one_rule_is_refused(path: list[str | int], value: Any, code: Code) -> None:
    with pytest.raises(Rejected) as refusal:
        parse(changed(GOOD, path, value))
    assert refusal.value.code is code


def test_another_payload_type_is_not_a_statement() -> None:
    with pytest.raises(Rejected) as refusal:
        parse(GOOD, "application/json")
    assert refusal.value.code is Code.PAYLOAD_TYPE


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        ([{"sha256": "aa"}], "0"),
        ([{"sha256": "bb"}, {"sha256": "aa"}], "1"),
        ([{"sha512": "dd"}], "0"),
        ([{"sha256": "aa", "sha512": "other"}], Code.SUBJECT_MISMATCH),
        ([{"sha256": "aa", "sha384": "not known here"}], "0"),
        ([{"sha256": "AA"}], Code.SUBJECT_MISMATCH),
        ([{"sha1": "11"}], Code.WEAK_HASH),
        ([{"md5": "11"}, {"sha256": "bb"}], Code.SUBJECT_MISMATCH),
        ([{}], Code.WEAK_HASH),
    ],
)
def test_the_subject_must_be_the_artifact(subjects: list[dict[str, str]], expected: str | Code) -> None:
    statement = Statement(STATEMENT_V1, tuple(Subject(str(i), d) for i, d in enumerate(subjects)), "p", {})
    digests = {"sha256": "aa", "sha512": "dd", "sha1": "11", "md5": "11"}
    if isinstance(expected, Code):
        with pytest.raises(Rejected) as refusal:
            matching_subject(statement, digests)
        assert refusal.value.code is expected
    else:
        assert matching_subject(statement, digests).name == expected
