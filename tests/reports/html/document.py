"""A rendered page taken apart by the standard library's parser, and releases to render."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from html.parser import HTMLParser

from scanner.result import Finding, ScanResult
from tests.reports.sample_result import digest, sample_result

VOID = frozenset({"meta", "br", "input", "img", "link", "hr"})

CONTROLS = {
    "ML-001": ("cwe:CWE-502", "mitre-atlas:AML.T0018.002", "eu-ai-act:Art.15(5)"),
    "ML-009": ("mitre-atlas:AML.T0076", "slsa:Source L1"),
    "DG-002": ("eu-ai-act:AnnexIV.2(d)", "iso-42001:A.7.6"),
    "CD-009": ("slsa:Build L1", "nist-ssdf:PS.3.2"),
    "PK-003": ("nist-ssdf:RV.2.2",),
    "PK-010": ("ntia-2021:DF-1",),
}
"""Controls of the shipped data for rules of the sample, which names others."""


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all_text(self) -> str:
        return self.text + "".join(child.all_text() for child in self.children)


class Document(HTMLParser):
    """Every element in document order; an end tag that does not fit its start tag fails."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: Element | None = None
        self.feed(page)
        self.close()
        assert self._open is None, f"{self._open} was not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} repeats an attribute: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self.elements.append(element)
        if self._open is not None:
            self._open.children.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open is not None, f"</{tag}> without a start"
        assert self._open.tag == tag, f"</{tag}> closes <{self._open.tag}>"
        self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.text += data

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def by_id(self, id: str) -> Element:
        return next(element for element in self.elements if element.attributes.get("id") == id)


def audited() -> ScanResult:
    """The sample with controls of the shipped data."""
    result = sample_result()
    return dataclasses.replace(
        result,
        rules=tuple(dataclasses.replace(rule, controls=CONTROLS.get(rule.id, ())) for rule in result.rules),
        findings=tuple(dataclasses.replace(item, controls=CONTROLS.get(item.rule, ())) for item in result.findings),
    )


def with_findings(count: int, **changes: object) -> ScanResult:
    """The sample with ``count`` findings about different flaws of one package, and no other findings."""
    result = sample_result()
    flaw = next(item for item in result.findings if item.about)

    def finding(number: int) -> Finding:
        about = f"GHSA-{digest(str(number))[:12]}"
        told: dict[str, object] = {"about": about, "message": f"has {about}, found as number {number}", **changes}
        return dataclasses.replace(flaw, id=f"F-{number:05}", fingerprint=digest(about), **told)  # type: ignore[arg-type]

    return dataclasses.replace(
        result, findings=tuple(finding(number) for number in range(count)), blocking=count, undecided=0
    )
