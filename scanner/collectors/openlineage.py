"""OpenLineage events: runs of jobs, the datasets they read and wrote, and the commit of their code.

Source: OpenLineage specification 2-0-2 (RunEvent). Events of one run are read together; only a run that completed produced
its outputs. A dataset version is free text: where it is a digest it claims the bytes, and joins only when they are found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Claim, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records import json_bounded
from scanner.records.plain import Plain, at, mapping, mappings, text
from scanner.records.references import is_commit, without_credentials
from scanner.records.secrets import redact
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "openlineage"
VERSION: Final = "1"
EVENTS: Final = 20_000
DATASETS: Final = 20_000
"""Inputs and outputs told of one file."""
_SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".log")
_BROKE: Final = frozenset({"FAIL", "ABORT"})
_STATUS: Final = ("FAIL", "ABORT", "COMPLETE", "RUNNING", "START")
"""States of a run; of several the first one here is told."""


def wants(blob: Blob) -> bool:
    """JSON, or lines of it, whose beginning names an event time and the OpenLineage schema."""
    known = blob.content if blob.content is not None else blob.head
    if not blob.name.lower().endswith(_SUFFIXES) or blob.head.lstrip()[:1] not in (b"{", b"["):
        return False
    return b'"eventTime"' in known and b"openlineage.io/spec/" in known


def collect(blob: Blob) -> Evidence:
    """Every run of the file with its job, inputs, outputs and times. Raises NotExaminable for what holds no event."""
    events = _Events(blob, EvidenceBuilder(NAME))
    for place, event in _events(blob, events.builder):
        events.read(place, event)
    if not events.runs and not events.builder.not_examined:
        raise NotExaminable(UNREADABLE, "no event of a run")
    for run in events.runs.values():
        events.state(run)
    return events.builder.build()


def _events(blob: Blob, builder: EvidenceBuilder) -> Iterator[tuple[Location, Mapping[str, Plain]]]:
    """The events of one document, or of one on each line."""
    content = blob.text()
    try:
        document = json_bounded.loads(content)
    except NotExaminable:
        lines = [
            (blob.at(f"line {number}"), line) for number, line in enumerate(content.splitlines(), 1) if line.strip()
        ]
        if len(lines) < 2:
            raise
        if len(lines) > EVENTS:
            raise NotExaminable(OVER_LIMIT, f"more than {EVENTS} events") from None
        for place, line in lines:
            try:
                yield place, mapping(json_bounded.loads(line))
            except NotExaminable as error:
                builder.missed(place, error.reason, error.detail)
        return
    events = [document] if isinstance(document, Mapping) else mappings(document)
    if len(events) > EVENTS:
        raise NotExaminable(OVER_LIMIT, f"more than {EVENTS} events")
    for number, event in enumerate(events, 1):
        yield blob.at(f"event {number}"), mapping(event)


@dataclass(frozen=True, slots=True)
class _Dataset:
    """One version of a dataset: known by its bytes where ``content`` is set, else by ``record``."""

    record: ArtifactRef
    label: str
    version: str
    content: ArtifactRef | None

    @property
    def proof(self) -> Proof:
        """How well a relationship to it is proved."""
        return Proof.DECLARED if self.content is None else Proof.MATCHED


@dataclass(slots=True)
class _Run:
    ref: ArtifactRef
    place: Location
    name: str
    states: set[str] = field(default_factory=set)
    times: dict[str, list[str]] = field(default_factory=dict)
    """Times of the events by state."""
    commit: str | None = None
    job: ArtifactRef | None = None
    inputs: dict[_Dataset, Location] = field(default_factory=dict)
    outputs: dict[_Dataset, Location] = field(default_factory=dict)


@dataclass(slots=True)
class _Events:
    blob: Blob
    builder: EvidenceBuilder
    runs: dict[ArtifactRef, _Run] = field(default_factory=dict)
    left: int = DATASETS

    def read(self, place: Location, event: Mapping[str, Plain]) -> None:
        """Add one event to its run; events of datasets and of jobs alone tell of no run and are passed over."""
        id = text(at(event, "run", "runId"), 100)
        namespace, name = _word(at(event, "job", "namespace")), _word(at(event, "job", "name"))
        if id is None or not name:
            return
        # Run ids are UUIDs; the namespace of the job keeps those of two teams apart.
        ref = identity.record("run", "openlineage", namespace, id.lower())
        run = self.runs.setdefault(ref, _Run(ref, place, name))
        run.job = identity.record("pipeline", "openlineage", namespace, name)
        state = (text(event.get("eventType")) or "OTHER").upper()
        run.states.add(state)
        if (time := from_text(text(event.get("eventTime")))) is not None:
            run.times.setdefault(state, []).append(time)
        source = mapping(at(event, "job", "facets", "sourceCodeLocation"))
        if text(source.get("type")) == "git" and is_commit(commit := text(source.get("version")) or ""):
            run.commit = commit.lower()
        for group, found in (("inputs", run.inputs), ("outputs", run.outputs)):
            for dataset in mappings(event.get(group)):
                if (one := self._dataset(dataset)) is not None:
                    found.setdefault(one, place)

    def _dataset(self, dataset: Mapping[str, Plain]) -> _Dataset | None:
        namespace, name = _word(dataset.get("namespace")), _word(dataset.get("name"))
        if not name:
            return None
        self.left -= 1
        if self.left < 0:
            raise NotExaminable(OVER_LIMIT, f"more than {DATASETS} datasets in events")
        version = _word(at(dataset, "facets", "version", "datasetVersion"))
        record = identity.record("dataset", "openlineage", namespace, name)
        return _Dataset(record, f"{namespace}/{name}" if namespace else name, version, _content(version))

    def state(self, run: _Run) -> None:
        """Say what the events of one run say together."""
        builder, place = self.builder, run.place
        builder.artifact(run.ref, place, name=run.name)
        status = next((state for state in _STATUS if state in run.states), "unknown")
        builder.state(run.ref, "status", status.lower(), place)
        self._state_times(run)
        builder.state(run.ref, "code", {"commit": run.commit, "dirty": None}, place)
        if run.commit is not None:
            commit = builder.artifact(identity.commit(run.commit), name=run.commit[:12], resolved=False)
            builder.relate(run.ref, "used", commit, Proof.DECLARED, place)
        if run.job is not None:
            builder.artifact(run.job, place, name=run.name, resolved=False)
            builder.relate(run.ref, "used", run.job, Proof.DECLARED, place)
        for dataset, where in run.inputs.items():
            builder.relate(run.ref, "used", self._stated(dataset, where), dataset.proof, where)
        if "COMPLETE" in run.states and not _BROKE & run.states:
            for dataset, where in run.outputs.items():
                builder.relate(self._stated(dataset, where), "generated_by", run.ref, dataset.proof, where)

    def _stated(self, dataset: _Dataset, place: Location) -> ArtifactRef:
        """State a dataset by the digest that its version is, else by its name in its namespace."""
        content = dataset.content
        if content is None:
            version = dataset.version or None
            return self.builder.artifact(dataset.record, name=dataset.label, version=version, resolved=False)
        self.builder.artifact(dataset.record, name=dataset.label, resolved=False)
        self.builder.artifact(content, name=dataset.label, version=dataset.version, resolved=False)
        if identity.scheme_of(content) != "sha256":
            self.builder.claims.append(Claim(content))
        self.builder.relate(content, "version_of", dataset.record, Proof.DECLARED, place)
        return content

    def _state_times(self, run: _Run) -> None:
        ends = [time for state in ("COMPLETE", *sorted(_BROKE)) for time in run.times.get(state, ())]
        found = {"started": min(run.times.get("START", ()), default=None), "ended": max(ends, default=None)}
        dates: list[Json] = []
        for group, time in found.items():
            if time is not None:
                self.builder.state(run.ref, group, time, run.place)
                dates.append({"id": group, "what": f"run {group}", "time": time, "basis": "record"})
        self.builder.state(run.ref, "dates", dates, run.place)


def _word(value: Plain) -> str:
    """Foreign text without credentials and secrets; empty for what is no text."""
    found = text(value) or ""
    return redact(without_credentials(found) if "://" in found else found)


def _content(version: str) -> ArtifactRef | None:
    """The dataset whose digest a version is; None for numbers, labels and snapshot ids."""
    for algorithm in ("sha256", "sha1", "md5"):
        value = version.removeprefix(f"{algorithm}:")
        if len(value) == identity.HEX_LENGTH[algorithm] and (digest := identity.hex_digest(algorithm, value)):
            return identity.content("dataset", digest, algorithm)
    return None
