"""A rich scan result made by hand: every verdict, every proof class, a missing link, and hostile names."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Final

from scanner.result import (
    SCHEMA,
    AdvisoriesUsed,
    Coverage,
    FileUsed,
    Finding,
    Input,
    Parameter,
    Plugin,
    PolicyUsed,
    RuleResult,
    ScanResult,
    Shown,
    Step,
    Tool,
    TrustUsed,
    Unexamined,
    WaiverResult,
)
from tests.reports import sample_graph as graph
from tests.reports.sample_graph import (
    BASE_IMAGE,
    CARD,
    CLAIMS,
    CLAIMS_RAW,
    COMMIT,
    DEPLOYED_OCR,
    DEPLOYED_SCORER,
    FRAUD,
    FRAUD_BASE,
    HOLDOUT,
    HOSTILE,
    HOSTILE_MODEL,
    HOSTILE_PACKAGE,
    JINJA2,
    LAYER,
    NOTEBOOK,
    OCR,
    OCR_WORKER,
    PICKLE,
    PIPELINE,
    RELEASE,
    REQUESTS,
    RUN,
    SCORER,
    SIGNATURE,
    SIGNER,
    URLLIB3,
    WEIGHTS,
    digest,
)

__all__ = (
    "BASE_IMAGE", "CARD", "CLAIMS", "CLAIMS_RAW", "COMMIT", "DEPLOYED_OCR", "DEPLOYED_SCORER", "FRAUD",
    "FRAUD_BASE", "HOLDOUT", "HOSTILE", "HOSTILE_MODEL", "HOSTILE_PACKAGE", "JINJA2", "LAYER", "NOTEBOOK", "OCR",
    "OCR_WORKER", "PICKLE", "PIPELINE", "RELEASE", "REQUESTS", "RUN", "SCORER", "SIGNATURE", "SIGNER", "URLLIB3",
    "WAIVER", "WEIGHTS", "digest", "sample_result", "with_findings",
)  # fmt: skip

WAIVER: Final = WaiverResult(
    id="W-001",
    state="expiring",
    rule="PK-003",
    item="package:pkg:pypi/jinja2",
    reason=f"templates are ours; {HOSTILE[0]}",
    owner="web-team",
    approved_by="security-lead",
    ticket="SEC-12",
    created="2026-10-01T00:00:00Z",
    expires="2026-11-30T00:00:00Z",
)
_UNUSED: Final = WaiverResult(
    "W-002", "unused", "DG-002", "model:fraud", "old", "ml-team", "security-lead", "", "2026-01-01T00:00:00Z",
    "2026-12-31T00:00:00Z",
)  # fmt: skip

_RULES: Final = (
    # id, bundle, title, severity, action, why, fix, controls, evaluated
    ("ML-001", "model-security", "a model runs no code when it is loaded", "critical", "block",
     "Loading such a file gives its author the rights of the service.", "re-export the weights as safetensors",
     ("CWE-502", "ATLAS AML.T0018"), 4),
    ("ML-009", "model-security", "every model was examined", "high", "block",
     "What was not read cannot be cleared.", "raise the limit, or remove the file", (), 4),
    ("ML-010", "model-security", "a model has a model card", "low", "warn", "", "write a model card", (), 4),
    ("DG-002", "data-governance", "training data is younger than 365 days", "high", "block",
     "Old data describes customers who have left.", "retrain on newer data", ("AI Act Annex IV 2(d)",), 4),
    ("DG-007", "data-governance", "the evaluation is complete", "medium", "block",
     "", "run the evaluation again", (), 4),
    ("CD-003", "container-and-deployment", "an image does not run as root", "medium", "warn",
     "", "set USER in the image", ("CIS 4.1",), 3),
    ("CD-009", "container-and-deployment", "a deployment names its images by digest", "high", "block",
     "", "write the digest into the manifest", (), 2),
    ("PK-003", "packages-and-licences", "no package has a flaw that a newer version fixes", "high", "block",
     "The fix is public, and so is the flaw.", "upgrade to the fixed version", ("SSDF RV.2.2",), 4),
    ("PK-010", "packages-and-licences", "every package has a known licence", "low", "warn",
     "", "name the licence", (), 4),
    ("PK-011", "packages-and-licences", "no package was withdrawn", "low", "warn",
     "", "choose another version", (), 4),
)  # fmt: skip


def _finding(
    number: int,
    rule: str,
    verdict: str,
    subject: str,
    message: str,
    *,
    about: str = "",
    shown: tuple[Shown, ...] = (),
    path: tuple[Step, ...] = (),
    locations: tuple[str, ...] = (),
    new: bool = True,
    waiver: WaiverResult | None = None,
    effective_on: str | None = None,
) -> Finding:
    id, bundle, title, severity, action, why, fix, controls, _ = next(item for item in _RULES if item[0] == rule)
    return Finding(
        id=f"F-{number:03d}",
        fingerprint=digest(f"{rule} {subject} {about} {message}"),
        rule=id,
        bundle=bundle,
        title=title,
        severity=severity,
        action=action,
        verdict=verdict,
        subject=subject,
        condition="require[0]" if not path else "lineage[0]",
        message=message,
        about=about,
        shown=shown,
        path=path,
        locations=locations,
        why=why,
        fix=fix,
        controls=controls,
        references=("https://rules.example/" + rule,),
        effective_on=effective_on,
        new=new,
        waiver=waiver,
    )


def _findings() -> tuple[Finding, ...]:
    return (
        _finding(
            1, "ML-001", "fail", OCR, "runs code when it is loaded",
            shown=(Shown("artifact.code_scan.reason", "calls posix.system"),),
            path=(Step("contains", "matched", PICKLE),),
            locations=("models/ocr/layout.pkl (opcode 0x2f1c)",),
        ),
        _finding(
            2, "CD-009", "fail", DEPLOYED_OCR, "names an image by tag",
            shown=(Shown("artifact.image_pinned.by_digest", False),),
            locations=("deploy/ocr.yaml (line 4)",), new=False,
        ),
        _finding(
            3, "DG-002", "fail", FRAUD, "rests on training data of 2025-10-04",
            shown=(Shown("artifact.as_of.time", "2025-10-04T00:00:00Z"), Shown("params.max_data_age", "365d")),
            path=(Step("trained_on", "matched", CLAIMS),), locations=("data/claims.parquet",),
        ),
        _finding(
            4, "PK-003", "fail", REQUESTS, f"has GHSA-9wx4-h78v-vm56, told by {HOSTILE[6]}",
            about="GHSA-9wx4-h78v-vm56", shown=(Shown("item.fixed_in", ["2.32.0"]),),
            locations=("requirements.txt (line 3)",),
        ),
        _finding(
            5, "ML-009", "unknown", HOSTILE_MODEL, f"was not examined: {HOSTILE[1]}",
            locations=(f"models/{HOSTILE[1]}/{HOSTILE[2]}",),
        ),
        _finding(
            6, "DG-007", "error", OCR, "the condition could not be computed", locations=("models/ocr/layout.pkl",),
        ),
        _finding(
            7, "CD-003", "fail", SCORER, "runs as root", shown=(Shown("artifact.configuration.user", None),),
            locations=("images/scorer.tar!config",),
        ),
        _finding(8, "ML-010", "unknown", OCR, "card was not collected", locations=("models/ocr/layout.pkl",)),
        _finding(
            9, "PK-010", "fail", HOSTILE_PACKAGE, "\n::error::forged licence",
            shown=(Shown("artifact.licences", list(HOSTILE)),), locations=("requirements.txt (line 9)",), new=False,
        ),
        _finding(
            10, "PK-003", "waived", JINJA2, "has GHSA-h5c8-rqwp-cp95", about="GHSA-h5c8-rqwp-cp95", waiver=WAIVER,
            locations=("requirements.txt (line 1)",), new=False,
        ),
        _finding(
            11, "PK-011", "not_yet_effective", URLLIB3, "is an old series", effective_on="2027-01-01T00:00:00Z",
        ),
    )  # fmt: skip


def _rule_results(findings: tuple[Finding, ...]) -> tuple[RuleResult, ...]:
    def row(id: str, bundle: str, title: str, severity: str, action: str, why: str, fix: str,
            controls: tuple[str, ...], evaluated: int) -> RuleResult:  # fmt: skip
        count = Counter(item.verdict for item in findings if item.rule == id)
        reason = "the site switched it to warn" if id == "ML-010" else ""
        return RuleResult(
            id, bundle, title, severity, action, why, fix, controls, evaluated, evaluated - count.total(),
            count["fail"], count["unknown"], count["error"], count["waived"], count["not_yet_effective"], reason,
        )  # fmt: skip

    return tuple(row(*item) for item in sorted(_RULES))


def with_findings(result: ScanResult, *findings: Finding) -> ScanResult:
    """The result with these findings in the order of the gate, and the counts that follow from them."""

    def rank(item: Finding) -> int:
        if item.action != "block" or (item.verdict == "fail" and result.gate == "new" and not item.new):
            return 2
        return {"fail": 0, "unknown": 1, "error": 1}.get(item.verdict, 2)

    ranks = [rank(item) for item in findings]
    ordered = tuple(sorted(findings, key=rank))
    return dataclasses.replace(result, findings=ordered, blocking=ranks.count(0), undecided=ranks.count(1))


def sample_result() -> ScanResult:
    """A release with two traced chains (one of them broken), findings of every verdict, and names meant to do harm."""
    findings = _findings()
    artifacts = sorted(graph.artifacts(), key=lambda item: item.id)
    relationships = sorted(graph.relationships(), key=lambda item: (item.source, item.type, item.target))
    result = ScanResult(
        schema=SCHEMA,
        tool=Tool("lading", "0.1.0", (Plugin("mlflow_store", "1", "collector"), Plugin("pickle", "2", "inspector"))),
        as_of="2026-11-20T00:00:00Z",
        as_of_source="option",
        release=RELEASE,
        inputs=(Input("shop", digest("inputs")),),
        policy=(
            PolicyUsed("data-governance", "1.0.0", digest("data-governance")),
            PolicyUsed("model-security", "1.0.0", digest("model-security")),
        ),
        parameters=(Parameter("data-governance", "max_data_age", "365d", "180d", "option --set"),),
        trust=TrustUsed(digest("trust"), 1),
        advisories=AdvisoriesUsed(digest("advisories"), "2026-11-18T00:00:00Z", ("PyPI", "Debian")),
        waiver_file=FileUsed("waivers.yaml", digest("waivers")),
        baseline=FileUsed("baseline.json", digest("baseline")),
        gate="all",
        verdict="fail",
        exit_code=1,
        blocking=0,
        undecided=0,
        coverage=Coverage(
            blobs=42,
            examined=40,
            not_examined=(
                Unexamined("images/ocr.tar!layer 2", "layer", "unsupported", "unknown compression"),
                Unexamined(f"models/{HOSTILE[1]}/{HOSTILE[2]}", "pickle", "over_limit", "too many members"),
            ),
            bytes=9_000_000,
            bytes_examined=8_900_000,
        ),
        artifacts=tuple(artifacts),
        relationships=tuple(relationships),
        findings=(),
        waivers=(WAIVER, _UNUSED),
        rules=_rule_results(findings),
        notices=(f"rule ML-010 was loosened to warn by {HOSTILE[5]}", "the time of this scan lies in the past"),
    )
    return with_findings(result, *findings)
