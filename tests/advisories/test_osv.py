from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.advisories.osv import LARGEST_RECORD, Range, normal_time, parse_record
from scanner.errors import NotExaminable

MINIMAL = {"id": "PYSEC-2025-1", "modified": "2025-01-01T00:00:00Z"}


def parse(document: Any) -> Any:
    return parse_record(json.dumps(document).encode())


def test_a_record_of_the_python_database() -> None:
    record = parse(
        MINIMAL
        | {
            "published": "2025-01-01T00:00:00.123456789Z",
            "aliases": ["CVE-2025-1", "GHSA-aaaa-bbbb-cccc"],
            "details": "A flaw.\n\nMore about it.",
            "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": "demo", "purl": "pkg:pypi/demo"},
                    "ranges": [
                        {"type": "GIT", "repo": "r", "events": [{"introduced": "0"}]},
                        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]},
                    ],
                    "versions": ["1.0"],
                }
            ],
        }
    )
    assert record.published == "2025-01-01T00:00:00Z"
    assert record.aliases == ("CVE-2025-1", "GHSA-aaaa-bbbb-cccc")
    assert record.summary == "A flaw."
    assert record.rating.level == "critical"
    assert record.affected[0].ranges == (Range(False, (("introduced", "0"), ("fixed", "2.0"))),)


def test_nothing_but_id_and_modified_is_needed() -> None:
    record = parse(MINIMAL | {"affected": None, "aliases": None, "severity": None})
    assert (record.affected, record.aliases, record.rating.level, record.published) == ((), (), "unknown", None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"id": "X-1"}',
        b'{"modified": "2025-01-01T00:00:00Z"}',
        b'{"id": 7, "modified": "2025-01-01T00:00:00Z"}',
        b'{"id": "../../etc/passwd", "modified": "2025-01-01T00:00:00Z"}',
        b'{"id": "X-1\\n", "modified": "2025-01-01T00:00:00Z"}',
        b'{"id": "X-1", "modified": "2025-01-01T00:00:00Z", "summary": "\\ud800"}',
        b'{"id": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"id": "X-1", "modified": ' + b"9" * 10_000 + b"}",
        b" " * (LARGEST_RECORD + 1),
    ],
    ids=range(13),
)
def test_unusable_records_are_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(NotExaminable) as caught:
        parse_record(content)
    assert caught.value.detail


@pytest.mark.parametrize(
    "affected",
    [
        "text",
        [None, 7, "x"],
        [{}],
        [{"package": None}],
        [{"package": {"ecosystem": "PyPI"}}],
        [{"package": {"ecosystem": "PyPI", "name": ""}}],
        [{"package": {"ecosystem": "PyPI", "name": "x" * 10_000}}],
    ],
)
def test_affected_entries_without_a_package_are_left_out(affected: Any) -> None:
    assert parse(MINIMAL | {"affected": affected}).affected == ()


def test_wrong_parts_of_an_affected_entry_count_as_absent() -> None:
    entry = {
        "package": {"ecosystem": "PyPI", "name": "demo"},
        "ranges": [None, {"type": "ECOSYSTEM", "events": [None, {"introduced": 0}, {"unheard": "1"}]}, {"events": 7}],
        "versions": [1.1, None, "1.0"],
    }
    affected = parse(MINIMAL | {"affected": [entry]}).affected[0]
    assert (affected.ranges, affected.versions) == ((), ("1.0",))


@pytest.mark.parametrize(
    ("identifier", "informational", "kind"),
    [
        ("PYSEC-1", None, "vulnerability"),
        ("MAL-2025-1", None, "malicious"),
        ("RUSTSEC-1", "unsound", "unsound"),
        ("RUSTSEC-1", "unmaintained", "informational"),
        ("RUSTSEC-1", "notice", "informational"),
    ],
)
def test_the_kind_of_a_record(identifier: str, informational: str | None, kind: str) -> None:
    entry = {"package": {"ecosystem": "x", "name": "y"}, "database_specific": {"informational": informational}}
    assert parse(MINIMAL | {"id": identifier, "affected": [entry]}).kind == kind


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-10-10T17:35:05Z", "2024-10-10T17:35:05Z"),
        ("2024-10-10T17:35:05.987654321Z", "2024-10-10T17:35:05Z"),
        ("0001-01-01T00:00:00Z", None),
        ("2024-13-10T17:35:05Z", None),
        ("2024-10-10T17:35:05+00:00", None),
        ("2024-10-10", None),
        (None, None),
        (20241010, None),
    ],
)
def test_times(value: object, expected: str | None) -> None:
    assert normal_time(value) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.sampled_from(["affected", "aliases", "severity", "summary", "details", "database_specific", "withdrawn"])


@given(st.dictionaries(FIELDS, JSON))
def test_any_optional_field_is_tolerated(fields: dict[str, Any]) -> None:
    try:
        record = parse(fields | MINIMAL)
    except NotExaminable:
        return
    assert record.id == MINIMAL["id"]
