from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest

from scanner.errors import PolicyError
from scanner.policy.schema import schema, validate
from scanner.policy.yaml_loader import Document
from scanner.vocabulary import KINDS, RELATIONSHIPS

POLICY: dict[str, Any] = {
    "schema": "policy/v1",
    "bundle": {"name": "p", "version": "1.0.0"},
    "extends": [
        {
            "bundle": "q",
            "path": "q.yaml",
            "digest": "sha256:" + "0" * 64,
            "override": [{"rule": "QQ-001", "reason": "moved later", "effective_on": "2027-01-31"}],
        }
    ],
    "params": {"limit": {"type": "duration", "default": "3d"}},
    "rules": [
        {
            "id": "AA-001",
            "title": "A rule",
            "severity": "low",
            "select": {"kind": "model"},
            "require": [{"that": "true", "say": "is wrong"}],
            "lineage": [{"some": "dataset", "along": ["trained_on"], "say": "has no data", "proof": "matched"}],
        }
    ],
}
WAIVERS: dict[str, Any] = {
    "schema": "waivers/v1",
    "waivers": [
        {
            "id": "W-1",
            "rule": "AA-001",
            "item": {"kind": "model", "name": "m"},
            "reason": "accepted until the end of the year",
            "owner": "a@example.com",
            "approved_by": "b@example.com",
            "ticket": "T-1",
            "created": "2026-01-01",
            "expires": "2026-03-01",
        }
    ],
}
REMOVE = object()


