"""The first engine: the ways in which a vulnerable package could pass for clean, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scanner.advisories.lookup import audit_package, lookup
from scanner.advisories.store import AdvisoryStore

MakeRecord = Callable[..., dict[str, Any]]
MakeStore = Callable[..., AdvisoryStore]
ONE_TO_TWO = (("introduced", "1.0"), ("fixed", "2.0"))


@pytest.mark.parametrize(
    ("purl", "state"),
    [
        ("pkg:pypi/demo@1.5", "vulnerable"),
        ("pkg:pypi/demo@1.5%2Bcu121", "vulnerable"),
        ("pkg:pypi/demo@2.0rc1", "vulnerable"),
        ("pkg:pypi/demo@2.0", "clean"),
        ("pkg:pypi/demo@2.0%2Bcu121", "clean"),
        ("pkg:pypi/demo@2.0.post1", "clean"),
        ("pkg:pypi/DEMO@1.5", "vulnerable"),
        ("pkg:pypi/de_mo@1.5", "clean"),
        ("pkg:pypi/demo@0!1.5", "vulnerable"),
        ("pkg:pypi/demo@v1.5", "vulnerable"),
        ("pkg:pypi/demo@1.5.0.0", "vulnerable"),
        ("pkg:pypi/demo", "unaudited"),
        ("pkg:pypi/demo@*", "unaudited"),
        ("pkg:pypi/demo@latest", "unaudited"),
        ("pkg:pypi/demo@not-a-version", "undetermined"),
        ("pkg:pypi/absent@1.0", "clean"),
        ("pkg:npm/demo@1.5", "unaudited"),
        ("pkg:deb/debian/demo@1.5?distro=debian-12", "unaudited"),
        ("pkg:maven/org/demo@1.5", "unaudited"),
        ("not a purl", "unaudited"),
    ],
)
def test_the_state_of_a_package(make_store: MakeStore, record: MakeRecord, purl: str, state: str) -> None:
    audited = audit_package(purl, make_store(record("PYSEC-1", "demo", *ONE_TO_TWO)))
    assert audited.state == state
    assert audited.reason
    assert bool(audited.advisories) is (state == "vulnerable")


@pytest.mark.parametrize("published", ["Some.Package", "some_package", "SOME--package"])
def test_names_are_folded_on_both_sides(make_store: MakeStore, record: MakeRecord, published: str) -> None:
    store = make_store(record("PYSEC-1", published, *ONE_TO_TWO))
    assert audit_package("pkg:pypi/some-package@1.5", store).state == "vulnerable"


@pytest.mark.parametrize(
    ("purl", "state"),
    [
        ("pkg:golang/example.com/Demo@v1.5.0", "vulnerable"),
        ("pkg:golang/example.com/Demo@1.5.0%2Bincompatible", "vulnerable"),
        ("pkg:golang/example.com/demo@v1.5.0", "clean"),
        ("pkg:golang/example.com/Demo@v2.0.0", "clean"),
        ("pkg:golang/example.com/Demo@devel", "undetermined"),
    ],
)
def test_go_modules_are_exact_and_semver(make_store: MakeStore, record: MakeRecord, purl: str, state: str) -> None:
    events = ("introduced", "1.0.0"), ("fixed", "2.0.0")
    store = make_store(record("GO-1", "example.com/Demo", *events, ecosystem="Go"))
    assert audit_package(purl, store).state == state


def test_two_versions_of_one_package_are_judged_apart(make_store: MakeStore, record: MakeRecord) -> None:
    store = make_store(record("PYSEC-1", "demo", *ONE_TO_TWO))
    answers = lookup(store, ["pkg:pypi/demo@1.5", "pkg:pypi/demo@2.5"])
    assert [answer["state"] for answer in answers] == ["vulnerable", "clean"]


def test_silence_of_an_incomplete_set_is_not_clean(make_store: MakeStore, record: MakeRecord) -> None:
    pysec, ghsa = record("PYSEC-1", "demo", *ONE_TO_TWO), record("GHSA-1", "other", *ONE_TO_TWO)
    thin, whole = make_store(pysec, complete=False), make_store(pysec, ghsa, complete=False)
    assert audit_package("pkg:pypi/absent@1.0", thin).state == "unaudited"
    assert audit_package("pkg:pypi/demo@1.5", thin).state == "vulnerable"
    assert audit_package("pkg:pypi/absent@1.0", whole).state == "clean"


def test_withdrawn_records_are_a_note(make_store: MakeStore, record: MakeRecord) -> None:
    audited = audit_package(
        "pkg:pypi/demo@1.5", make_store(record("PYSEC-1", "demo", *ONE_TO_TWO, withdrawn="2025-01-01T00:00:00Z"))
    )
    assert (audited.state, audited.notes) == ("clean", ("PYSEC-1 is withdrawn",))


def test_unmaintained_is_a_note_and_unsound_a_finding(make_store: MakeStore, record: MakeRecord) -> None:
    records = []
    for identifier, word in (("RUSTSEC-1", "unmaintained"), ("RUSTSEC-2", "unsound")):
        entry = record(identifier, identifier.lower(), ("introduced", "0.0.0-0"), ecosystem="crates.io")
        entry["affected"][0]["database_specific"] = {"informational": word}
        records.append(entry)
    store = make_store(*records)
    unmaintained = audit_package("pkg:cargo/rustsec-1@1.0.0", store)
    unsound = audit_package("pkg:cargo/rustsec-2@1.0.0", store)
    assert (unmaintained.state, unmaintained.notes) == ("clean", ("RUSTSEC-1 is informational",))
    assert (unsound.state, unsound.advisories[0].kind) == ("vulnerable", "unsound")


def test_malicious_versions_and_the_history_of_a_name(make_store: MakeStore, record: MakeRecord) -> None:
    store = make_store(
        record("MAL-2025-1", "demo", versions=("1.0", "1.1"), aliases=["GHSA-1"]),
        record("GHSA-1", "demo", *ONE_TO_TWO, aliases=["CVE-1", "MAL-2025-1"]),
    )
    exact = audit_package("pkg:pypi/demo@1.1", store)
    other = audit_package("pkg:pypi/demo@3.0", store)
    assert exact.state == "malicious"
    assert [(entry.id, entry.kind) for entry in exact.advisories] == [
        ("CVE-1", "vulnerability"),
        ("MAL-2025-1", "malicious"),
    ]
    assert other.state == "clean"
    assert other.notes == ("MAL-2025-1 reports other versions under this name as malicious",)


def test_aliases_make_one_finding_with_the_worst_rating_and_every_fix(
    make_store: MakeStore, record: MakeRecord
) -> None:
    store = make_store(
        record("PYSEC-1", "demo", ("introduced", "0"), ("fixed", "1.9"), aliases=["CVE-1"], details="Long story."),
        record(
            "GHSA-1",
            "demo",
            ("introduced", "0"),
            ("fixed", "1.10"),
            aliases=["PYSEC-1"],
            summary="Short story",
            published="2025-02-02T00:00:00Z",
            database_specific={"severity": "HIGH"},
        ),
    )
    (found,) = audit_package("pkg:pypi/demo@1.0", store).advisories
    assert (found.id, found.aliases) == ("CVE-1", ("GHSA-1", "PYSEC-1"))
    assert found.fixed_in == ("1.9", "1.10")
    assert (found.severity, found.severity_source) == ("high", "label (GHSA-1)")
    assert (found.summary, found.published) == ("Short story", "2025-02-02T00:00:00Z")


def test_a_withdrawn_alias_lends_no_severity(make_store: MakeStore, record: MakeRecord) -> None:
    rating = {"withdrawn": "2025-01-01T00:00:00Z", "database_specific": {"severity": "CRITICAL"}}
    store = make_store(
        record("PYSEC-1", "demo", *ONE_TO_TWO, aliases=["CVE-1"]), record("GHSA-1", "demo", aliases=["CVE-1"], **rating)
    )
    (found,) = audit_package("pkg:pypi/demo@1.5", store).advisories
    assert (found.severity, found.aliases) == ("unknown", ("PYSEC-1",))


def test_entries_for_other_packages_come_first(make_store: MakeStore, record: MakeRecord) -> None:
    entry = record("PYSEC-1", "other", ("introduced", "0"))
    entry["affected"] += record("X-1", "demo", *ONE_TO_TWO)["affected"]
    entry["affected"][1]["ranges"].insert(0, {"type": "GIT", "repo": "r", "events": [{"introduced": "0"}]})
    store = make_store(entry)
    assert audit_package("pkg:pypi/demo@1.5", store).state == "vulnerable"
    assert audit_package("pkg:pypi/demo@2.5", store).state == "clean"


def test_only_a_git_range_matches_nothing(make_store: MakeStore, record: MakeRecord) -> None:
    entry = record("PYSEC-1", "demo")
    entry["affected"][0]["ranges"] = [{"type": "GIT", "repo": "r", "events": [{"introduced": "0"}]}]
    store = make_store(entry)
    assert audit_package("pkg:pypi/demo@1.0", store).state == "clean"
    assert store.problems[0].reason == "names no version and no range"


def test_real_records(cut_store: AdvisoryStore) -> None:
    (flask,) = audit_package("pkg:pypi/flask@2.2.2", cut_store).advisories
    assert (flask.id, flask.aliases) == ("CVE-2023-30861", ("GHSA-m2qf-hxjv-5gpq", "PYSEC-2023-62"))
    assert (flask.fixed_in, flask.evidence) == (("2.2.5",), "both")
    assert audit_package("pkg:pypi/flask@3.1.2", cut_store).state == "clean"
    spark = {entry.id: entry for entry in audit_package("pkg:pypi/pyspark@3.0.0", cut_store).advisories}
    assert spark["CVE-2022-33891"].known_exploited
    assert sum(entry.known_exploited for entry in spark.values()) == 1


def test_the_lookup_answer_follows_the_contract(cut_store: AdvisoryStore) -> None:
    (answer,) = lookup(cut_store, ["pkg:pypi/flask@2.2.2"])
    assert answer["purl"] == "pkg:pypi/flask@2.2.2"
    assert {"id", "aliases", "fixed_in", "severity", "evidence", "detected_by"} <= answer["advisories"][0].keys()
    assert answer["advisories"][0]["detected_by"] == ["lading"]
