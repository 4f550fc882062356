"""JUnit XML: a suite is a rule, a case is an artifact.

``failure`` is a finding that blocks and ``error`` one that is undecided at blocking level, so that a test report is red
exactly when the exit code is not 0; everything else open or accepted is ``skipped`` with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from scanner.reports import summary
from scanner.reports.links import Links
from scanner.reports.summary import label, plural
from scanner.reports.visible import sentence, visible, xml_safe
from scanner.reports.xml_text import document
from scanner.result import Finding, ScanResult

MAX_PLACES: Final = 200
_TAGS: Final = {"blocked": "failure", "undecided": "error"}


def render(result: ScanResult) -> bytes:
    """The test report as XML (UTF-8)."""
    links = Links(result)
    findings: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
    for word, finding in summary.ordered(result):
        findings[finding.rule].append((word, finding))
    root = Element("testsuites", name=visible(result.release))
    first = SubElement(root, "testsuite", name="lading", tests="0", failures="0", errors="0", skipped="0")
    properties = SubElement(first, "properties")
    for name, value in summary.facts(result).items():
        SubElement(properties, "property", name=f"lading:{name}", value=xml_safe(value))
    SubElement(first, "system-out").text = _blind_spots(result)
    passed = {rule.id: rule.passed for rule in result.rules}
    titles = {finding.rule: finding.title for finding in result.findings} | {r.id: r.title for r in result.rules}
    for id in sorted(titles):
        _suite(root, id, titles[id], passed.get(id, 0), findings[id], links)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    return document(root)


def _blind_spots(result: ScanResult) -> str:
    places = result.coverage.not_examined
    lines = [summary.verdict_sentence(result), *(sentence(notice) for notice in result.notices)]
    lines += [
        f"not examined: {visible(place.location)}: {visible(place.reason)}, {sentence(place.detail)}"
        for place in places[:MAX_PLACES]
    ]
    if len(places) > MAX_PLACES:
        lines.append(f"not examined: {len(places) - MAX_PLACES} more places")
    return "\n".join(lines)


def _suite(root: Element, id: str, title: str, passed: int, findings: list[tuple[str, Finding]], links: Links) -> None:
    tags = [_TAGS.get(word, "skipped") for word, _ in findings]
    suite = SubElement(
        root,
        "testsuite",
        name=f"{visible(id)}: {sentence(title)}",
        tests=str(len(findings) + bool(passed)),
        failures=str(tags.count("failure")),
        errors=str(tags.count("error")),
        skipped=str(tags.count("skipped")),
    )
    for word, finding in findings:
        _case(suite, word, finding, links)
    if passed:
        SubElement(suite, "testcase", classname=visible(id), name=f"{plural(passed, 'artifact')} passed")


def _case(suite: Element, word: str, finding: Finding, links: Links) -> None:
    subject = links.artifacts.get(finding.subject)
    name = f"{links.kind(finding.subject)} {label(subject, finding.subject)}"
    about = f" [{visible(finding.about)}]" if finding.about else ""
    case = SubElement(suite, "testcase", classname=visible(finding.rule), name=f"{name}{about} ({finding.id})".strip())
    message = sentence(finding.message)
    if word == "waived" and finding.waiver:
        waiver = finding.waiver
        message = sentence(f"waived by {waiver.id} until {waiver.expires}: {waiver.reason}")
    elif word not in _TAGS:
        message = f"{word}: {message}"
    outcome = SubElement(case, _TAGS.get(word, "skipped"), message=message)
    if word in _TAGS:
        outcome.set("type", finding.verdict)
    details = [f"at {visible(place)}" for place in finding.locations[:10]]
    details += [f"{visible(item.path)} = {summary.compact(item.value)}" for item in finding.shown]
    details += [f"{step.type} ({step.proof}) {visible(step.target)}" for step in finding.path]
    if finding.fix:
        details.append(f"fix: {sentence(finding.fix)}")
    outcome.text = "\n".join(details)
