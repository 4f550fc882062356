"""Names of Python objects in configurations: ``!!python`` tags of YAML, ``_target_`` of Hydra in YAML, JSON and TOML, and
resolvers of OmegaConf that evaluate what they are given.

Of YAML only the events of a document are read: nothing is composed, no alias is followed, no tag makes an object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.known_safe import exact_rule
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.references import verdict_of
from scanner.inspectors.statements import Import, Reason, state_imports, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records import toml_bounded
from scanner.sources.blob import Blob

NAME: Final = "yaml_targets"
VERSION: Final = "1"
SUFFIXES: Final = (".yaml", ".yml", ".json", ".toml")
LIMIT: Final = 8 << 20
EVENTS: Final = 1_000_000
DEPTH: Final = 64
"""libyaml takes quadratic time for nested values."""
TARGET: Final = "_target_"
MODEL_CONFIG: Final = "model_config"
"""Beginning of the names under which NeMo and others keep the configuration that builds a model."""
RUNS: Final = frozenset({"run", "registry", "traversal"})
"""Effects that no configuration asks for; loading files and models is what ordinary configurations do."""
ORDINARY: Final = (
    "os.path.",
    "os.getenv",
    "os.getcwd",
    "os.cpu_count",
    "os.environ",
    "hydra._internal.",
    "multiprocessing.",
)
"""Targets of ordinary configurations in modules that have worse to offer."""

_TAG: Final = re.compile(r"tag:yaml\.org,2002:python/(object/apply|object/new|object|name|module):(.*)\Z", re.DOTALL)
_RESOLVER: Final = re.compile(
    r"\$\{\s*[\w.]*\s*:[^}]{0,2000}?(?:__\w+__|\b(?:os\s*\.\s*(?:system|popen|exec\w*)|subprocess|exec\s*\(|eval\s*\())"
)
"""A resolver that is given Python with a denied effect; what it is called is for each project to choose."""
_RESOLVED: Final = rb"\$\{\s*[\w.]*\s*:[^}\n]{0,2000}?(?:__|subprocess|exec|eval|os\s*\.)"
_MARKS: Final = {
    ".json": re.compile(rb"_target_|\\u00[567]|" + _RESOLVED),
    ".toml": re.compile(rb"_target_|\\[uU]|" + _RESOLVED),
}
_YAML_MARKS: Final = re.compile(rb"!|_target_|\\[xuU]|" + _RESOLVED)
"""A document with a tag, a target or a resolver has one of these; escapes can spell the letters of a target."""


def wants(blob: Blob) -> bool:
    """Whether the name is that of a YAML or JSON configuration; YAML has nothing of its own to be told by."""
    return blob.name.endswith(SUFFIXES) and blob.size <= LIMIT


def inspect(blob: Blob) -> Evidence:
    """Denied names in one configuration; empty evidence for an ordinary one and for what is no YAML."""
    builder = EvidenceBuilder(NAME)
    data = blob.read(LIMIT)
    suffix = blob.name[-5:]
    if not _MARKS.get(suffix, _YAML_MARKS).search(data):
        return builder.build()
    strict = blob.name.startswith(MODEL_CONFIG)
    told = {*(_told_by_toml(data, strict=strict) if suffix == ".toml" else _told(data, strict=strict))}
    reasons = {one for one in told if isinstance(one, Reason)}
    if reasons or strict:
        state_imports(builder, blob, (one for one in told if isinstance(one, Import)))
    if reasons:
        state_reasons(builder, blob, reasons)
    return builder.build()


def _told(data: bytes, *, strict: bool) -> Iterator[Reason | Import]:
    before = ""
    for event in _events(data):
        line = f"line {event.start_mark.line + 1}"
        match = _TAG.match(str(getattr(event, "tag", None) or ""))
        if match:
            yield _named_by_tag(match[1], match[2])
            yield from _judge_tag(match[1], match[2], line)
        value = str(event.value) if hasattr(event, "value") else ""
        yield from _judge_value(before, value, line, strict=strict)
        before = value


def _told_by_toml(data: bytes, *, strict: bool) -> Iterator[Reason | Import]:
    """The same for TOML, whose reader makes plain data only; nothing for what is no TOML."""
    try:
        todo: list[Any] = [toml_bounded.loads(data.decode("utf-8-sig"))]
    except (NotExaminable, UnicodeDecodeError):
        return
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            for key, value in one.items():
                if isinstance(value, str):
                    yield from _judge_value(key, value, "whole file", strict=strict)
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)


def _judge_value(before: str, value: str, place: str, *, strict: bool) -> Iterator[Reason | Import]:
    """A scalar and what stands before it: the key it lies under, if it is a value."""
    if before == TARGET and value:
        yield Import(escape(value), "call", verdict_of(*_split(value)))
        yield from _judge_target(value, place, strict=strict)
    if "${" in value and _RESOLVER.search(value):
        yield Reason("resolver-evaluates-code", escape(value), place, "malicious")


def _events(data: bytes) -> Iterator[Any]:
    """Parser events up to the first error, which is where every loader stops too. Raises NotExaminable(over_limit)."""
    import yaml

    depth = 0
    try:
        for count, event in enumerate(yaml.parse(data, Loader=yaml.CBaseLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if count > EVENTS or depth > DEPTH:
                raise NotExaminable(OVER_LIMIT, "YAML with too many or too deeply nested values")
            yield event
    except (yaml.YAMLError, ValueError):
        return


def _split(name: str) -> tuple[str, str]:
    module, _, attribute = name.rpartition(".")
    return module or "builtins", attribute


def _named_by_tag(kind: str, name: str) -> Import:
    named = (name, "") if kind == "module" else _split(name)
    return Import(escape(name), "call" if kind.startswith("object") else "ref", verdict_of(*named))


def _judge_tag(kind: str, name: str, line: str) -> Iterator[Reason]:
    """``name`` and ``module`` tags only import; they appear in ordinary configurations of tools."""
    verdict = _named_by_tag(kind, name).verdict
    if verdict == "malicious" or (verdict == "unknown" and kind.startswith("object")):
        code = "yaml-denied-reference" if verdict == "malicious" else "yaml-unlisted-reference"
        yield Reason(code, f"!!python/{kind}:{escape(name)}", line, verdict)


def _judge_target(name: str, line: str, *, strict: bool) -> Iterator[Reason]:
    module, _, attribute = name.rpartition(".")
    shown = f"{TARGET} {escape(name)}"
    if not module or name.startswith(ORDINARY) or exact_rule(module, attribute) is not None:
        return
    if effect_of(module, attribute) in RUNS:
        yield Reason("target-denied-reference", shown, line, "malicious")
    elif strict and verdict_of(module, attribute) != "known-safe":
        yield Reason("target-unlisted-reference", shown, line, "unknown")
