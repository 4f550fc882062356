"""AWS GuardDuty: open findings on the bucket or cluster that models and data come from or run in.

Source: GuardDuty API reference (GetFindings), and the same finding as EventBridge delivers it. Archived findings are not
open. Severity 7.0 and above is high, 4.0 and above medium, 9.0 and above critical.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json
from scanner.records import json_bounded
from scanner.records.plain import Plain, at, mapping, mappings, text
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "guardduty"
VERSION: Final = "1"
FINDINGS: Final = 10_000
_SEVERITIES: Final = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.0, "low"))


def wants(blob: Blob) -> bool:
    """JSON whose beginning names a finding of GuardDuty."""
    head = blob.head
    return (
        blob.name.endswith(".json")
        and head.lstrip()[:1] in (b"{", b"[")
        and ((b'"Findings"' in head and b'"AccountId"' in head) or b'"aws.guardduty"' in head)
    )


def collect(blob: Blob) -> Evidence:
    """Open findings by the bucket or cluster they are about. Raises NotExaminable when the file holds none."""
    data = json_bounded.loads(blob.text())
    found = _findings(data)
    if found is None:
        raise NotExaminable(UNREADABLE, "no list of GuardDuty findings")
    if len(found) > FINDINGS:
        raise NotExaminable(OVER_LIMIT, f"more than {FINDINGS} findings")
    builder = EvidenceBuilder(NAME)
    by_subject: dict[ArtifactRef, list[Json]] = defaultdict(list)
    for number, finding in enumerate(found):
        if at(finding, "service", "archived") is True:
            continue
        subjects = _subjects(finding)
        if not subjects:
            builder.missed(blob.at(f"finding {number + 1}"), UNREADABLE, "finding without a resource and an account")
        value: Json = {
            "id": text(finding.get("id")) or f"finding {number + 1}",
            "type": text(finding.get("type")) or "",
            "severity": _severity(finding.get("severity")),
            "updated": from_text(text(finding.get("updatedat"))),
        }
        for ref, name in subjects:
            builder.artifact(ref, name=name, resolved=False)
            by_subject[ref].append(value)
    for ref, values in by_subject.items():
        builder.state(ref, "runtime_findings", values, blob.location)
    return builder.build()


def _findings(data: Plain) -> list[Mapping[str, Plain]] | None:
    """Findings with lower-case keys: the API and its events write the same names in two ways."""
    if isinstance(data, list):
        members = mappings(data)
        inner = [mapping(at(one, "detail")) for one in members if one.get("source") == "aws.guardduty"]
    elif isinstance(at(data, "Findings"), list):
        inner = mappings(at(data, "Findings"))
    elif at(data, "source") == "aws.guardduty":
        inner = [mapping(at(data, "detail"))]
    else:
        return None
    return [mapping(_lower(one)) for one in inner]


def _lower(value: Plain) -> Plain:
    if isinstance(value, Mapping):
        return {key.lower(): _lower(member) for key, member in value.items()}
    return [_lower(one) for one in value] if isinstance(value, list) else value


def _subjects(finding: Mapping[str, Plain]) -> list[tuple[ArtifactRef, str]]:
    """Buckets as data by their address, clusters as deployments by their ARN, the account for everything else."""
    resource = mapping(finding.get("resource"))
    found: list[tuple[ArtifactRef, str]] = []
    for bucket in mappings(resource.get("s3bucketdetails")):
        if (name := text(bucket.get("name"))) is not None:
            found.append((identity.named("dataset", f"s3://{name}"), f"s3://{name}"))
    for key in ("eksclusterdetails", "ecsclusterdetails"):
        cluster = mapping(resource.get(key))
        if (name := text(cluster.get("arn")) or text(cluster.get("name"))) is not None:
            found.append((identity.record("deployment", "aws", "cluster", name), name))
    if not found and (account := text(finding.get("accountid")) or text(finding.get("account"))) is not None:
        found.append((identity.record("deployment", "aws", "account", account), f"account {account}"))
    return found


def _severity(value: Plain) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "unknown"
    return next((word for least, word in _SEVERITIES if value >= least), "unknown")
