"""Paragraphs of ``Name: value`` fields as Debian's control files have them (deb822(5))."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

VALUE: Final = 1 << 20
"""Characters kept of one field."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Fields by lower-case name, and the line on which the paragraph begins, from 1."""

    line: int
    fields: dict[str, str]


def paragraphs(text: str, wanted: Collection[str]) -> Iterator[Paragraph]:
    """Every paragraph, with the ``wanted`` fields (lower case) only; the lines of a value are joined by line ends.

    Of equal fields the first one is kept; lines that are no field are passed over.
    """
    start, fields, current = 0, dict[str, list[str]](), list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip():
            if fields:
                yield _paragraph(start, fields)
            start, fields, current = 0, {}, []
        elif line[0] in " \t":
            current.append(line.strip())
        elif line[0] != "#":
            start = start or number
            name, colon, value = line.partition(":")
            current = [value.strip()]
            if colon and name.lower() in wanted:
                fields.setdefault(name.lower(), current)
    if fields:
        yield _paragraph(start, fields)


def _paragraph(line: int, fields: dict[str, list[str]]) -> Paragraph:
    return Paragraph(line, {name: "\n".join(lines)[:VALUE] for name, lines in fields.items()})
