"""Findings, hand-written after the API reference; the member names agree with the service model of the AWS SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.collectors import guardduty
from scanner.errors import NotExaminable
from scanner.model import Evidence
from scanner.sources.blob import blob_of_bytes

BUCKET = {"ResourceType": "S3Bucket", "S3BucketDetails": [{"Arn": "arn:aws:s3:::models", "Name": "models"}]}


def finding(id: str = "f1", severity: Any = 8.0, archived: bool = False, **resource: Any) -> dict[str, Any]:
    return {
        "AccountId": "123456789012",
        "Id": id,
        "Type": "Exfiltration:S3/AnomalousBehavior",
        "Severity": severity,
        "UpdatedAt": "2025-10-01T10:00:00.000Z",
        "Resource": resource or BUCKET,
        "Service": {"Archived": archived, "Count": 1},
    }


def collected(document: Any) -> Evidence:
    blob = blob_of_bytes("security/findings.json", json.dumps(document).encode())
    assert guardduty.wants(blob)
    return guardduty.collect(blob)


def test_an_open_finding_is_said_of_its_bucket() -> None:
    evidence = collected({"Findings": [finding(), finding("f2", archived=True)]})
    (said,) = evidence.statements
    assert str(said.subject) == "dataset:name:s3://models"
    assert said.value == [
        {
            "id": "f1",
            "type": "Exfiltration:S3/AnomalousBehavior",
            "severity": "high",
            "updated": "2025-10-01T10:00:00Z",
        }
    ]


def test_a_finding_on_a_cluster_is_said_of_a_deployment() -> None:
    arn = "arn:aws:eks:eu-west-1:123456789012:cluster/fraud"
    evidence = collected({"Findings": [finding(ResourceType="EKSCluster", EksClusterDetails={"Arn": arn})]})
    assert [str(item.subject) for item in evidence.statements] == [f"deployment:record:aws/cluster#{arn}"]


def test_the_same_finding_as_an_event() -> None:
    detail = {"id": "f1", "severity": 2, "resource": {"s3BucketDetails": [{"name": "models"}]}, "service": {}}
    event = {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": detail}
    for document in (event, [event]):
        assert [item.value[0]["severity"] for item in collected(document).statements] == ["low"]  # type: ignore
    detail["service"] = {"archived": True}
    assert collected(event).statements == ()


@pytest.mark.parametrize(
    ("severity", "word"),
    [(9.1, "critical"), (7, "high"), (4.0, "medium"), (0.1, "low"), ("8", "unknown"), (-1, "unknown")],
)
def test_severities(severity: Any, word: str) -> None:
    assert [item.value[0]["severity"] for item in collected({"Findings": [finding(severity=severity)]}).statements] == [word]  # type: ignore  # fmt: skip


def test_a_finding_on_something_else_is_said_of_the_account() -> None:
    evidence = collected({"Findings": [finding(ResourceType="Instance")]})
    assert [str(item.subject) for item in evidence.statements] == ["deployment:record:aws/account#123456789012"]


def test_a_finding_on_nothing_is_told() -> None:
    evidence = collected({"AccountId": 1, "Findings": [{"Id": "x"}]})
    assert evidence.statements == ()
    assert [item.detail for item in evidence.not_examined] == ["finding without a resource and an account"]


@pytest.mark.parametrize("findings", [[3], [[]], [{"Resource": 3}], [{"Resource": {"S3BucketDetails": 3}}]])
def test_wrong_shapes_state_nothing(findings: Any) -> None:
    assert collected({"AccountId": "1", "Findings": findings}).statements == ()


@pytest.mark.parametrize("document", [{"AccountId": 1, "Findings": 3}, {"AccountId": 1, "Findings": [{}] * 10_001}])
def test_what_is_no_list_of_findings_is_not_examinable(document: Any) -> None:
    with pytest.raises(NotExaminable):
        collected(document)


def test_other_json_is_not_wanted() -> None:
    assert not guardduty.wants(blob_of_bytes("a.json", b'{"Findings": [{"Id": "x"}]}'))
