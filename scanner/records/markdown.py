"""Markdown documents: the YAML front matter at their top, and the text of a section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from scanner.records import yaml_events
from scanner.records.plain import Plain, mapping

_FENCE: Final = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"^#{1,6}[ \t]+(.*?)[ \t#]*$", re.MULTILINE)


def front_matter(document: str) -> Mapping[str, Plain]:
    """The mapping between the first two ``---`` lines; empty when there is none. Raises NotExaminable for broken YAML."""
    match = _FENCE.match(document)
    return mapping(yaml_events.load(match[1])) if match else {}


def section(document: str, title: re.Pattern[str], limit: int = 500) -> str | None:
    """First paragraph below the first heading that matches ``title``, cut to ``limit``; None when there is none."""
    headings = list(_HEADING.finditer(document))
    for heading, after in zip(headings, [*headings[1:], None], strict=False):
        if title.search(heading[1]):
            body = document[heading.end() : after.start() if after else heading.end() + 20_000].strip()
            paragraph = " ".join(re.split(r"\n\s*\n", body[:20_000], maxsplit=1)[0].split())
            return paragraph[:limit] or None
    return None
