from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records.delimited import Layout, layout, rows
from scanner.sources.blob import HEAD, Blob, blob_of_bytes

CELLS = st.text("abc ,;\"'\n1", max_size=6)


def table(text: str, name: str = "t.csv") -> Blob:
    return blob_of_bytes(name, text.encode())


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=3, max_size=20), st.sampled_from(",\t;"))
def test_what_python_writes_is_read_back(values: list[tuple[str, str, str]], delimiter: str) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows([("id", "name", "value"), *values])
    blob = table(stream.getvalue())
    found = layout(blob)
    assert found == Layout(delimiter, ("id", "name", "value"))
    assert list(rows(blob, Layout(delimiter, ("id", "name", "value")))) == [list(row) for row in values]


def test_a_row_cut_by_the_end_of_the_head_does_not_matter() -> None:
    blob = table("a,b\n" + '1,"two\nlines"\n' * HEAD)
    assert layout(blob) == Layout(",", ("a", "b"))


def test_a_file_without_an_ending_needs_more_rows() -> None:
    text = "a,b\n" + "1,2\n" * 5
    assert layout(table(text)) is not None
    assert layout(table(text, "notes")) is None


@pytest.mark.parametrize("header", ["a,a", "1,2", "a,", ",", "x" * 200 + ",b", "a,b{}"])
def test_headers_that_are_no_names(header: str) -> None:
    assert layout(table(header + "\n" + "1,2\n" * 20)) is None


def test_rows_of_another_width_end_the_table() -> None:
    blob = table("a,b\n1,2\n3,4\n5\n")
    with pytest.raises(NotExaminable, match="different width"):
        list(rows(blob, Layout(",", ("a", "b"))))
