"""The graph behind the sample result: artifacts of every kind, relationships of every proof class, hostile names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from scanner.model import Json
from scanner.result import ArtifactResult, Origin, RelationshipResult

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
            findings=[
                {
                    "id": "5f0c",
                    "code": "runs-code",
                    "title": "reference to something that runs code",
                    "detail": f"posix.system {HOSTILE[0]}",
                    "at": "offset 0x2f1c",
                    "member": None,
                    "offset": 0x2F1C,
                    "verdict": "malicious",
                    "engine": "lading",
                    "cwe": 94,
                    "atlas": "AML.T0011.000",
                    "help": "Do not load it.",
                }
            ],
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


def relationships() -> list[RelationshipResult]:
    """Links of every type and proof class between :func:`artifacts`."""

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


def artifacts() -> list[ArtifactResult]:
    """Two models with chains from data to deployment, one of them broken, their packages, and a hostile crowd."""
    return [*_models(), *_data(), *_software(), *_rest()]