def changed(base: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(base)
    holder: Any = document
    *names, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for name in names:
        holder = holder[name]
    if value is REMOVE:
        del holder[last]
    else:
        holder[last] = value
    return document


def ours(document: dict[str, Any]) -> str | None:
    try:
        validate(Document("p.yaml", "", document, {}), str(document.get("schema")))
    except PolicyError as error:
        return str(error)
    return None


def theirs(document: dict[str, Any]) -> bool:
    checker = jsonschema.FormatChecker()
    return jsonschema.Draft202012Validator(schema(), format_checker=checker).is_valid(document)


RULE, LINEAGE, WAIVER = "rules.0", "rules.0.lineage.0", "waivers.0"
BAD: list[tuple[dict[str, Any], str, Any, str]] = [
    (POLICY, "rulez", [], "did you mean 'rules'"),
    (POLICY, f"{RULE}.severty", "low", "did you mean 'severity'"),
    (POLICY, f"{RULE}.severity", "hgih", "did you mean 'high'"),
    (POLICY, f"{RULE}.id", "aa-1", "form"),
    (POLICY, f"{RULE}.title", "two\nlines", "form"),
    (POLICY, f"{RULE}.title", REMOVE, "'title' is missing"),
    (POLICY, f"{RULE}.select.kind", "modle", "did you mean 'model'"),
    (POLICY, f"{RULE}.select.kind", [], "at least 1"),
    (POLICY, f"{RULE}.select.kind", ["model", "model"], "twice"),
    (POLICY, f"{RULE}.require.0.that", "true\n", "form"),
    (POLICY, f"{RULE}.require.0.that", "x" * 301, "longer than 300"),
    (POLICY, f"{RULE}.require.0.that", True, "a text is expected"),
    (POLICY, f"{RULE}.references", ["http://x"], "form"),
    (POLICY, f"{LINEAGE}.none", "dataset", "exactly one of"),
    (POLICY, f"{LINEAGE}.every", "dataset", "that' is missing"),
    (POLICY, f"{LINEAGE}.along", ["trained_no"], "did you mean 'trained_on'"),
    (POLICY, LINEAGE, {"every": "dataset", "along": ["trained_on"], "say": "no that"}, "'that' is missing"),
    (POLICY, LINEAGE, {"none": "dataset", "along": ["trained_on"], "say": "xxx", "proof": "signed"}, "only with"),
    (POLICY, "rules", [], "at least"),
    (POLICY, "params.limit.default", "3 months", "form"),
    (POLICY, "params.limit.default", 3, "a text is expected"),
    (POLICY, "params.limit.type", "date", "not known"),
    (POLICY, "extends.0.digest", REMOVE, "'digest' is missing"),
    (POLICY, "extends.0.path", "../q.yaml", "form"),
    (POLICY, "extends.0.path", "/q.yaml", "form"),
    (POLICY, "extends.0.override.0.select", {"kind": "model"}, "unknown key"),
    (POLICY, "extends.0.override.0.effective_on", "2027-02-30", "calendar"),
    (WAIVERS, f"{WAIVER}.expires", REMOVE, "'expires' is missing"),
    (WAIVERS, f"{WAIVER}.item.line", 3, "unknown key"),
    (WAIVERS, f"{WAIVER}.rule", "AA-*", "form"),
    (WAIVERS, f"{WAIVER}.via", {"kind": "model"}, "exactly one of"),
    (WAIVERS, f"{WAIVER}.bind", "digest", "'digest' is missing"),
    (WAIVERS, f"{WAIVER}.item", {"kind": "file", "path": "/etc/passwd"}, "form"),
    (WAIVERS, f"{WAIVER}.item", {"kind": "file", "path": "a", "name": "b"}, "exactly one of"),
    (WAIVERS, f"{WAIVER}.expires", "31.12.2026", "form"),
    (WAIVERS, f"{WAIVER}.verdicts", ["error"], "not known"),
    (WAIVERS, f"{WAIVER}.reason", "because", "shorter"),
]


@pytest.mark.parametrize(("base", "path", "value", "problem"), BAD, ids=lambda one: one if isinstance(one, str) else "")
def test_wrong_documents_are_refused_as_jsonschema_refuses_them(
    base: dict[str, Any], path: str, value: Any, problem: str
) -> None:
    document = changed(base, path, value)
    if path == "rules":
        del document["extends"]
    message = ours(document)
    assert message is not None and problem in message and message.startswith("p.yaml")
    if not str(value).endswith("\n"):
        assert not theirs(document)


def test_via_and_about_exclude_each_other() -> None:
    document = changed(WAIVERS, f"{WAIVER}.via", {"kind": "dataset", "name": "d"})
    assert ours(document) is None
    assert "via and about exclude each other" in (ours(changed(document, f"{WAIVER}.about", "GHSA-1")) or "")


@pytest.mark.parametrize("document", [POLICY, WAIVERS])
def test_right_documents_pass_both(document: dict[str, Any]) -> None:
    assert ours(document) is None
    assert theirs(document)


def keywords(rule: Any) -> set[str]:
    if isinstance(rule, list):
        return {word for one in rule for word in keywords(one)}
    if not isinstance(rule, dict):
        return set()
    maps = {"properties", "$defs", "dependentSchemas"}
    inner = {word for key, one in rule.items() for word in keywords(list(one.values()) if key in maps else one)}
    return inner | set(rule)


def test_the_schema_uses_only_keywords_that_are_enforced() -> None:
    enforced = {"type", "const", "enum", "minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "items"}
    enforced |= {
        "uniqueItems",
        "prefixItems",
        "properties",
        "additionalProperties",
        "propertyNames",
        "required",
        "$ref",
    }
    enforced |= {"minProperties", "dependentSchemas", "allOf", "anyOf", "oneOf", "not", "if", "then"}
    assert keywords(schema()) - enforced <= {"$schema", "$id", "$defs", "title", "description"}


def test_the_schema_knows_the_kinds_and_relationships_of_the_vocabulary() -> None:
    assert set(schema()["$defs"]["kind"]["enum"]) == set(KINDS)
    assert set(schema()["$defs"]["relationshipType"]["enum"]) == set(RELATIONSHIPS)


def test_control_characters_of_a_file_do_not_reach_the_terminal() -> None:
    message = ours(changed(POLICY, "rules.0.\x1b[31mred", 1)) or ""
    assert "unknown key" in message and message.isprintable()


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
