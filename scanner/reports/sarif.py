"""SARIF 2.1.0 (OASIS Standard), within the limits of the services that read it.

One run. Results are sorted by what they do to the release and cut at 5,000, with a notification that says so. A result
that could not be decided is written as a failure with level warning: receivers hide every other ``kind``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scanner.reports import summary
from scanner.reports.json_result import to_bytes
from scanner.reports.links import Links
from scanner.reports.reasons import ReasonView, reasons
from scanner.reports.summary import label, place_of, plural, uri
from scanner.reports.visible import sentence, unicode_safe, visible
from scanner.result import Finding, RuleResult, ScanResult

MAX_RESULTS: Final = 5_000
MAX_LOCATIONS: Final = 100
MAX_TAGS: Final = 10
MAX_NOTIFICATIONS: Final = 100
SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT: Final = "%SRCROOT%"

TAXONOMIES: Final = {"CWE": "4.18", "ATLAS": "2026.09"}
"""Catalogues of the numbers that reasons carry, with the version they were taken from."""

_LEVELS: Final = {
    "blocked": "error",
    "undecided": "warning",
    "warning": "warning",
    "known": "error",
    "not yet effective": "note",
    "waived": "error",
}
_SECURITY_SEVERITY: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
"""Middle of the band in which a code scanning service shows the same word."""

Object = dict[str, Any]


def render(result: ScanResult) -> bytes:
    """The log file as JSON (UTF-8)."""
    findings = summary.ordered(result)
    rules = _rules(result)
    indexes = {rule["id"]: index for index, rule in enumerate(rules)}
    links = Links(result)
    fallback = result.inputs[0].path if result.inputs else "."
    compared = result.baseline is not None
    results = []
    taxa: set[tuple[str, str]] = set()
    for word, finding in findings[:MAX_RESULTS]:
        entry = _result(word, finding, indexes[visible(finding.rule)], links, fallback, compared)
        if told := reasons(links, finding):
            taxa |= _add_reasons(entry, rules[entry["ruleIndex"]], told)
        results.append(entry)
    run: Object = {
        "tool": {"driver": {**_component(result.tool.name, result.tool.version), "rules": rules}},
        "invocations": [_invocation(result, len(findings))],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The directory in which the scan began."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {f"lading:{name}": unicode_safe(text) for name, text in summary.facts(result).items()},
    }
    if taxa:
        run["taxonomies"] = [
            {**_component(name, TAXONOMIES[name]), "organization": "MITRE", "taxa": [{"id": id} for id in sorted(ids)]}
            for name in TAXONOMIES
            if (ids := {id for taxonomy, id in taxa if taxonomy == name})
        ]
    if result.tool.plugins:
        plugins = sorted({(item.name, item.version) for item in result.tool.plugins})
        run["tool"]["extensions"] = [_component(name, version) for name, version in plugins]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return to_bytes(log)


def _add_reasons(entry: Object, rule: Object, told: Sequence[ReasonView]) -> set[tuple[str, str]]:
    """Say in a result, and in the tags of its rule, what the inspectors found; returns (taxonomy, id) of each.

    Code scanning services read weaknesses from tags of the rule, ``external/cwe/cwe-502``.
    """
    found = {("CWE", str(one.cwe)) for one in told} | {("ATLAS", visible(one.atlas)) for one in told}
    entry["taxa"] = [{"id": id, "toolComponent": {"name": name}} for name, id in sorted(found)]
    entry["properties"]["lading:reasons"] = [
        {
            "code": visible(one.code),
            "place": visible(one.place),
            **({} if one.offset is None else {"offset": one.offset}),
            "detail": visible(one.detail),
            "engine": visible(one.engine),
            "cwe": one.cwe,
            "atlas": visible(one.atlas),
            "help": sentence(one.help),
        }
        for one in told
    ]
    tags = rule.setdefault("properties", {}).setdefault("tags", [])
    new = [f"external/cwe/cwe-{number}" for number in sorted({one.cwe for one in told})]
    rule["properties"]["tags"] = list(dict.fromkeys([*tags[:1], *new, *tags[1:]]))[:MAX_TAGS]
    return found


def _component(name: str, version: str) -> Object:
    return {"name": visible(name), "version": visible(version)}


def _text(text: str) -> Object:
    """A message without embedded links: SARIF viewers render ``[text](target)`` inside plain messages."""
    return {"text": sentence(text).replace("](", "] (")}


def _rules(result: ScanResult) -> list[Object]:
    """A descriptor a rule, also for rules that only findings name, sorted by id."""
    known = {rule.id: _rule(rule) for rule in result.rules}
    for finding in result.findings:
        known.setdefault(finding.rule, {"id": visible(finding.rule), "shortDescription": _text(finding.title)})
    return [known[id] for id in sorted(known)]


def _rule(rule: RuleResult) -> Object:
    level = "error" if rule.action == "block" else "warning"
    properties: Object = {"problem.severity": level}
    words = ["supply-chain", rule.bundle, *rule.controls]
    if rule.severity in _SECURITY_SEVERITY:
        properties["security-severity"] = _SECURITY_SEVERITY[rule.severity]
        words.insert(0, "security")
    properties["tags"] = list(dict.fromkeys(visible(word) for word in words))[:MAX_TAGS]
    return {
        "id": visible(rule.id),
        "shortDescription": _text(rule.title),
        "fullDescription": _text(rule.why or rule.title),
        "help": _text(rule.fix or rule.why or rule.title),
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }


def _result(word: str, finding: Finding, index: int, links: Links, fallback: str, compared: bool) -> Object:
    subject = links.artifacts.get(finding.subject)
    name = f"{links.kind(finding.subject)} {label(subject, finding.subject)}".strip()
    prefix = "" if finding.verdict == "fail" else f"{finding.verdict.replace('_', ' ')}: "
    places = finding.locations or (subject.locations if subject else ()) or (fallback,)
    entry: Object = {
        "ruleId": visible(finding.rule),
        "ruleIndex": index,
        "level": _LEVELS[word] if finding.action == "block" or word == "not yet effective" else "warning",
        "message": _text(f"{prefix}{name} {finding.message}"),
        "locations": [_location(place) for place in places[:MAX_LOCATIONS]],
        "partialFingerprints": {"lading/v1": finding.fingerprint},
        "properties": {
            "lading:id": finding.id,
            "lading:verdict": finding.verdict,
            "lading:disposition": word,
            "lading:severity": visible(finding.severity),
            "lading:subject": unicode_safe(finding.subject),
            "lading:about": unicode_safe(finding.about),
            "lading:controls": [visible(control) for control in finding.controls],
            "lading:values": {visible(item.path): summary.compact(item.value) for item in finding.shown},
        },
    }
    if finding.path:
        entry["codeFlows"] = [_code_flow(finding, name, places[0], links)]
    if finding.waiver:
        entry["suppressions"] = [_suppression(finding)]
    if compared:
        entry["baselineState"] = "new" if finding.new else "unchanged"
    return entry


def _location(location: str) -> Object:
    place = place_of(location)
    physical: Object = {"artifactLocation": {"uri": uri(place.file), "uriBaseId": ROOT}}
    physical["region"] = {"startLine": place.line or 1}
    entry: Object = {"physicalLocation": physical}
    if place.path != place.file or (place.at and not place.line):
        entry["logicalLocations"] = [{"fullyQualifiedName": visible(location), "kind": "member"}]
    return entry


def _code_flow(finding: Finding, name: str, place: str, links: Links) -> Object:
    locations = [{"location": {**_location(place), "message": _text(name)}}]
    for step in finding.path[: MAX_LOCATIONS - 1]:
        target = links.artifacts.get(step.target)
        at = _location(target.locations[0]) if target and target.locations else {}
        told = f"{step.type} ({step.proof}) {links.kind(step.target)} {label(target, step.target)}"
        locations.append({"location": {**at, "message": _text(told)}})
    return {"message": _text("the path to the cause"), "threadFlows": [{"locations": locations}]}


def _suppression(finding: Finding) -> Object:
    waiver = finding.waiver
    assert waiver is not None
    said = f"{waiver.id}: {waiver.reason} (owner {waiver.owner}, approved by {waiver.approved_by}"
    return {
        "kind": "external",
        "status": "accepted",
        "justification": sentence(f"{said}, until {waiver.expires})"),
        "properties": {
            "lading:waiver": visible(waiver.id),
            "lading:state": visible(waiver.state),
            "lading:expires": visible(waiver.expires),
            "lading:ticket": visible(waiver.ticket),
        },
    }


def _invocation(result: ScanResult, findings: int) -> Object:
    places = result.coverage.not_examined
    notes: list[Mapping[str, Any]] = [
        {
            "level": "warning",
            "message": _text(f"not examined ({place.component}): {place.reason}, {place.detail}"),
            "locations": [_location(place.location)],
        }
        for place in places[:MAX_NOTIFICATIONS]
    ]
    for sentences, level in ((_cuts(findings, len(places)), "warning"), (result.notices, "note")):
        notes.extend({"level": level, "message": _text(text)} for text in sentences)
    return {
        "executionSuccessful": result.verdict != "incomplete" and result.exit_code in (0, 1),
        "exitCode": result.exit_code,
        "exitCodeDescription": summary.exit_meaning(result),
        "toolExecutionNotifications": notes,
    }


def _cuts(findings: int, places: int) -> Sequence[str]:
    cuts = []
    if findings > MAX_RESULTS:
        cuts.append(f"showing {MAX_RESULTS} of {findings} findings; the scan result in JSON holds them all")
    if places > MAX_NOTIFICATIONS:
        cuts.append(f"{plural(places - MAX_NOTIFICATIONS, 'more place')} were not examined")
    return cuts
