"""A store applied and materialised by Feast 0.67, and settings and registries put together for what it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import feast
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "feast"
VIEW = "record:feast/data/registry.db#fraud/driver_stats"


def message(*pairs: tuple[int, bytes]) -> bytes:
    """A message of short fields below number 16."""
    return b"".join(bytes([number << 3 | 2, len(value)]) + value for number, value in pairs)


def registry(uri: bytes, name: bytes = b"s") -> bytes:
    source = message((3, b"when"), (11, message((2, uri)))) + b"\xa2\x01" + bytes([len(name)]) + name
    return message((3, b"1"), (6, message((1, message((1, b"v"), (2, b"p"), (7, source))))))


def collected(blob: Blob) -> Evidence:
    assert feast.wants(blob)
    return feast.collect(blob)


def links(evidence: Evidence) -> list[tuple[str, str, str, Proof, str]]:
    return [(one.source.key, one.type, one.target.key, one.proof, one.note) for one in evidence.relationships]


def test_a_real_view_is_derived_from_its_file(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "data/registry.db"))
    assert links(evidence) == [
        (VIEW, "derived_from", "path:data/stats.parquet", Proof.INFERRED, "event time event_timestamp")
    ]


def test_a_real_view_is_as_new_as_its_materialisation(blob_at: Opener) -> None:
    stated = {one.predicate: one.value for one in collected(blob_at(DATA, "data/registry.db")).statements}
    assert stated["as_of"] == {"time": "2025-09-02T00:00:00Z", "basis": "record"}
    assert stated["columns"] == ["rate"]
    assert [one["id"] for one in stated["dates"]] == ["created", "updated", "materialised"]  # type: ignore[union-attr,index,call-overload]


def test_the_settings_of_a_registry_that_is_here_say_nothing(blob_at: Opener) -> None:
    assert collected(blob_at(DATA, "feature_store.yaml")).not_examined == ()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("registry: data/registry.db", "source_unreachable"),
        ("registry: s3://b/registry.db", "source_unreachable"),
        ("registry: ../../registry.db", "source_unreachable"),
        ("registry: /srv/registry.db", "source_unreachable"),
        ("registry: {registry_type: sql, path: 'postgresql://u:pw@h/db'}", "source_unreachable"),
        ("project: x", "unreadable"),
        ("registry: [1]", "unreadable"),
        ("- x", "unreadable"),
    ],
)
def test_a_registry_that_is_not_here_is_told(settings: str, reason: str, record: Maker) -> None:
    (missed,) = collected(record("feature_store.yaml", settings, beside={"a": "b"})).not_examined
    assert (missed.reason, str(missed.location)) == (reason, "feature_store.yaml (registry)")
    assert "pw" not in missed.detail


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        (b"x.parquet", "path:d/x.parquet"),
        (b"../../../x", "name:../../../x"),
        (b"/srv/x", "name:/srv/x"),
        (b"s3://key:secret@b/x", "name:s3://b/x"),
        (b"", "record:feast/d/registry.db#source s"),
    ],
)
def test_where_the_data_of_a_view_lie(uri: bytes, key: str, record: Maker) -> None:
    ((_, type, target, _, note),) = links(collected(record("d/registry.db", registry(uri))))
    assert (type, target, note) == ("derived_from", key, "event time when")


@pytest.mark.parametrize(
    "data", [registry(b"x")[:-3], b"\x1a\x011\xff", message((3, b"1"), (3, b"2")), b"\x1a\x011\x32\x7f"]
)
def test_a_broken_registry_is_not_examinable(data: bytes, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record("registry.db", data))


def test_a_view_without_a_name_is_told(record: Maker) -> None:
    data = message((3, b"1"), (6, b""), (6, message((1, b"\x08\x05"))))
    assert {one.detail for one in collected(record("registry.db", data)).not_examined} == {
        "feature view without a name"
    }


def test_other_databases_are_left_alone(record: Maker) -> None:
    assert not feast.wants(record("registry.db", b"SQLite format 3\x00" + b"\x1a\x011"))
    assert not feast.wants(record("other.db", registry(b"x")))
