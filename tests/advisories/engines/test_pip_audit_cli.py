"""pip-audit itself, as a subprocess, against the loopback service; and programs that fail in its place."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from scanner.advisories.engines.pip_audit_cli import Judged, NotJudged, Opinion, Pin, run_pip_audit
from scanner.advisories.store import AdvisoryStore

MakeRecord = Callable[..., dict[str, Any]]
MakeStore = Callable[..., AdvisoryStore]
FLASK: Pin = ("flask", "2.2.2")


def run_instead(code: str, store: AdvisoryStore, *pins: Pin, time_limit: float = 30.0) -> dict[Pin, Opinion]:
    return run_pip_audit(pins or [FLASK], store, time_limit=time_limit, program=(sys.executable, "-c", code))


def ids(opinion: Opinion) -> set[str]:
    assert isinstance(opinion, Judged)
    return {identifier for flaw in opinion.reported for identifier in flaw.ids}


def test_the_real_program(cut_store: AdvisoryStore) -> None:
    opinions = run_pip_audit([FLASK, ("flask", "0.12.2"), ("flask", "3.1.2"), ("never-heard-of", "1.0")], cut_store)
    assert ids(opinions[FLASK]) == {"CVE-2023-30861", "GHSA-m2qf-hxjv-5gpq", "PYSEC-2023-62"}
    assert {"CVE-2018-1000656", "CVE-2019-1010083", "CVE-2023-30861"} <= ids(opinions["flask", "0.12.2"])
    assert opinions["flask", "3.1.2"] == Judged(())
    assert opinions["never-heard-of", "1.0"] == Judged(())


def test_pins_that_it_could_choke_on_are_never_sent(cut_store: AdvisoryStore) -> None:
    refused = [
        ("flask", "not-a-version"),
        ("flask", "1.0+cpu"),
        ("flask", ">=1.0"),
        ("flask\n--index-url http://evil.example", "1.0"),
        ("../flask", "1.0"),
        ("-r", "1.0"),
        ("", "1.0"),
    ]
    opinions = run_pip_audit([*refused, FLASK], cut_store)
    assert all(isinstance(opinions[pin], NotJudged) for pin in refused)
    assert isinstance(opinions[FLASK], Judged)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit(1)", "gave no result"),
        ("print('No known vulnerabilities found')", "gave no result"),
        ("print('{\"dependencies\": 7}')", "gave no result"),
        ('print(\'{"dependencies": [{"name": "flask"}]}\')', "gave no result"),
        ("print('[' * 100000)", "gave no result"),
        ("print('{\"dependencies\": []}')", "left the package out"),
        ('print(\'{"dependencies": [{"name": "flask", "skip_reason": "404"}]}\')', "skipped"),
    ],
)
def test_a_run_that_names_nothing_judges_nothing(cut_store: AdvisoryStore, code: str, reason: str) -> None:
    opinion = run_instead(code, cut_store)[FLASK]
    assert isinstance(opinion, NotJudged)
    assert reason in opinion.reason


def test_the_exit_code_is_not_the_verdict(cut_store: AdvisoryStore) -> None:
    answer = {"dependencies": [{"name": "flask", "version": "2.2.2", "vulns": []}]}
    code = f"import sys; print({json.dumps(answer)!r}); sys.exit(1)"
    assert run_instead(code, cut_store)[FLASK] == Judged(())


def test_a_run_without_end_is_ended(cut_store: AdvisoryStore) -> None:
    opinion = run_instead("import time; time.sleep(60)", cut_store, time_limit=0.5)[FLASK]
    assert opinion == NotJudged("pip-audit took too long")


def test_a_program_that_is_not_there(cut_store: AdvisoryStore) -> None:
    opinions = run_pip_audit([FLASK], cut_store, program=("/nonexistent/pip-audit",))
    assert opinions == {FLASK: NotJudged("pip-audit could not be started")}


def test_nothing_of_the_environment_reaches_it(cut_store: AdvisoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.example")
    code = (
        "import json, os; "
        "assert not {'HTTP_PROXY', 'PIP_INDEX_URL'} & set(os.environ); "
        "print(json.dumps({'dependencies': [{'name': 'flask', 'vulns': []}]}))"
    )
    assert run_instead(code, cut_store)[FLASK] == Judged(())
    assert os.environ["HTTP_PROXY"]


def test_a_package_in_very_many_versions_costs_a_bounded_number_of_runs(cut_store: AdvisoryStore) -> None:
    pins = [("flask", f"2.2.{n}") for n in range(500)] + [("jinja2", "2.10")]
    opinions = run_instead("raise SystemExit(1)", cut_store, *pins)
    reasons = Counter(opinion.reason for opinion in opinions.values() if isinstance(opinion, NotJudged))
    assert reasons == {"too many versions of one package": 490, "pip-audit gave no result": 11}


def test_no_packages_no_run(cut_store: AdvisoryStore) -> None:
    assert run_pip_audit([], cut_store, program=("/nonexistent",)) == {}


def test_records_that_once_broke_it(make_store: MakeStore, record: MakeRecord) -> None:
    entry = record(
        "PYSEC-1",
        "De_Mo",
        ("introduced", "0"),
        ("fixed", "1.0"),
        published="2025-01-01T00:00:00.123456789Z",
        aliases=["GHSA-1"],
    )
    entry["affected"] += record("X", "demo", ("introduced", "0"), ("fixed", "not PEP 440"))["affected"]
    entry["affected"] += record("X", "de.mo", ("introduced", "2.0"), ("fixed", "3.0"))["affected"]
    entry["affected"].append({"versions": ["1.0"]})
    chained = record("GHSA-1", "de-mo", ("introduced", "0"), ("fixed", "1.0"), aliases=["CVE-1"])
    opinion = run_pip_audit([("de-mo", "0.5")], make_store(entry, chained))["de-mo", "0.5"]
    assert isinstance(opinion, Judged)
    assert {flaw.fixed_in for flaw in opinion.reported} <= {("1.0",), ("1.0", "3.0")}
    assert ids(opinion) == {"PYSEC-1", "GHSA-1", "CVE-1"}
