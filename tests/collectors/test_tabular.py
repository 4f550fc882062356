from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner import identity
from scanner.collectors import tabular
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import HEAD, Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]
ROOT = Path(__file__).resolve().parents[2]
ROWS = "".join(f"{n},2025-01-{n + 1:02},x y\n" for n in range(12))


def table(text: str, path: str = "data/t.csv") -> Blob:
    blob = blob_of_bytes(path, text.encode())
    blob.sha256 = "a" * 64
    blob.ref = identity.content("file", blob.sha256)
    return blob


def said(evidence: Evidence, kind: str) -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements if item.subject.kind == kind}


def test_the_training_data_of_the_fixture(fraud: Path, blob_at: Opener) -> None:
    blob = blob_at(fraud, "data/claims.csv")
    assert tabular.wants(blob)
    evidence = tabular.collect(blob)
    dataset = said(evidence, "dataset")
    assert dataset["as_of"] == {"time": "2024-06-28T17:45:00Z", "basis": "content"}
    assert (dataset["rows"], dataset["format"]) == (800, "csv")
    assert evidence.artifacts[0].ref == identity.content("dataset", blob.sha256)
    assert evidence.artifacts[0].name == "claims"
    assert said(evidence, "file")["tabular"]["column"] == "claim_time"  # type: ignore[index]


@pytest.mark.parametrize("name", ["millis", "dates"])
def test_parquet_is_read_by_its_footer(name: str, blob_at: Opener) -> None:
    blob = blob_at(ROOT, f"tests/records/samples/{name}.parquet")
    assert tabular.wants(blob)
    dataset = said(tabular.collect(blob), "dataset")
    assert dataset["as_of"]["basis"] == ("content" if name == "millis" else "record")  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("id,date,text\n" + ROWS, "t.csv"),
        ("id,date,text\n" + ROWS, "t"),
        ("\ufeffid,date,text\r\n" + ROWS.replace("\n", "\r\n"), "t.csv"),
        ("id\tdate\ttext\n" + ROWS.replace(",", "\t"), "t.tsv"),
        ("id;date;text\n" + ROWS.replace(",", ";"), "t.csv"),
        ('"id","date","text"\n' + ROWS.replace("x y", '"x,\ny"'), "t.csv"),
    ],
)
def test_kinds_of_delimited_text(text: str, path: str) -> None:
    blob = table(text, path)
    assert tabular.wants(blob)
    dataset = said(tabular.collect(blob), "dataset")
    assert dataset["rows"] == 12
    assert dataset["columns"] == ["id", "date", "text"]
    assert dataset["as_of"] == {"time": "2025-01-12T00:00:00Z", "basis": "content"}


def test_json_lines_are_rows() -> None:
    blob = table('{"a": 1, "created_at": "2025-01-01"}\n\n{"a": 2, "created_at": "2025-01-03", "b": [1]}\n', "t.jsonl")
    assert tabular.wants(blob)
    dataset = said(tabular.collect(blob), "dataset")
    assert (dataset["rows"], dataset["columns"]) == (2, ["a", "created_at", "b"])
    assert dataset["as_of"] == {"time": "2025-01-03T00:00:00Z", "basis": "content"}


def test_without_a_column_of_times_the_age_is_a_gap() -> None:
    evidence = tabular.collect(table("id,text\n1,a\n2,b\n3,c\n"))
    assert "as_of" not in said(evidence, "dataset")
    assert [(gap.group, gap.reason) for gap in evidence.gaps] == [("as_of", "not_collected")]


def test_a_table_larger_than_what_is_kept_is_streamed(tmp_path: Path, blob_at: Opener) -> None:
    rows = 100_000
    (tmp_path / "big.csv").write_text("id,event_time\n" + "".join(f"{n},2025-01-01T00:00:00Z\n" for n in range(rows)))
    blob = blob_at(tmp_path, "big.csv")
    assert blob.content is None
    assert said(tabular.collect(blob), "dataset")["rows"] == rows


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world\nThis is, text\n" * 20,
        "import a, b\n" + "x = 1, 2\n" * 20,
        "1,2,3\n" * 20,
        "a,a\n" + "1,2\n" * 20,
        "name,value\n" + "1,2\n" * 3,
        "flask/app.py,sha256=abc,12\n" * 20,
        "key: a, b\n" * 20,
        "a,b\n" + "1,2\n" * 10 + "1,2,3\n",
        "[a,b]\n" * 20,
        "# a,b\n" + "1,2\n" * 20,
        "a,b\0\n" + "1,2\n" * 20,
        "",
        "a,b",
    ],
)
def test_other_text_is_no_table(text: str) -> None:
    assert not tabular.wants(table(text, "notes.txt"))


def test_no_source_file_or_document_of_this_project_is_a_table() -> None:
    files = [path for pattern in ("scanner/**/*.py", "docs/**/*", "*.*", "Makefile") for path in ROOT.glob(pattern)]
    wanted = []
    for path in sorted(files):
        if path.is_file():
            data = path.read_bytes()
            wanted += [path.name] if tabular.wants(blob_of_bytes(path.name.removesuffix(".py"), data)) else []
    assert len(files) > 50
    assert wanted == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a,b\n" + "1,2\n" * 3000 + "1,2,3\n", "t.csv"),
        ("a,b\n" + "1,2\n" * 3000 + '"open\n', "t.csv"),
        ("a,b\n" + "1,2\n" * 3000 + "x" * 200_000 + ",2\n", "t.csv"),
        ('{"a": 1}\n{"a": \n', "t.jsonl"),
        ('{"a": 1}\n[1]\n', "t.jsonl"),
        ('{"a": ' + "[" * 100_000 + "\n", "t.ndjson"),
    ],
)
def test_a_table_that_breaks_off_is_not_examinable(text: str, path: str) -> None:
    blob = table(text, path)
    assert tabular.wants(blob)
    with pytest.raises(NotExaminable):
        tabular.collect(blob)


def test_a_table_that_is_no_utf_8_behind_its_head_is_not_examinable() -> None:
    data = b"a,b\n" + b"1,2\n" * HEAD + b"\xff,2\n"
    blob = Blob("t.csv", len(data), data[:HEAD], lambda: __import__("io").BytesIO(data), sha256="a" * 64)
    with pytest.raises(NotExaminable):
        tabular.collect(blob)


def test_binary_data_is_no_table() -> None:
    generator = random.Random(7)
    for size in (10, 100, 5000):
        for _ in range(50):
            assert not tabular.wants(blob_of_bytes("x.csv", generator.randbytes(size)))


def test_events_of_runs_are_no_data() -> None:
    event = b'{"eventType": "COMPLETE", "run": {"runId": "1"}, "job": {"name": "train"}, "eventTime": "2025-01-01"}\n'
    assert not tabular.wants(blob_of_bytes("events.jsonl", event * 20))
