"""Every output format by its name on the command line. A format's code is imported when it is first rendered."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from scanner.errors import UsageError
from scanner.result import ScanResult


@dataclass(frozen=True, slots=True)
class Format:
    """One output format: what it is called, how its files end, and the function that makes it."""

    name: str
    media_type: str
    suffix: str
    """Usual end of the file name, with its dot."""
    module: str
    function: str = "render"

    def render(self, result: ScanResult) -> bytes:
        """The result in this format; depends on the result only."""
        rendered = getattr(importlib.import_module(self.module), self.function)(result)
        return rendered.encode() if isinstance(rendered, str) else cast("bytes", rendered)


_CYCLONEDX: Final = "scanner.reports.cyclonedx"
_CYCLONEDX_JSON: Final = "application/vnd.cyclonedx+json"

FORMATS: Final[Mapping[str, Format]] = {
    one.name: one
    for one in (
        Format("text", "text/plain", ".txt", "scanner.reports.text"),
        Format("json", "application/json", ".json", "scanner.reports.json_result"),
        Format("html", "text/html", ".html", "scanner.reports.html"),
        Format("sarif", "application/sarif+json", ".sarif", "scanner.reports.sarif"),
        Format("junit", "application/xml", ".xml", "scanner.reports.junit"),
        Format("markdown", "text/markdown", ".md", "scanner.reports.markdown"),
        Format("csv", "text/csv", ".csv", "scanner.reports.csv_table"),
        Format("cyclonedx", _CYCLONEDX_JSON, ".cdx.json", _CYCLONEDX),
        Format("cyclonedx-1.6", _CYCLONEDX_JSON, ".cdx.json", _CYCLONEDX),
        Format("cyclonedx-1.7", _CYCLONEDX_JSON, ".cdx.json", _CYCLONEDX, "render_1_7"),
        Format("cyclonedx-xml", "application/vnd.cyclonedx+xml", ".cdx.xml", _CYCLONEDX, "render_xml"),
        Format("vex-cyclonedx", _CYCLONEDX_JSON, ".vex.json", _CYCLONEDX, "render_vex"),
        Format("graphml", "application/xml", ".graphml", "scanner.reports.graphml"),
        Format("dot", "text/vnd.graphviz", ".dot", "scanner.reports.dot"),
    )
}


def format_named(name: str) -> Format:
    """The format called ``name``. Raises UsageError for an unknown one."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UsageError(f"--output {name}: unknown format; choose one of {', '.join(sorted(FORMATS))}") from None
