"""Packages against advisory data: what is known, what silence proves, and where the engines differ."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner import identity
from scanner.advisories import verdicts
from scanner.advisories.importing import open_store
from scanner.enrichers import advisories
from scanner.enrichers.context import Context
from scanner.graph import ArtifactView, Graph
from scanner.model import Evidence, EvidenceBuilder, Location

SNAPSHOT = datetime(2026, 5, 28, tzinfo=UTC)
Audited = Callable[..., dict[str, ArtifactView]]


def record(id: str, name: str, **fields: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "2.0"}]
    affected = [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    return {"id": id, "modified": "2026-01-01T00:00:00Z", "affected": affected} | fields


@pytest.fixture
def audited(tmp_path: Path) -> Audited:
    """audited(record, ..., as_of=, days=): three packages of version 1.0 after the enricher."""

    def audit(*records: dict[str, Any], as_of: datetime = SNAPSHOT, days: int = 5, dated: bool = True) -> Any:
        data = tmp_path / "data" / "PyPI"
        data.mkdir(parents=True)
        with zipfile.ZipFile(data / "all.zip", "w") as archive:
            for one in records:
                archive.writestr(f"{one['id']}.json", json.dumps(one))
        manifest = {"schema": "lading/advisory-snapshot/1", "complete": ["PyPI"]}
        manifest |= {"snapshot_time": "2026-05-28T00:00:00Z"} if dated else {}
        (tmp_path / "data" / "manifest.json").write_text(json.dumps(manifest))
        context = Context(
            identity.release("r"),
            "r",
            as_of,
            {},
            None,
            open_store(tmp_path / "data"),
            False,
            advisory_max_age_days=days,
        )
        return run(context)

    return audit


def run(context: Context) -> dict[str, ArtifactView]:
    builder = EvidenceBuilder("test")
    for name in ("flawed", "evil", "fine"):
        ref = identity.pypi(name, "1.0")
        builder.artifact(ref, Location("requirements.txt"), purl=ref.key, name=name, version="1.0")
    builder.artifact(identity.pypi("asked-for", None), name="asked-for", resolved=False)
    graph = Graph.fold([builder.build()])
    graph.add(advisories.enrich(graph, context))
    return {graph.artifact(ref).name: graph.artifact(ref) for ref in graph.refs("package")}


FLAW = record("CVE-2026-0001", "flawed", published="2026-02-01T00:00:00Z")
EVIL = record("MAL-2026-1", "evil")


def test_flawed_malicious_and_clean(audited: Audited) -> None:
    found = audited(FLAW, EVIL)
    assert {name: view.groups["audit"] for name, view in found.items() if "audit" in view.groups} == {
        "flawed": {"state": "vulnerable"},
        "evil": {"state": "malicious"},
        "fine": {"state": "clean"},
    }
    (flaw,) = found["flawed"].groups["vulnerabilities"]  # type: ignore[misc]
    assert (flaw["id"], flaw["fixed_in"], flaw["published"]) == ("CVE-2026-0001", ["2.0"], "2026-02-01T00:00:00Z")  # type: ignore[index,call-overload]
    assert found["fine"].groups["vulnerabilities"] == []


def test_an_unknown_date_hides_in_no_grace_period(audited: Audited) -> None:
    found = audited(EVIL)
    (flaw,) = found["evil"].groups["vulnerabilities"]  # type: ignore[misc]
    assert flaw["published"] == "1970-01-01T00:00:00Z"  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("age", "days", "state"),
    [(5, 5, "clean"), (6, 5, "unaudited"), (0, 0, "clean"), (1, 0, "unaudited"), (30, 40, "clean")],
)
def test_silence_of_old_data_proves_nothing(audited: Audited, age: int, days: int, state: str) -> None:
    found = audited(FLAW, EVIL, as_of=SNAPSHOT + timedelta(days=age), days=days)
    assert found["fine"].groups["audit"] == {"state": state}
    assert ("vulnerabilities" in found["fine"].missing) == (state == "unaudited")
    assert found["flawed"].groups["audit"] == {"state": "vulnerable"}
    assert found["evil"].groups["audit"] == {"state": "malicious"}


def test_a_gap_says_how_old_is_too_old(audited: Audited) -> None:
    found = audited(FLAW, as_of=SNAPSHOT + timedelta(days=9))
    assert found["fine"].missing["vulnerabilities"] == "source_unreachable"


def test_without_data_nothing_is_known() -> None:
    found = run(Context(identity.release("r"), "r", SNAPSHOT, {}))
    assert found["fine"].missing == {"audit": "source_unreachable", "vulnerabilities": "source_unreachable"}
    assert found["asked-for"].missing == {}


def test_no_packages_no_words() -> None:
    context = Context(identity.release("r"), "r", SNAPSHOT, {})
    assert advisories.enrich(Graph(), context) == Evidence(advisories.NAME)


def test_a_disagreement_of_the_engines_is_stated(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip-audit runs on the same data and rarely differs; here its answer is replaced."""

    def differing(queries: list[verdicts.PackageQuery], *_: Any, **__: Any) -> list[verdicts.PackageAudit]:
        difference = verdicts.Disagreement("CVE-2026-0001", "presence", "reported", "not reported")
        return [verdicts.PackageAudit(q.purl, "clean", "", (), (), None, (difference,)) for q in queries]

    monkeypatch.setattr("scanner.advisories.audit.audit", differing)
    found = audited(FLAW)
    assert found["fine"].groups["disagreements"] == [
        {"id": "CVE-2026-0001 presence", "detail": "lading: reported; pip-audit: not reported"}
    ]
