"""Reason codes of objects and templates that texts describe: skops, YAML, chat templates, jsonpickle."""

from __future__ import annotations

from typing import Final

from scanner.inspectors.codes.terms import (
    MALICIOUS,
    PROMPT_LOGIC,
    REPLACE,
    REVIEW,
    TEMPLATE,
    UNKNOWN,
    UNSAFE_ARTIFACT,
    ReasonCode,
)

ROWS: Final[dict[str, ReasonCode]] = {
    "skops-denied-reference": ReasonCode(
        MALICIOUS, "names a function or class with a denied effect", 502, UNSAFE_ARTIFACT, REPLACE
    ),
    "skops-unlisted-reference": ReasonCode(
        UNKNOWN, "names a function or class on neither list", 502, UNSAFE_ARTIFACT, REVIEW
    ),
    "template-special-attribute": ReasonCode(
        "malicious; unknown for one underscore",
        "reaches for an attribute of Python's own",
        1336,
        PROMPT_LOGIC,
        TEMPLATE,
    ),
    "template-computed-attribute": ReasonCode(
        UNKNOWN, "a name is put together from parts", 1336, PROMPT_LOGIC, TEMPLATE
    ),
    "template-global": ReasonCode(
        UNKNOWN, "reaches into a helper of the template engine", 1336, PROMPT_LOGIC, TEMPLATE
    ),
    "template-include": ReasonCode(UNKNOWN, "loads another template", 1336, PROMPT_LOGIC, TEMPLATE),
    "template-conditional-address": ReasonCode(
        UNKNOWN, "says an address or script when a message holds certain words", 506, PROMPT_LOGIC, TEMPLATE
    ),
    "template-syntax": ReasonCode(UNKNOWN, "the template cannot be parsed", 1286, PROMPT_LOGIC, TEMPLATE),
    "yaml-denied-reference": ReasonCode(
        MALICIOUS, "a Python tag names something with a denied effect", 502, UNSAFE_ARTIFACT, REPLACE
    ),
    "yaml-unlisted-reference": ReasonCode(
        UNKNOWN, "a Python tag makes an object on neither list", 502, UNSAFE_ARTIFACT, REVIEW
    ),
    "target-denied-reference": ReasonCode(MALICIOUS, "a configuration target runs code", 470, UNSAFE_ARTIFACT, REPLACE),
    "target-unlisted-reference": ReasonCode(
        UNKNOWN, "a target of a model_config file is on neither list", 470, UNSAFE_ARTIFACT, REVIEW
    ),
    "resolver-evaluates-code": ReasonCode(
        MALICIOUS, "a resolver of a configuration is given Python to evaluate", 95, UNSAFE_ARTIFACT, REPLACE
    ),
    "jsonpickle-denied-reference": ReasonCode(
        MALICIOUS, "jsonpickle imports or calls something with a denied effect", 502, UNSAFE_ARTIFACT, REPLACE
    ),
    "jsonpickle-evaluates-text": ReasonCode(MALICIOUS, "jsonpickle evaluates a text", 95, UNSAFE_ARTIFACT, REPLACE),
    "jsonpickle-unlisted-reference": ReasonCode(
        UNKNOWN, "jsonpickle builds an object on neither list", 502, UNSAFE_ARTIFACT, REVIEW
    ),
}
