from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.advisories.importing import import_advisories, open_store
from scanner.advisories.status import status
from scanner.errors import ConfigError

MakeRecord = Callable[..., dict[str, Any]]
WriteZip = Callable[..., Path]
KEV = {
    "dateReleased": "2025-08-25T17:04:19.9796Z",
    "vulnerabilities": [
        {"cveID": "CVE-2025-0001", "dateAdded": "2025-08-25", "dueDate": "", "knownRansomwareCampaignUse": "Known"}
    ],
}


def write_manifest(directory: Path, **fields: Any) -> None:
    document = {"schema": "lading/advisory-snapshot/1"} | fields
    (directory / "manifest.json").write_text(json.dumps(document))


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_every_layout_gives_the_same_answer(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    entry = record("PYSEC-1", "demo", ("introduced", "0"), ("fixed", "2.0"))
    whole = write_zip(tmp_path / "a" / "PyPI" / "all.zip", entry)
    write_zip(tmp_path / "b" / "PyPI.zip", entry)
    folder = tmp_path / "c" / "PyPI"
    folder.mkdir(parents=True)
    (folder / "PYSEC-1.json").write_text(json.dumps(entry))
    places = [tmp_path / "a", tmp_path / "b", tmp_path / "b" / "PyPI.zip", tmp_path / "c", whole]
    stores = [open_store(place) for place in places]
    assert len({store.digest for store in stores}) == 1
    assert stores[0].ecosystems == ("PyPI",)
    assert [advisory.id for advisory, _ in stores[0].affected("PyPI", "demo")] == ["PYSEC-1"]


def test_loose_records_add_findings_but_no_coverage(tmp_path: Path, record: MakeRecord) -> None:
    (tmp_path / "PYSEC-1.json").write_text(json.dumps(record("PYSEC-1", "demo", ("introduced", "0"))))
    store = open_store(tmp_path)
    assert len(store.affected("PyPI", "demo")) == 1
    assert store.incompleteness("PyPI") == "no advisory set for PyPI is loaded"


def test_a_record_that_names_another_ecosystem_does_not_cover_it(
    tmp_path: Path, record: MakeRecord, write_zip: WriteZip
) -> None:
    entry = record("GHSA-1", "demo", ("introduced", "0"))
    entry["affected"] += record("X-1", "demo", ("introduced", "0"), ecosystem="npm")["affected"]
    write_zip(tmp_path / "PyPI" / "all.zip", entry)
    store = open_store(tmp_path)
    assert store.ecosystems == ("PyPI",)
    assert len(store.affected("npm", "demo")) == 1


def test_the_content_digest_does_not_depend_on_member_order(
    tmp_path: Path, record: MakeRecord, write_zip: WriteZip
) -> None:
    records = [record(f"PYSEC-{n}", f"demo{n % 5}", ("introduced", "0"), aliases=[f"CVE-{n // 2}"]) for n in range(40)]
    write_zip(tmp_path / "a" / "PyPI" / "all.zip", *records)
    random.Random(7).shuffle(records)
    write_zip(tmp_path / "b" / "PyPI" / "all.zip", *records)
    write_zip(tmp_path / "c" / "PyPI" / "all.zip", *records[1:])
    digests = [open_store(tmp_path / name).digest for name in "aabc"]
    assert len(set(digests[:3])) == 1
    assert digests[3] != digests[0]


def test_one_id_in_two_sets_is_united_and_told(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    first = record("GHSA-1", "demo", ("introduced", "0"), ("fixed", "1.0"), aliases=["CVE-1"], withdrawn="x")
    second = record("GHSA-1", "demo", ("introduced", "2.0"), ("fixed", "3.0"), aliases=["CVE-2"])
    write_zip(tmp_path / "PyPI.zip", first)
    write_zip(tmp_path / "extra.zip", second)
    store = open_store(tmp_path)
    united = store.advisory("GHSA-1")
    assert united is not None
    assert (united.aliases, united.withdrawn) == (("CVE-1", "CVE-2"), False)
    assert len(store.affected("PyPI", "demo")) == 2
    assert [problem.reason for problem in store.problems] == ["is given twice; both were united"]


def test_a_bad_record_is_reported_and_the_rest_used(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    path = write_zip(tmp_path / "PyPI.zip", record("PYSEC-1", "demo", ("introduced", "0")), record("PYSEC-2"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("PYSEC-3.json", '{"id": ')
        archive.writestr("PYSEC-5.json", json.dumps(record("PYSEC-4", "demo", ("introduced", "0"))))
    store = open_store(path)
    assert [advisory.id for advisory, _ in store.affected("PyPI", "demo")] == ["PYSEC-1", "PYSEC-2", "PYSEC-4"]
    assert [(problem.member, problem.reason) for problem in store.problems] == [
        ("PYSEC-2", "names no version and no range"),
        ("PYSEC-3.json", "advisory record is not JSON, or not Unicode, or nested too deeply"),
        ("PYSEC-5.json", "its id is not its file name"),
    ]


@pytest.mark.parametrize(
    "manifest",
    [
        "not JSON",
        "[]",
        '{"schema": "other/1"}',
        '{"schema": "lading/advisory-snapshot/1", "databases": {"PyPI": {"sha256": "00"}}}',
        '{"schema": "lading/advisory-snapshot/1", "databases": {"PyPI": {"records": 2}}}',
        '{"schema": "lading/advisory-snapshot/1", "databases": []}',
        '{"schema": "lading/advisory-snapshot/1", "complete": "PyPI"}',
        '{"schema": "lading/advisory-snapshot/1", "snapshot_time": "yesterday"}',
    ],
)
def test_a_wrong_manifest_is_an_error(tmp_path: Path, record: MakeRecord, write_zip: WriteZip, manifest: str) -> None:
    write_zip(tmp_path / "PyPI" / "all.zip", record("PYSEC-1"))
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(ConfigError):
        open_store(tmp_path)


@pytest.mark.parametrize("name", ["nothing", "empty", "truncated.zip", "text.json", "damaged.sqlite"])
def test_data_that_cannot_be_used_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "truncated.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (tmp_path / "text.json").write_text("{}")
    (tmp_path / "damaged.sqlite").write_bytes(b"SQLite format 3\x00" + b"\xff" * 200)
    with pytest.raises(ConfigError):
        open_store(tmp_path / name)


@pytest.mark.parametrize("value", ["x", 7, None, [], {"vulnerabilities": [{"cveID": "\ud800", "dateAdded": "2025"}]}])
def test_a_wrong_catalogue_of_exploited_flaws_is_an_error(tmp_path: Path, value: object) -> None:
    (tmp_path / "kev.json").write_text(json.dumps(value))
    with pytest.raises(ConfigError):
        open_store(tmp_path)


def test_symbolic_links_are_not_followed(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    outside = write_zip(tmp_path / "outside" / "PyPI.zip", record("PYSEC-1"))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "PyPI.zip").symlink_to(outside)
    with pytest.raises(ConfigError, match="no advisory data"):
        open_store(inside)


def test_where_the_snapshot_time_comes_from(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    write_zip(tmp_path / "PyPI" / "all.zip", record("PYSEC-1"), record("PYSEC-2", modified="2025-03-04T05:06:07Z"))
    (tmp_path / "kev.json").write_text(json.dumps(KEV))
    target = tmp_path / "store.sqlite"

    def times(**options: Any) -> list[tuple[str | None, str]]:
        store = import_advisories(tmp_path, target, **options)
        return [(source.snapshot_time, source.snapshot_basis) for source in store.sources]

    assert times() == [("2025-03-04T05:06:07Z", "records"), ("2025-08-25T17:04:19Z", "records")]
    write_manifest(tmp_path, databases={"PyPI": {"snapshot_time": "2025-03-05T00:00:00Z"}})
    assert times()[0] == ("2025-03-05T00:00:00Z", "manifest")
    assert times(snapshot_time="2025-04-01T00:00:00Z")[0] == ("2025-04-01T00:00:00Z", "given")
    with pytest.raises(ConfigError):
        times(snapshot_time="April")


def test_age_is_that_of_the_oldest_set_and_unknown_is_stale(
    tmp_path: Path, record: MakeRecord, write_zip: WriteZip
) -> None:
    write_zip(tmp_path / "PyPI" / "all.zip", record("PYSEC-1"))
    (tmp_path / "kev.json").write_text(json.dumps(KEV))
    store = open_store(tmp_path)
    assert store.snapshot_time == "2025-01-02T03:04:05Z"
    assert not store.is_stale(datetime(2025, 1, 7, tzinfo=UTC), max_age_days=5)
    assert store.is_stale(datetime(2025, 1, 8, tzinfo=UTC), max_age_days=5)
    write_zip(tmp_path / "Go" / "all.zip", record("GO-1", ecosystem="Go", modified="0001-01-01T00:00:00Z"))
    undated = open_store(tmp_path)
    assert undated.snapshot_time is None
    assert undated.is_stale(datetime(2025, 1, 2, tzinfo=UTC), max_age_days=5)


def test_only_the_ecosystems_asked_for(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    write_zip(tmp_path / "PyPI" / "all.zip", record("PYSEC-1", "demo", ("introduced", "0")))
    write_zip(tmp_path / "Go" / "all.zip", record("GO-1", "demo", ("introduced", "0"), ecosystem="Go"))
    store = import_advisories(tmp_path, tmp_path / "store.sqlite", ecosystems=["Go"])
    assert store.ecosystems == ("Go",)
    assert store.incompleteness("PyPI") is not None


def test_a_failed_import_leaves_the_old_store(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    data = tmp_path / "data"
    path = write_zip(data / "PyPI" / "all.zip", record("PYSEC-1"))
    target = tmp_path / "store.sqlite"
    digest = import_advisories(data, target).digest
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ConfigError):
        import_advisories(data, target)
    assert open_store(target).digest == digest
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data", "store.sqlite"]


def test_a_changed_store_is_noticed(tmp_path: Path, cut: Path) -> None:
    target = tmp_path / "store.sqlite"
    assert import_advisories(cut, target).is_intact()
    change(target, "DELETE FROM affected WHERE name = 'flask'")
    assert not open_store(target).is_intact()


def test_the_store_is_never_written(tmp_path: Path, cut: Path) -> None:
    target = tmp_path / "store.sqlite"
    import_advisories(cut, target).close()
    target.chmod(0o444)
    before = target.read_bytes()
    store = open_store(target)
    assert store.affected("PyPI", "flask")
    assert target.read_bytes() == before
    assert os.listdir(tmp_path) == ["store.sqlite"]


def test_the_cache_is_used_and_repaired(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    data, cache = tmp_path / "data", tmp_path / "cache"
    write_zip(data / "PyPI" / "all.zip", record("PYSEC-1"))
    first = open_store(data, cache)
    (cached,) = cache.iterdir()
    written = cached.stat().st_mtime_ns
    assert open_store(data, cache).digest == first.digest
    assert cached.stat().st_mtime_ns == written
    cached.write_bytes(b"SQLite format 3\x00 and rubbish")
    assert open_store(data, cache).digest == first.digest
    change(cached, "DELETE FROM affected")
    assert open_store(data, cache).affected("PyPI", "demo")
    write_zip(data / "PyPI" / "all.zip", record("PYSEC-2"))
    assert open_store(data, cache).digest != first.digest
    assert len(list(cache.iterdir())) == 2


def test_status_names_what_is_missing(tmp_path: Path, record: MakeRecord, write_zip: WriteZip) -> None:
    write_zip(tmp_path / "PyPI" / "all.zip", record("PYSEC-1", "demo", ("introduced", "0")))
    told = status(open_store(tmp_path))
    assert told["ecosystems"] == {"PyPI": "the PyPI data is incomplete: no GHSA record is loaded"}
    assert told["malicious_packages"] == "not loaded"
    assert told["counts"] == {"advisory": 1, "affected": 1, "kev": 0, "problem": 0}
    assert json.dumps(told)


def test_status_needs_no_heavy_import() -> None:
    code = "import sys, scanner.advisories.importing, scanner.advisories.status; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"'networkx'", "'requests'", "'pip_audit'", "'jinja2'"} & set(loaded.strip("[]\n").split(", "))
