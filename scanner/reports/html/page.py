"""The page: view models into templates, with a content security policy that names the only style and script by hash."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from scanner.reports import json_result, summary
from scanner.reports.html import times
from scanner.reports.html.boxes import STATUS
from scanner.reports.html.controls import STATES, matrix
from scanner.reports.html.evidence import evidence
from scanner.reports.html.findings import LABELS, Findings, findings
from scanner.reports.html.inventory import inventory
from scanner.reports.html.island import COLUMNS, Island, island
from scanner.reports.html.lineage import lineage
from scanner.reports.html.lookup import Lookup
from scanner.reports.html.signatures import signatures
from scanner.reports.html.verdict import baseline_used, changes, verdict
from scanner.reports.html.vulnerabilities import vulnerabilities
from scanner.reports.html.waivers import waivers
from scanner.reports.visible import visible
from scanner.result import ScanResult

if TYPE_CHECKING:
    import jinja2

NAME_LIMIT: Final = 160
LINE_LIMIT: Final = 400
TEXT_LIMIT: Final = 2_000
MOST_UNEXAMINED: Final = 500
_HERE: Final = "scanner.reports.html"
_LINE_ENDS: Final = re.compile(r"[\t\r\n]+")


def name(text: str) -> Markup:
    """A foreign name as HTML: escaped, at most 160 characters, isolated from the direction of the text around it."""
    return Markup("<bdi>{}</bdi>").format(visible(_LINE_ENDS.sub(" ", text), NAME_LIMIT))


def line(text: str) -> Markup:
    """A longer foreign text as HTML, at most 400 characters."""
    return Markup("<bdi>{}</bdi>").format(visible(_LINE_ENDS.sub(" ", text), LINE_LIMIT))


def _harmless(value: Any) -> Any:
    """Every string that a template prints passes here before it is escaped."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return visible(_LINE_ENDS.sub(" ", value), TEXT_LIMIT)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"name": name, "line": line, "day": times.day, "minute": times.minute, "plural": _plural}
    environment.globals |= {"LABELS": LABELS, "STATES": STATES, "STATUS": STATUS}
    return environment


def _plural(count: int, singular: str, plural: str = "") -> str:
    return summary.plural(count, singular, plural)


def _text(file: str) -> Markup:
    return Markup(files(_HERE).joinpath(file).read_text("utf-8").strip())  # noqa: S704 - our own file


def csp(style: str, script: str) -> str:
    """The policy of a page whose only style and script have these exact texts; nothing else may load or run."""

    def hashed(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")

    return (
        f"default-src 'none'; style-src 'sha256-{hashed(style)}'; script-src 'sha256-{hashed(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def context(result: ScanResult) -> Mapping[str, Any]:
    """Everything the templates may name."""
    look = Lookup(result)
    found, chains = findings(look), lineage(look)
    shown = [member.id for entry in found.entries for member in entry.members]
    by_id = {finding.id: finding for finding in result.findings}
    style, script = _text("report.css"), _text("report.js")
    return {
        "result": result,
        "release": look.label(result.release),
        "style": style,
        "script": script,
        "csp": csp(style, script),
        "verdict": verdict(look, found.entries, chains.traced, chains.total),
        "changes": changes(result) if baseline_used(result) else None,
        "findings": found,
        "island": _island(look, found),
        "columns": COLUMNS,
        "lineage": chains,
        "inventory": inventory(look),
        "vulnerabilities": vulnerabilities(look),
        "signatures": signatures(look),
        "matrix": matrix(look),
        "waivers": waivers(result),
        "evidence": evidence(look, [by_id[id] for id in shown]),
        "unexamined": result.coverage.not_examined[:MOST_UNEXAMINED],
        "release_digest": summary.release_digest(result),
        "policy_digest": summary.policy_digest(result),
        "result_digest": hashlib.sha256(json_result.render(result)).hexdigest(),
        "exit_meaning": summary.exit_meaning(result),
        "compact": summary.compact,
    }


def _island(look: Lookup, found: Findings) -> Island | None:
    return island(look) if found.written < found.total else None


def page(result: ScanResult) -> str:
    """The whole HTML document with a final newline."""
    return _environment().get_template("page.html.j2").render(context(result)) + "\n"
