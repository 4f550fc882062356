"""The HTML report: one file without requests, for the person who decides whether a release may ship."""

from __future__ import annotations

from scanner.result import ScanResult


def render(result: ScanResult) -> str:
    """The report of ``result`` as one HTML document: a pure function, equal bytes for equal results.

    Needs no network and no script to be read; no text of the result can become markup.
    """
    from scanner.reports.html.page import page

    return page(result)


__all__ = ["render"]
