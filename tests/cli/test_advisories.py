"""``lading advisories``: import, status, verify, lookup, serve."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Lading

ROOT = Path(__file__).parents[2]


def record(id: str, name: str, summary: str = "") -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "2.0"}]
    affected = [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    return {"id": id, "modified": "2026-01-01T00:00:00Z", "affected": affected, "summary": summary}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "PyPI"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for one in (record("CVE-2026-0001", "flawed", "\x1b[31mred"), record("MAL-2026-1", "evil")):
            archive.writestr(f"{one['id']}.json", json.dumps(one))
        archive.writestr("CVE-2026-0009.json", "{}")
    (tmp_path / "data" / "manifest.json").write_text(
        json.dumps(
            {"schema": "lading/advisory-snapshot/1", "complete": ["PyPI"], "snapshot_time": "2026-05-28T00:00:00Z"}
        )
    )
    return tmp_path / "data"


@pytest.fixture
def store(lading: Lading, data: Path, tmp_path: Path) -> Path:
    assert lading("advisories", "import", data, tmp_path / "store.sqlite").code == 0
    return tmp_path / "store.sqlite"


def test_import_shows_what_was_imported(lading: Lading, data: Path, tmp_path: Path) -> None:
    ran = lading("advisories", "import", data, tmp_path / "s", "--snapshot-time", "2026-05-01T00:00:00Z")
    assert ran.code == 0
    assert "snapshot   2026-05-01T00:00:00Z" in ran.out
    assert "advisories 2 about 2 packages" in ran.out
    assert "problem    " in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "missing", "s"),
        ("import", "{data}", "no/such/folder/s"),
        ("import", "{data}", "s", "--snapshot-time", "long ago"),
        ("status", "missing"),
        ("verify", "missing"),
        ("lookup", "--advisories", "{data}"),
        ("lookup", "pkg:pypi/x@1"),
        ("lookup", "pkg:pypi/x@1", "--advisories", "missing"),
        ("serve", "--advisories", "missing"),
        ("update",),
        ("export",),
    ],
)
def test_wrong_usage(lading: Lading, data: Path, arguments: tuple[str, ...]) -> None:
    ran = lading("advisories", *(one.format(data=data) for one in arguments))
    assert ran.code == 2
    assert ran.err


def test_status_of_a_store_and_of_records(lading: Lading, data: Path, store: Path) -> None:
    (one,) = lading("advisories", "status", store, "--format", "json").objects
    (other,) = lading("advisories", "status", data, "--format", "json").objects
    assert one["digest"] == other["digest"]
    assert (one["snapshot_time"], one["malicious_packages"]) == ("2026-05-28T00:00:00Z", "loaded")
    assert "ecosystem  PyPI: complete" in lading("advisories", "status", store).out


def test_verify_finds_a_changed_store(lading: Lading, store: Path) -> None:
    assert lading("advisories", "verify", store).out.startswith("intact  ")
    with sqlite3.connect(store) as connection:
        connection.execute("DELETE FROM affected WHERE name = 'evil'")
    connection.close()
    ran = lading("advisories", "verify", store)
    assert (ran.code, ran.out) == (2, "")
    assert "import the data again" in ran.err


@pytest.mark.parametrize(
    ("purls", "code", "states"),
    [
        (["pkg:pypi/fine@1.0"], 0, ["clean"]),
        (["pkg:pypi/flawed@1.0", "pkg:pypi/fine@1.0"], 1, ["vulnerable", "clean"]),
        (["pkg:pypi/flawed@2.0"], 0, ["clean"]),
        (["pkg:pypi/evil@1.0"], 1, ["malicious"]),
        (["pkg:npm/left-pad@1.0.0"], 3, ["unaudited"]),
        (["pkg:pypi/fine"], 3, ["unaudited"]),
        (["not a purl"], 3, ["unaudited"]),
        (["pkg:npm/left-pad@1.0.0", "pkg:pypi/evil@1.0"], 1, ["unaudited", "malicious"]),
    ],
)
def test_lookup(lading: Lading, store: Path, purls: list[str], code: int, states: list[str]) -> None:
    ran = lading("advisories", "lookup", *purls, "--advisories", store, "--format", "json")
    assert (ran.code, [one["state"] for one in ran.objects], [one["purl"] for one in ran.objects]) == (
        code,
        states,
        purls,
    )
    text = lading("advisories", "lookup", *purls, "--advisories", store)
    assert (text.code, [line.split()[0] for line in text.out.splitlines() if line[0] != " "]) == (code, states)
    assert "\x1b" not in text.out


def test_serve_answers_on_this_machine_until_stopped(store: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "scanner", "advisories", "serve", "--advisories", str(store)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        query = json.dumps({"package": {"ecosystem": "PyPI", "name": "flawed"}, "version": "1.0"}).encode()
        with urllib.request.urlopen(f"{address}/v1/query", query, timeout=10) as answer:
            assert [one["id"] for one in json.load(answer)["vulns"]] == ["CVE-2026-0001"]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_status_loads_little(store: Path) -> None:
    code = (
        "import sys; from scanner.cli.main import run; run(['advisories', 'status', sys.argv[1]]);"
        "print([m for m in sys.modules if m in {'networkx', 'yaml', 'rich', 'sigstore', 'cryptography', 'modelscan'}])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(store)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
