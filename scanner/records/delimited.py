"""Tables in delimited text (RFC 4180, also with tabs and semicolons), told by content from other text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanner.errors import UNREADABLE, NotExaminable
from scanner.sources.blob import HEAD, Blob

DELIMITERS: Final = ",\t;"
COLUMNS: Final = 10_000
_ENDINGS: Final = (".csv", ".tsv", ".tab", ".data")
_SURE_ROWS, _ENOUGH_ROWS = 2, 10
"""Rows below the header: for a file with a table's ending, and for any other."""
_NAME: Final = re.compile(r"(?=.*[^\W\d])[\w .:\-/()%#&+@°$€\[\]]{1,100}\Z")
_CODE: Final = re.compile(r"[{}()=<>;\"'\\]|//|\bimport\b")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written: delimiter, names of the columns."""

    delimiter: str
    columns: tuple[str, ...]


def layout(blob: Blob) -> Layout | None:
    """The layout of a table by its first bytes; None for text that is none.

    A table has a header of at least two different names and rows of the same width below it.
    """
    if b"\0" in blob.head or not blob.head or blob.head[:1] in b"{[<#":
        return None
    whole = blob.size <= len(blob.head)
    text = blob.head.decode("utf-8-sig", "ignore")
    if "�" in text or (not whole and "\n" not in text):
        return None
    complete = text if whole else text[: text.rindex("\n") + 1]
    wanted = _SURE_ROWS if blob.name.lower().endswith(_ENDINGS) else _ENOUGH_ROWS
    for delimiter in DELIMITERS:
        found = _columns(complete, delimiter, wanted, blob.size <= HEAD)
        if found is not None:
            return Layout(delimiter, found)
    return None


def _columns(text: str, delimiter: str, wanted: int, whole: bool) -> tuple[str, ...] | None:
    first = text.partition("\n")[0]
    if delimiter not in first or (wanted == _ENOUGH_ROWS and _CODE.search(first)):
        return None
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True) if row]
    except csv.Error:
        return None
    if not whole and len(rows) > 1:
        # A quoted cell may go on behind the bytes that are known.
        rows = rows[:-1]
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if not 2 <= len(header) <= COLUMNS or len(rows) <= wanted or len(set(header)) != len(header):
        return None
    if any(len(row) != len(header) for row in rows) or not all(_NAME.match(name) for name in header):
        return None
    if wanted == _ENOUGH_ROWS and any(cell.startswith(" ") for cell in rows[0]):
        # A comma in prose has a space behind it.
        return None
    return header


def rows(blob: Blob, found: Layout) -> Iterator[list[str]]:
    """Every row below the header. Raises NotExaminable where the text stops being a table."""
    with blob.open() as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            reader = csv.reader(text, delimiter=found.delimiter, strict=True)
            next(reader, None)
            for row in reader:
                if len(row) != len(found.columns):
                    if row:
                        raise NotExaminable(UNREADABLE, "table with rows of different width")
                    continue
                yield row
        except (csv.Error, UnicodeDecodeError):
            raise NotExaminable(UNREADABLE, "broken table") from None
