from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scanner.advisories import audit as audit_module
from scanner.advisories.audit import audit
from scanner.advisories.engines.pip_audit_cli import Judged, NotJudged, Opinion, Pin, Reported
from scanner.advisories.store import AdvisoryStore
from scanner.advisories.verdicts import Disagreement, PackageQuery, SecondOpinion

MakeRecord = Callable[..., dict[str, Any]]
MakeStore = Callable[..., AdvisoryStore]
FLASK = PackageQuery("pkg:pypi/flask@2.2.2")


@pytest.fixture
def second_opinion(monkeypatch: pytest.MonkeyPatch) -> Callable[[Opinion], None]:
    """Lets pip-audit say about every package what cannot be brought about with the real one."""

    def say(opinion: Opinion) -> None:
        def run(pins: set[Pin], store: AdvisoryStore) -> dict[Pin, Opinion]:
            return dict.fromkeys(pins, opinion)

        monkeypatch.setattr(audit_module, "run_pip_audit", run)

    return say


def test_both_engines_on_real_records(cut_store: AdvisoryStore) -> None:
    purls = ["pkg:pypi/Flask@2.2.2", "pkg:pypi/flask@3.1.2", "pkg:pypi/torch@1.13.0%2Bcu117", "pkg:npm/x@1.0.0", "?"]
    flask, clean, torch, npm, wrong = audit([PackageQuery(purl) for purl in purls], cut_store)
    assert [entry.purl for entry in (flask, clean, torch, npm, wrong)] == purls
    assert flask.advisories[0].detected_by == ("lading", "pip-audit")
    assert (flask.state, clean.state, torch.state) == ("vulnerable", "clean", "vulnerable")
    assert flask.second_opinion == clean.second_opinion == torch.second_opinion == SecondOpinion(True)
    assert (npm.state, npm.second_opinion) == (wrong.state, wrong.second_opinion) == ("unaudited", None)
    assert flask.disagreements == clean.disagreements == torch.disagreements == ()


def test_every_record_of_the_cut_is_seen_by_both_engines(cut_store: AdvisoryStore) -> None:
    """One old version of each package: the two paths report the same flaws with compatible fixes."""
    versions = {"flask": "0.10", "jinja2": "2.4", "numpy": "1.9.0", "pillow": "5.0.0", "requests": "2.3.0"}
    versions |= {"urllib3": "1.10", "werkzeug": "0.9", "mlflow": "1.0", "pyspark": "3.0.0", "pyyaml": "3.10"}
    audits = audit([PackageQuery(f"pkg:pypi/{name}@{version}") for name, version in versions.items()], cut_store)
    assert {entry.state for entry in audits} == {"vulnerable"}
    flaws = [flaw for entry in audits for flaw in entry.advisories]
    assert len(flaws) > 60
    assert {flaw.detected_by for flaw in flaws} == {("lading", "pip-audit")}
    assert [row for entry in audits for row in entry.disagreements] == []


def test_without_the_second_engine(cut_store: AdvisoryStore) -> None:
    (entry,) = audit([FLASK], cut_store, with_pip_audit=False)
    assert (entry.state, entry.second_opinion) == ("vulnerable", None)
    assert entry.advisories[0].detected_by == ("lading",)


def test_the_answer_does_not_depend_on_what_else_is_asked(cut_store: AdvisoryStore) -> None:
    many = audit([PackageQuery("pkg:pypi/jinja2@2.10"), FLASK, PackageQuery("pkg:pypi/flask@1.0"), FLASK], cut_store)
    assert many[1] == many[3] == audit([FLASK], cut_store)[0]


def test_an_engine_that_fails_changes_no_verdict(
    cut_store: AdvisoryStore, second_opinion: Callable[[Opinion], None]
) -> None:
    second_opinion(NotJudged("pip-audit took too long"))
    (entry,) = audit([FLASK], cut_store)
    assert (entry.state, entry.advisories[0].detected_by) == ("vulnerable", ("lading",))
    assert entry.second_opinion == SecondOpinion(False, "pip-audit took too long")


def test_what_only_we_report_stays_and_is_told(
    cut_store: AdvisoryStore, second_opinion: Callable[[Opinion], None]
) -> None:
    second_opinion(Judged(()))
    (entry,) = audit([FLASK], cut_store)
    assert entry.state == "vulnerable"
    assert entry.disagreements == (Disagreement("CVE-2023-30861", "presence", "reported", "not reported"),)


def test_what_only_pip_audit_reports_counts(
    cut_store: AdvisoryStore, second_opinion: Callable[[Opinion], None]
) -> None:
    second_opinion(Judged((Reported(("PYSEC-2023-62", "CVE-2023-30861"), ("2.3.2", "2.2.5")), Reported(("ZZ-1",), ()))))
    (entry,) = audit([PackageQuery("pkg:pypi/flask@3.1.2")], cut_store)
    assert (entry.state, entry.reason) == ("vulnerable", "only pip-audit reports a known flaw")
    known, foreign = entry.advisories
    assert (known.id, known.fixed_in, known.evidence) == ("CVE-2023-30861", ("2.2.5", "2.3.2"), None)
    assert (foreign.id, foreign.severity, foreign.detected_by) == ("ZZ-1", "unknown", ("pip-audit",))
    assert [row.pip_audit for row in entry.disagreements] == ["reported", "reported"]


def test_another_fix_is_told(cut_store: AdvisoryStore, second_opinion: Callable[[Opinion], None]) -> None:
    second_opinion(Judged((Reported(("PYSEC-2023-62",), ("2.3.2",)),)))
    (entry,) = audit([FLASK], cut_store)
    assert entry.disagreements == (Disagreement("CVE-2023-30861", "fixed_in", "2.2.5", "2.3.2"),)
    assert entry.advisories[0].detected_by == ("lading", "pip-audit")
