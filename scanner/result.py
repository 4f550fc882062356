"""The scan result: the one truth that every report is rendered from.

Schema ``lading/scan-result/1``. :func:`to_json` and :func:`from_json` are exact inverses; the bytes of :func:`dumps`
depend on the result only.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

from scanner.errors import UsageError
from scanner.model import Json

SCHEMA: Final = "lading/scan-result/1"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One component that took part in the scan."""

    name: str
    version: str
    role: str
    """collector, inspector, enricher or engine."""


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    version: str
    plugins: tuple[Plugin, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One scanned path: its name relative to where the scan began, and a digest over its content."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class PolicyUsed:
    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A policy parameter that differs from its default, and what set it."""

    bundle: str
    name: str
    value: Json
    default: Json
    origin: str


@dataclass(frozen=True, slots=True)
class FileUsed:
    """A file that took part in the decision, by name without folder and digest of its bytes."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class TrustUsed:
    digest: str
    keys: int


@dataclass(frozen=True, slots=True)
class AdvisoriesUsed:
    digest: str
    snapshot_time: str | None
    ecosystems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unexamined:
    """A place that was not examined, the component that could not, and why."""

    location: str
    component: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Coverage:
    blobs: int
    examined: int
    not_examined: tuple[Unexamined, ...]
    bytes: int
    bytes_examined: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Which component stated something, and where it read it."""

    by: str
    location: str


@dataclass(frozen=True, slots=True)
class ArtifactResult:
    id: str
    kind: str
    name: str
    version: str | None
    purl: str | None
    digests: Mapping[str, str]
    size: int | None
    resolved: bool
    identity: str
    """Stable identity for waivers and fingerprints, without version and digest: ``model:fraud``."""
    locations: tuple[str, ...]
    evidence: Mapping[str, Json]
    stated_by: Mapping[str, tuple[Origin, ...]]
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RelationshipResult:
    source: str
    type: str
    target: str
    proof: str
    by: str
    location: str
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """One relationship on a witness path, read from the subject towards the culprit."""

    type: str
    proof: str
    target: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A value printed behind a finding's sentence."""

    path: str
    value: Json


@dataclass(frozen=True, slots=True)
class WaiverResult:
    """A waiver as it applied: ``state`` is active, expiring, expired or unused."""

    id: str
    state: str
    rule: str
    item: str
    reason: str
    owner: str
    approved_by: str
    ticket: str
    created: str
    expires: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule applied to an artifact, with a verdict other than pass.

    ``verdict`` is fail, unknown, error, waived or not_yet_effective; ``path`` leads from ``subject`` to the culprit
    (empty when the subject itself is at fault); ``about`` is the key of the list member at fault.
    """

    id: str
    fingerprint: str
    rule: str
    bundle: str
    title: str
    severity: str
    action: str
    verdict: str
    subject: str
    condition: str
    message: str
    about: str
    shown: tuple[Shown, ...]
    path: tuple[Step, ...]
    locations: tuple[str, ...]
    """Places to look at: where the culprit (or the subject) was found."""
    why: str
    fix: str
    controls: tuple[str, ...]
    references: tuple[str, ...]
    effective_on: str | None
    new: bool
    waiver: WaiverResult | None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How often each verdict of a rule was given; ``reason`` explains a rule that is switched off or loosened."""

    id: str
    bundle: str
    title: str
    severity: str
    action: str
    why: str
    fix: str
    controls: tuple[str, ...]
    evaluated: int
    passed: int
    failed: int
    unknown: int
    error: int
    waived: int
    not_yet_effective: int
    reason: str


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything a scan found and decided. Times are RFC 3339 in UTC; paths are relative to the scanned roots."""

    schema: str
    tool: Tool
    as_of: str
    as_of_source: str
    """``clock``, ``SOURCE_DATE_EPOCH``, ``option`` or ``configuration``."""
    release: str
    """Artifact id of the scanned release."""
    inputs: tuple[Input, ...]
    policy: tuple[PolicyUsed, ...]
    parameters: tuple[Parameter, ...]
    trust: TrustUsed | None
    advisories: AdvisoriesUsed | None
    waiver_file: FileUsed | None
    baseline: FileUsed | None
    gate: str
    """``all`` or ``new``."""
    verdict: str
    """``pass``, ``fail`` or ``incomplete``."""
    exit_code: int
    blocking: int
    """Findings that block: fail at action block (only new ones with gate ``new``)."""
    undecided: int
    """Findings that leave the scan incomplete: unknown or error at action block."""
    coverage: Coverage
    artifacts: tuple[ArtifactResult, ...]
    relationships: tuple[RelationshipResult, ...]
    findings: tuple[Finding, ...]
    waivers: tuple[WaiverResult, ...]
    rules: tuple[RuleResult, ...]
    notices: tuple[str, ...]
    """Loosened overrides, old rule ids, times in the past: sentences that every report prints."""


_RENAMED: Final = {"source": "from", "target": "to"}
"""Words of the JSON contract that Python keeps for itself; used for relationships only."""

T = TypeVar("T")
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


@cache
def _members(cls: type) -> tuple[tuple[str, str], ...]:
    """(JSON key, attribute) of each field of a record; nothing for any other class."""
    if not dataclasses.is_dataclass(cls):
        return ()
    renamed = _RENAMED if cls is RelationshipResult else {}
    return tuple((renamed.get(item.name, item.name), item.name) for item in dataclasses.fields(cls))


def to_json(value: Any) -> Any:
    """The plain JSON form of a result or of a part of it; mappings sorted by key."""
    if value.__class__ in _PLAIN:
        return value
    if members := _members(value.__class__):
        return {key: to_json(getattr(value, name)) for key, name in members}
    if isinstance(value, Mapping):
        return {str(key): to_json(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def pieces(result: ScanResult) -> Iterator[str]:
    """The JSON text of the result, piece by piece: each artifact, relationship, finding and rule on a line of its own."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    before = "{\n"
    for key, name in _members(ScanResult):
        value = getattr(result, name)
        yield f'{before}"{key}": '
        before = ",\n"
        if not isinstance(value, tuple) or not value:
            yield encode(to_json(value))
            continue
        for number, member in enumerate(value):
            yield (",\n" if number else "[\n") + encode(to_json(member))
        yield "\n]"
    yield "\n}\n"


def dumps(result: ScanResult) -> str:
    """The result as JSON text with a final newline."""
    return "".join(pieces(result))


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _build(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _build_record(hint, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise UsageError(f"{where}: a list is expected; render from a result that this version wrote")
        item = typing.get_args(hint)[0]
        return tuple(_build(item, member, f"{where}[{index}]") for index, member in enumerate(value))
    if origin in (typing.Union, types.UnionType):
        records = [arg for arg in typing.get_args(hint) if dataclasses.is_dataclass(arg)]
        return _build(records[0], value, where) if records and value is not None else value
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise UsageError(f"{where}: a mapping is expected; render from a result that this version wrote")
        member_hint = typing.get_args(hint)[1]
        return {key: _build(member_hint, member, f"{where}.{key}") for key, member in value.items()}
    if isinstance(hint, type) and not (isinstance(value, hint) and (hint is bool or not isinstance(value, bool))):
        raise UsageError(f"{where}: {hint.__name__} is expected; render from a result that this version wrote")
    return value


def _build_record(cls: type[T], value: Any, where: str) -> T:
    renamed = _RENAMED if cls is RelationshipResult else {}
    hints = _hints(typing.cast(Any, cls))
    names = {renamed.get(name, name): name for name in hints}
    if not isinstance(value, dict) or set(value) != set(names):
        raise UsageError(f"{where}: not a {cls.__name__} of {SCHEMA}; render from a result that this version wrote")
    return cls(**{names[key]: _build(hints[names[key]], member, f"{where}.{key}") for key, member in value.items()})


def from_json(value: Any) -> ScanResult:
    """The result that :func:`to_json` wrote. Raises UsageError, with the place, for anything else."""
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise UsageError(f"result: schema {SCHEMA} is expected; give a file written by lading scan --output json=FILE")
    return _build_record(ScanResult, value, "result")


def loads(text: str | bytes, where: str) -> ScanResult:
    """Read a result file's text; ``where`` names it in errors. Raises UsageError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{where}: not JSON; give a file written by lading scan --output json=FILE") from None
    return from_json(value)
