"""A rich scan result made by hand: every verdict, every proof class, a missing link, and hostile names."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Final

from scanner.model import Json
from scanner.result import (
    SCHEMA,
    AdvisoriesUsed,
    ArtifactResult,
    Coverage,
    Finding,
    Input,
    Origin,
    Parameter,
    Plugin,
    PolicyUsed,
    RelationshipResult,
    RuleResult,
    ScanResult,
    Shown,
    Step,
    Tool,
    TrustUsed,
    Unexamined,
    WaiverResult,
)

HOSTILE: Final = (
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "invoice\u202efdp.exe",
    "{{7*7}}",
    "=cmd()",
    "two\nlines",
    "::error::forged",
    "##[error]forged",
    "[click](javascript:alert(1))",
    "\x1b[31mred\x1b[0m",
    "name-" + "long" * 50,
)
"""Names an attacker may choose; no report may let one act."""


def digest(text: str) -> str:
    """A sha256 that looks like a real one."""
    return hashlib.sha256(text.encode()).hexdigest()


RELEASE: Final = "release:place:shop"
COMMIT: Final = f"commit:git:{digest('commit')[:40]}"
CLAIMS: Final = f"dataset:sha256:{digest('claims')}"
CLAIMS_RAW: Final = "dataset:name:claims-raw"
HOLDOUT: Final = f"dataset:sha256:{digest('holdout')}"
RUN: Final = "run:record:mlflow/mlruns#881"
FRAUD: Final = f"model:sha256:{digest('fraud')}"
FRAUD_BASE: Final = "model:name:tabular-base"
OCR: Final = f"model:sha256:{digest('ocr')}"
HOSTILE_MODEL: Final = f"model:sha256:{digest('hostile')}"
WEIGHTS: Final = f"file:sha256:{digest('fraud')}"
PICKLE: Final = f"file:sha256:{digest('ocr')}"
SCORER: Final = f"image:sha256:{digest('scorer')}"
OCR_WORKER: Final = f"image:sha256:{digest('ocr-worker')}"
BASE_IMAGE: Final = f"image:sha256:{digest('base')}"
LAYER: Final = f"layer:sha256:{digest('layer')}"
DEPLOYED_SCORER: Final = "deployment:place:deploy/scorer.yaml#prod-eu/scorer"
DEPLOYED_OCR: Final = "deployment:place:deploy/ocr.yaml#prod-eu/ocr"
REQUESTS: Final = "package:pkg:pypi/requests@2.31.0"
JINJA2: Final = "package:pkg:pypi/jinja2@3.1.2"
URLLIB3: Final = "package:pkg:pypi/urllib3@2.0.7"
HOSTILE_PACKAGE: Final = "package:pkg:pypi/cmd@1.0"
PIPELINE: Final = "pipeline:place:ci/train.yaml#train"
NOTEBOOK: Final = f"notebook:place:notebooks/{HOSTILE[0]}.ipynb"
CARD: Final = "document:place:models/fraud/README.md"
SIGNATURE: Final = f"signature:sha256:{digest('signature')}"
SIGNER: Final = "signer:name:release@example.com"


def _artifact(
    id: str,
    name: str,
    *locations: str,
    version: str | None = None,
    identity: str | None = None,
    size: int | None = None,
    resolved: bool = True,
    missing: Mapping[str, str] | None = None,
    **evidence: Json,
) -> ArtifactResult:
    kind, _, key = id.partition(":")
    scheme, _, value = key.partition(":")
    purl = key if scheme == "pkg" else None
    place = locations[0] if locations else "deploy/inventory.json"
    return ArtifactResult(
        id=id,
        kind=kind,
        name=name,
        version=version,
        purl=purl,
        digests={"sha256": value} if scheme == "sha256" and resolved else {},
        size=size,
        resolved=resolved,
        identity=identity or (f"{kind}:{purl.partition('@')[0]}" if purl else f"{kind}:{name}"),
        locations=locations,
        evidence=dict(sorted(evidence.items())),
        stated_by={group: (Origin(f"{kind}_reader", place),) for group in sorted(evidence)},
        missing=missing or {},
    )


def _examined(state: str = "examined", reason: str | None = None) -> dict[str, Json]:
    return {"state": state, "reason": reason}


def _vulnerability(id: str, severity: str, fixed: str, exploited: bool = False) -> dict[str, Json]:
    return {
        "id": id,
        "severity": severity,
        "published": "2026-03-01T00:00:00Z",
        "fixed_in": [fixed],
        "known_exploited": exploited,
        "aliases": [f"CVE-2026-{1000 + len(id)}"],
        "summary": f"flaw told by {HOSTILE[0]}",
        "detected_by": ["lading", "pip-audit"],
    }


def _models() -> list[ArtifactResult]:
    return [
        _artifact(
            FRAUD,
            "fraud",
            "models/fraud/model.safetensors",
            "images/scorer.tar!layer 3!opt/model/model.safetensors",
            version="7",
            size=1_048_576,
            format="safetensors",
            code_scan={"verdict": "known-safe", "reason": None},
            examined=_examined(),
            licences=["Apache-2.0", "LicenseRef-house"],
            lineage={"state": "recorded"},
            registration={"registered": True, "digest_matches": True},
            signing={"state": "verified", "unsigned_extras": 0},
            task="tabular-classification",
            metrics=[{"name": "auc", "value": "0.91"}],
            parameters=[{"name": "max_depth", "value": "6"}],
            card={"licence": "Apache-2.0", "intended_use": "rank claims for review", "updated": "2026-10-01T00:00:00Z"},
            updated={"at": "2026-11-01T08:00:00Z", "by": "train-bot", "basis": "record"},
            evaluation={"overlaps_training": False},
        ),
        _artifact(FRAUD_BASE, "tabular-base", resolved=False),
        _artifact(
            OCR,
            "ocr-layout",
            "models/ocr/layout.pkl (opcode 0x2f1c)",
            version="2.1",
            size=4096,
            format="pickle",
            code_scan={"verdict": "malicious", "reason": "calls posix.system"},
            examined=_examined(),
            lineage={"state": "none"},
            signing={"state": "unsigned", "unsigned_extras": 0},
            missing={"card": "not_collected"},
        ),
        _artifact(
            HOSTILE_MODEL,
            HOSTILE[0],
            f"models/{HOSTILE[1]}/{HOSTILE[2]}",
            version=HOSTILE[4],
            size=12,
            examined=_examined("not_examined", "over_limit"),
            format="unknown",
            missing={"code_scan": "over_limit", "lineage": "not_collected"},
        ),
    ]


def _data() -> list[ArtifactResult]:
    return [
        _artifact(
            CLAIMS,
            "claims",
            "data/claims.parquet",
            version="2026-10",
            size=5_000_000,
            as_of={"time": "2025-10-04T00:00:00Z", "basis": "content"},
            columns=["amount", HOSTILE[3]],
            examined=_examined(),
            format="parquet",
            licences=["CC-BY-4.0"],
            lineage={"state": "recorded"},
            personal_data={"present": True},
            rows=120_000,
        ),
        _artifact(CLAIMS_RAW, "claims-raw", resolved=False, missing={"as_of": "not_collected"}),
        _artifact(HOLDOUT, "holdout", "data/holdout.csv", examined=_examined(), rows=400),
    ]


def _software() -> list[ArtifactResult]:
    clean: dict[str, Json] = {"state": "clean"}
    vulnerable: dict[str, Json] = {"state": "vulnerable"}
    lock = "requirements.txt (line %d)"
    return [
        _artifact(
            REQUESTS,
            "requests",
            lock % 3,
            version="2.31.0",
            audit=vulnerable,
            licences=["Apache-2.0"],
            pinning={"exact": True, "hashed": True},
            purl="pkg:pypi/requests@2.31.0",
            vulnerabilities=[_vulnerability("GHSA-9wx4-h78v-vm56", "high", "2.32.0", exploited=True)],
        ),
        _artifact(
            JINJA2,
            "jinja2",
            lock % 1,
            version="3.1.2",
            audit=vulnerable,
            licences=["BSD-3-Clause"],
            purl="pkg:pypi/jinja2@3.1.2",
            vulnerabilities=[_vulnerability("GHSA-h5c8-rqwp-cp95", "medium", "3.1.3")],
        ),
        _artifact(URLLIB3, "urllib3", lock % 7, version="2.0.7", audit=clean, licences=["MIT"]),
        _artifact(HOSTILE_PACKAGE, HOSTILE[4], lock % 9, version="1.0", audit={"state": "unaudited"}),
        _artifact(
            SCORER,
            "registry.example/shop/scorer",
            "images/scorer.tar",
            version="1.9.4",
            configuration={"user": None, "exposes_secrets": False},
            examined=_examined(),
            platform="linux/amd64",
            provenance={"slsa_level": 2, "builder": "ci.example"},
        ),
        _artifact(OCR_WORKER, "registry.example/shop/ocr-worker", "images/ocr.tar", examined=_examined("partly")),
        _artifact(BASE_IMAGE, "python", version="3.12-slim", resolved=False),
        _artifact(LAYER, "layer 3", "images/scorer.tar!layer 3", command="COPY model /opt/model"),
        _artifact(WEIGHTS, "model.safetensors", "models/fraud/model.safetensors", format="safetensors"),
        _artifact(
            PICKLE,
            "layout.pkl",
            "models/ocr/layout.pkl",
            code_scan={"verdict": "malicious", "reason": "calls posix.system"},
            engines=[{"engine": "lading", "verdict": "malicious", "detail": "posix.system"}],
            format="pickle",
        ),
    ]


def _rest() -> list[ArtifactResult]:
    return [
        _artifact(RELEASE, "shop", version="4.2.0-rc.3", author="release-bot", created="2026-11-19T00:00:00Z"),
        _artifact(
            COMMIT,
            digest("commit")[:12],
            ".git",
            authored="2026-11-18T12:00:00Z",
            author=HOSTILE[5],
            repository="https://git.example/shop",
            history={"parents": [], "complete": False},
        ),
        _artifact(
            RUN,
            "train-ranker 881",
            "mlruns.db (table runs, row 881)",
            code={"commit": digest("commit")[:40], "dirty": False},
            started="2026-11-01T06:00:00Z",
            ended="2026-11-01T08:00:00Z",
            status="FINISHED",
            by="train-bot",
            parameters=[{"name": "max_depth", "value": "6"}],
            metrics=[{"name": "auc", "value": "0.91"}],
        ),
        _artifact(
            DEPLOYED_SCORER,
            "prod-eu/scorer",
            "deploy/scorer.yaml (line 12)",
            environment="production",
            image_pinned={"by_digest": True},
        ),
        _artifact(
            DEPLOYED_OCR,
            "prod-eu/ocr",
            "deploy/ocr.yaml (line 4)",
            environment="production",
            image_pinned={"by_digest": False},
        ),
        _artifact(PIPELINE, "train", "ci/train.yaml", steps=[]),
        _artifact(NOTEBOOK, HOSTILE[10], f"notebooks/{HOSTILE[0]}.ipynb", secrets=[], installs=[]),
        _artifact(CARD, "README.md", "models/fraud/README.md", role="model_card"),
        _artifact(
            SIGNATURE,
            "model.sig",
            "models/fraud/model.sig",
            algorithm="ecdsa-p256",
            code="ok",
            identity="release@example.com",
            issuer="https://accounts.example.com",
            scheme="certificate",
            status="verified",
        ),
        _artifact(SIGNER, "release@example.com", trusted=True),
    ]


def _relationships() -> list[RelationshipResult]:
    def relate(source: str, type: str, target: str, proof: str, location: str, note: str = "") -> RelationshipResult:
        return RelationshipResult(source, type, target, proof, f"{source.partition(':')[0]}_reader", location, note)

    top = (
        COMMIT, CLAIMS, HOLDOUT, FRAUD, OCR, HOSTILE_MODEL, SCORER, OCR_WORKER, DEPLOYED_SCORER, DEPLOYED_OCR,
        PIPELINE, NOTEBOOK,
    )  # fmt: skip
    return [
        *(relate(RELEASE, "contains", target, "matched", ".") for target in top),
        *(relate(RELEASE, "depends_on", target, "declared", "requirements.txt") for target in (REQUESTS, JINJA2)),
        relate(REQUESTS, "depends_on", URLLIB3, "declared", "requirements.txt (line 7)"),
        relate(FRAUD, "contains", WEIGHTS, "matched", "models/fraud"),
        relate(OCR, "contains", PICKLE, "matched", "models/ocr"),
        relate(FRAUD, "trained_on", CLAIMS, "matched", "mlruns.db (table inputs, row 12)", "stage train"),
        relate(FRAUD, "tested_on", HOLDOUT, "declared", "mlruns.db (table inputs, row 13)"),
        relate(FRAUD, "derived_from", FRAUD_BASE, "inferred", "models/fraud/README.md (line 3)"),
        relate(FRAUD, "generated_by", RUN, "declared", "mlruns.db (table runs, row 881)"),
        relate(FRAUD, "signed_by", SIGNATURE, "signed", "models/fraud/model.sig"),
        relate(FRAUD, "described_by", CARD, "inferred", "models/fraud/README.md"),
        relate(SIGNATURE, "signed_by", SIGNER, "signed", "trust.yaml"),
        relate(CLAIMS, "derived_from", CLAIMS_RAW, "declared", "data/claims.parquet.dvc"),
        relate(RUN, "used", CLAIMS, "matched", "mlruns.db (table inputs, row 12)"),
        relate(RUN, "used", COMMIT, "declared", "mlruns.db (table tags)"),
        relate(RUN, "used", PIPELINE, "inferred", "ci/train.yaml"),
        relate(SCORER, "contains", FRAUD, "matched", "images/scorer.tar!layer 3"),
        relate(SCORER, "contains", LAYER, "matched", "images/scorer.tar"),
        relate(SCORER, "contains", REQUESTS, "matched", "images/scorer.tar!layer 2"),
        relate(SCORER, "contains", HOSTILE_PACKAGE, "declared", "images/scorer.tar!layer 2"),
        relate(SCORER, "built_from", COMMIT, "declared", "images/scorer.tar (labels)"),
        relate(SCORER, "based_on", BASE_IMAGE, "declared", "images/scorer.tar (labels)"),
        relate(OCR_WORKER, "contains", OCR, "matched", "images/ocr.tar!layer 1"),
        relate(DEPLOYED_SCORER, "runs", SCORER, "matched", "deploy/scorer.yaml (line 20)"),
        relate(DEPLOYED_SCORER, "serves", FRAUD, "inferred", "deploy/scorer.yaml (line 31)"),
        relate(DEPLOYED_OCR, "runs", OCR_WORKER, "inferred", "deploy/ocr.yaml (line 9)"),
    ]


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
        verdicts = [item.verdict for item in findings if item.rule == id]
        counts = [verdicts.count(word) for word in ("fail", "unknown", "error", "waived", "not_yet_effective")]
        passed = evaluated - sum(counts)
        reason = "the site switched it to warn" if id == "ML-010" else ""
        return RuleResult(id, bundle, title, severity, action, why, fix, controls, evaluated, passed, *counts, reason)

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
    artifacts = sorted([*_models(), *_data(), *_software(), *_rest()], key=lambda item: item.id)
    relationships = sorted(_relationships(), key=lambda item: (item.source, item.type, item.target))
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
