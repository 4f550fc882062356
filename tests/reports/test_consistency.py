"""One result says the same in every format: verdict, exit code, both counts, and what it rests on."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from scanner.errors import UsageError
from scanner.reports import summary
from scanner.reports.registry import FORMATS, format_named
from scanner.result import Coverage, ScanResult
from tests.reports.sample_result import sample_result, with_findings

NOTHING = replace(
    sample_result(), verdict="pass", exit_code=0, blocking=0, undecided=0, findings=(), notices=(), waivers=(),
    coverage=Coverage(3, 3, (), 10, 10), trust=None, advisories=None, policy=(), parameters=(), rules=(),
)  # fmt: skip
UNDECIDED = with_findings(
    replace(sample_result(), verdict="incomplete", exit_code=3),
    *(item for item in sample_result().findings if not (item.verdict == "fail" and item.action == "block")),
)

Facts = dict[str, str]
WANTED = (  # in the JSON result the digest over all policies is not stored, but computed by its readers
    "tool", "as_of", "policy_digest", "verdict", "exit_code", "blocking", "undecided", "not_examined",
)  # fmt: skip


def _properties(pairs: list[dict[str, Any]]) -> Facts:
    return {item["name"].removeprefix("lading:"): item["value"] for item in pairs}


def _json(data: bytes) -> Facts:
    value = json.loads(data)
    counts = {name: str(value[name]) for name in ("verdict", "exit_code", "blocking", "undecided")}
    return counts | {
        "tool": f"{value['tool']['name']} {value['tool']['version']}",
        "as_of": f"{value['as_of']} ({value['as_of_source']})",
        "not_examined": str(len(value["coverage"]["not_examined"])),
    }


def _sarif(data: bytes) -> Facts:
    (run,) = json.loads(data)["runs"]
    facts = {name.removeprefix("lading:"): value for name, value in run["properties"].items()}
    assert str(run["invocations"][0]["exitCode"]) == facts["exit_code"]
    words = [item["properties"]["lading:disposition"] for item in run["results"]]
    assert (words.count("blocked"), words.count("undecided")) == (int(facts["blocking"]), int(facts["undecided"]))
    return facts


def _junit(data: bytes) -> Facts:
    root = ElementTree.fromstring(data)
    facts = _properties([dict(item.attrib) for item in root.iter("property")])
    assert (root.get("failures"), root.get("errors")) == (facts["blocking"], facts["undecided"])
    return facts


def _csv(data: bytes) -> Facts:
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    words = [row["disposition"] for row in rows]
    assert str(words.count("blocked")) == rows[0]["blocking"]
    assert str(words.count("undecided")) == rows[0]["undecided"]
    assert str([row["record"] for row in rows].count("not_examined")) == rows[0]["not_examined"]
    return rows[0]


def _cyclonedx(data: bytes) -> Facts:
    return _properties(json.loads(data)["metadata"]["properties"])


def _cyclonedx_xml(data: bytes) -> Facts:
    properties = ElementTree.fromstring(data).findall("{*}metadata/{*}properties/{*}property")
    return _properties([{"name": item.get("name"), "value": item.text or ""} for item in properties])


def _graphml(data: bytes) -> Facts:
    found = ElementTree.fromstring(data).findall("{*}graph/{*}data")
    return {item.get("key", "").removeprefix("graph-"): item.text or "" for item in found}


def _dot(data: bytes) -> Facts:
    return dict(re.findall(r"^// (\w+): (.*)$", data.decode(), re.M))


def _words(data: bytes) -> Facts:
    """The sentences of the formats for people."""
    text = data.decode()
    counts = re.search(r"(\d+) blocking findings?, (\d+) undecided, (\d+) places? not examined", text)
    exit_code = re.search(r"exit (\d)", text)
    verdict = re.search(r"(May ship|Blocked|Incomplete):", text)
    as_of = re.search(r"as of (\S+Z)", text)
    assert counts and exit_code and verdict and as_of
    assert "lading 0.1.0" in text
    return {
        "blocking": counts[1],
        "undecided": counts[2],
        "not_examined": counts[3],
        "exit_code": exit_code[1],
        "verdict": {"May ship": "pass", "Blocked": "fail", "Incomplete": "incomplete"}[verdict[1]],
        "as_of": f"{as_of[1]} (option)",
    }


READERS: dict[str, Callable[[bytes], Facts]] = {
    "text": _words,
    "json": _json,
    "sarif": _sarif,
    "junit": _junit,
    "markdown": _words,
    "csv": _csv,
    "cyclonedx": _cyclonedx,
    "cyclonedx-1.6": _cyclonedx,
    "cyclonedx-1.7": _cyclonedx,
    "cyclonedx-xml": _cyclonedx_xml,
    "vex-cyclonedx": _cyclonedx,
    "graphml": _graphml,
    "dot": _dot,
}


def test_every_format_has_a_reader() -> None:
    assert set(READERS) == set(FORMATS) - {"html"}


@pytest.mark.parametrize("result", [sample_result(), NOTHING, UNDECIDED], ids=["blocked", "clean", "undecided"])
@pytest.mark.parametrize("name", sorted(READERS))
def test_formats_agree(name: str, result: ScanResult) -> None:
    expected = summary.facts(result)
    found = READERS[name](FORMATS[name].render(result))
    shared = {key: found[key] for key in WANTED if found.get(key)}
    assert shared == {key: expected[key] for key in shared}
    assert {"exit_code", "verdict", "blocking", "undecided", "not_examined", "as_of"} <= set(shared)


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_the_policy_digest_is_shown_to_people_too(name: str) -> None:
    assert summary.policy_digest(sample_result())[:12] in FORMATS[name].render(sample_result()).decode()


def test_an_unknown_format_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="--output pdf: unknown format; choose one of csv, cyclonedx"):
        format_named("pdf")
