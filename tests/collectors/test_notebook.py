from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import notebook
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob, blob_of_bytes

Opener = Callable[[Path, str], Blob]
KEY = "AKIA" + "Q3EGZ7VXN5KLW2TD"


def collected(*cells: dict[str, object]) -> Evidence:
    blob = blob_of_bytes("nb/x.ipynb", json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": list(cells)}).encode())
    assert notebook.wants(blob)
    return notebook.collect(blob)


def code(source: object, *outputs: dict[str, object]) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def said(evidence: Evidence, predicate: str) -> list[dict[str, object]]:
    (value,) = (item.value for item in evidence.statements if item.predicate == predicate)
    return value  # type: ignore[return-value]


def test_the_notebook_of_the_fixture_installs_and_shows_secrets(fraud: Path, blob_at: Opener) -> None:
    evidence = notebook.collect(blob_at(fraud, "notebooks/explore.ipynb"))
    assert said(evidence, "installs") == [{"id": "lightgbm", "pinned": False}]
    assert sorted(str(item["type"]) for item in said(evidence, "secrets")) == ["aws-access-key", "password-in-url"]
    assert [(one.target.key, one.proof) for one in evidence.relationships] == [("path:data/claims.csv", Proof.INFERRED)]
    assert "AKIA" not in repr(evidence)


def test_the_notebook_of_the_clean_twin_does_neither(fraud: Path, blob_at: Opener) -> None:
    evidence = notebook.collect(blob_at(fraud.parent / "fraud-detection-clean", "notebooks/explore.ipynb"))
    assert (said(evidence, "installs"), said(evidence, "secrets")) == ([], [])


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("%pip install a==1", [("a==1", True)]),
        (["import x\n", "!pip install -q \\\n", "  a b\n"], [("a", False), ("b", False)]),
        ("%%bash\npip install a\n", [("a", False)]),
        ("%conda install a", [("a", False)]),
        ("# !pip install a", []),
        ("text = 'pip install a'", []),
        ("pip install a", []),
    ],
)
def test_installs_are_shell_lines_and_magics(source: object, found: list[tuple[str, bool]]) -> None:
    assert [(item["id"], item["pinned"]) for item in said(collected(code(source)), "installs")] == found


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "markdown", "source": f"key {KEY}"},
        code(f"key = '{KEY}'"),
        code("", {"output_type": "stream", "text": ["key\n", KEY]}),
        code("", {"output_type": "execute_result", "data": {"text/html": f"<b>{KEY}</b>"}}),
        code("", {"output_type": "error", "traceback": [KEY]}),
        code("", {"output_type": "display_data", "data": {"application/json": {"deep": [{"key": KEY}]}}}),
    ],
)
def test_secrets_are_found_wherever_a_reader_sees_them(cell: dict[str, object]) -> None:
    assert [item["type"] for item in said(collected(cell), "secrets")] == ["aws-access-key"]


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("pd.read_csv('../data/a.csv')", ["path:data/a.csv"]),
        ('pl.scan_parquet(r"a.parquet"); load_dataset("b")', ["path:nb/a.parquet", "path:nb/b"]),
        ("pd.read_csv('s3://b/a.csv'); pd.read_csv('/etc/passwd'); pd.read_csv(path); pd.read_csv('../../../x')", []),
    ],
)
def test_data_that_the_code_reads_is_inferred(source: str, paths: list[str]) -> None:
    assert [one.target.key for one in collected(code(source)).relationships] == paths


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"nbformat": 3, "worksheets": []}',
        '{"nbformat": 4}',
        '{"nbformat": 4, "cells": {}}',
        "[" * 100_000,
        '{"nbformat": 4, "cells": [' + ",".join(["{}"] * 20_001) + "]}",
    ],
)
def test_what_is_no_notebook_is_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        notebook.collect(blob_of_bytes("x.ipynb", text.encode()))


def test_cells_of_wrong_shapes_do_no_harm() -> None:
    cells: list[dict[str, object]] = [
        code({"a": 1}),
        code(None),
        code([1, None]),
        {"cell_type": 3},
        code("", {"data": [1]}, {"text": {"a": "b"}}),
    ]
    assert said(collected(*cells), "installs") == []
