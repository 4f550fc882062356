"""Weights & Biases runs (``.wandb`` logs): parameters, results, and the data and models a run logged or used.

Field numbers as in the client 0.31. The digest of an artifact is W&B's own and joins nothing; its files are known by md5
where the log says md5, and by nothing where it says XXH128. Host, user and paths of the machine are not read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import Alias, ArtifactRef, Claim, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.protobuf import Message, fields
from scanner.records.references import is_commit, without_credentials
from scanner.records.secrets import redacted_value
from scanner.records.times import from_milliseconds
from scanner.records.wandb_log import MAGIC, records
from scanner.sources.blob import Blob

NAME: Final = "wandb"
VERSION: Final = "1"
FILES: Final = 100_000
"""Files of artifacts told of one run."""
VALUES: Final = 2_000
"""Parameters, and results, told of one run."""
_SUMMARY, _CONFIG, _ARTIFACT, _RUN, _EXIT, _USED = 3, 5, 8, 17, 18, 25
_READ: Final = frozenset({_SUMMARY, _CONFIG, _ARTIFACT, _RUN, _EXIT, _USED})
_KINDS: Final = frozenset({"dataset", "model"})


def wants(blob: Blob) -> bool:
    """A log, told by its name and its first bytes."""
    return blob.name.endswith(".wandb") and blob.head.startswith(MAGIC)


def collect(blob: Blob) -> Evidence:
    """The run of the log. Raises NotExaminable for a log that breaks off before it names its run."""
    log = _Log()
    broken: NotExaminable | None = None
    try:
        for data in records(blob):
            log.read(data)
    except NotExaminable as error:
        broken = error
    if log.run is None:
        raise broken or NotExaminable(UNREADABLE, "log without a run")
    builder = EvidenceBuilder(NAME)
    if broken is not None:
        builder.missed(blob.location, broken.reason, broken.detail)
    _Stated(blob, builder, log.run, log).state()
    return builder.build()


@dataclass(slots=True)
class _Log:
    """What the records say, before any of it is stated."""

    run: Message | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    logged: list[Message] = field(default_factory=list)
    used: list[Message] = field(default_factory=list)
    exit: Message | None = None

    def read(self, data: memoryview) -> None:
        """Keep one record; history, output and system measurements are most of a log and are passed over."""
        for number, value in fields(data):
            if number not in _READ or not isinstance(value, memoryview):
                continue
            message = Message(value)
            if number == _RUN:
                self.run = message
                _update(self.parameters, message.message(4))
            elif number == _CONFIG:
                _update(self.parameters, message)
            elif number == _SUMMARY:
                _update(self.metrics, message)
            elif number == _EXIT:
                self.exit = message
            else:
                (self.logged if number == _ARTIFACT else self.used).append(message)


def _update(values: dict[str, str], changes: Message) -> None:
    """Apply the changes of a record of keys and JSON values; names that begin with ``_`` are W&B's own."""
    for change in changes.messages(1):
        name = (change.text(1) or ".".join(change.texts(2)))[:200]
        if name and not name.startswith("_") and (name in values or len(values) < VALUES):
            values[name] = change.text(16)[:500]


@dataclass(slots=True)
class _Stated:
    blob: Blob
    builder: EvidenceBuilder
    run: Message
    log: _Log
    left: int = FILES

    @property
    def store(self) -> str:
        """``entity/project``: what makes the ids of a run and of artifacts unique."""
        return f"{self.run.text(2)[:200]}/{self.run.text(3)[:200]}"

    def record(self, kind: str, id: str) -> ArtifactRef:
        return identity.record(kind, "wandb", self.store, id[:500])

    def state(self) -> None:
        place = self.blob.at("run")
        id = self.run.text(1)[:200]
        ref = self.builder.artifact(self.record("run", id), place, name=self.run.text(8)[:200] or id)
        code = None if self.log.exit is None else self.log.exit.integer(1) or 0
        self.builder.state(ref, "status", "unknown" if code is None else "failed" if code else "finished", place)
        self.builder.state(ref, "parameters", _values(self.log.parameters), place)
        self.builder.state(ref, "metrics", _values(self.log.metrics), place)
        self._state_start(ref, place)
        self._state_code(ref, place)
        for used in self.log.used:
            self._state_used(ref, used)
        for artifact in self.log.logged:
            self._state_logged(ref, artifact)

    def _state_start(self, ref: ArtifactRef, place: Location) -> None:
        started = from_milliseconds((self.run.message(17).integer(1) or 0) * 1000)
        if started is not None:
            self.builder.state(ref, "started", started, place)
            date: Json = {"id": "started", "what": "run started", "time": started, "basis": "record"}
            self.builder.state(ref, "dates", [date], place)

    def _state_code(self, ref: ArtifactRef, place: Location) -> None:
        commit = self.run.message(21).text(2).lower()
        full = is_commit(commit)
        self.builder.state(ref, "code", {"commit": commit if full else None, "dirty": None}, place)
        if full:
            target = self.builder.artifact(identity.commit(commit), name=commit[:12], resolved=False)
            self.builder.relate(ref, "used", target, Proof.DECLARED, place)

    def _state_used(self, run: ArtifactRef, used: Message) -> None:
        """An artifact that the run took from the server: known by its name only."""
        kind, name = used.text(2), used.text(3)
        if kind in _KINDS and name:
            ref = self.builder.artifact(self.record(kind, name), name=name[:200], resolved=False)
            self.builder.relate(run, "used", ref, Proof.DECLARED, self.blob.at("use_artifact"))

    def _state_logged(self, run: ArtifactRef, artifact: Message) -> None:
        kind, name, digest = artifact.text(4), artifact.text(5)[:200], artifact.text(6)[:200]
        if kind not in _KINDS or not name:
            return
        place = self.blob.at(f"artifact {name[:100]}")
        ref = self.builder.artifact(
            self.record(kind, f"{name}@{digest}"), place, name=name, version=digest or None, resolved=False
        )
        family = self.builder.artifact(self.record(kind, name), name=name, resolved=False)
        note = ", ".join(f"alias {alias[:100]}" for alias in sorted(artifact.texts(11))[:20])
        self.builder.relate(ref, "version_of", family, Proof.DECLARED, place, note)
        self.builder.relate(ref, "generated_by", run, Proof.DECLARED, place)
        # An absent algorithm is that of the clients before 0.29, which knew only one.
        algorithm = artifact.text(20) or "MANIFEST_MD5"
        entries = artifact.message(12).messages(4)
        found = [self._state_entry(ref, entry, algorithm, place) for entry in entries]
        if kind == "dataset" and len(found) == 1 and found[0] is not None:
            # A dataset of one file is known by that file wherever it lies.
            same = identity.content(kind, found[0], "md5")
            self.builder.claims.append(Claim(same, entries[0].integer(4)))
            self.builder.aliases.append(Alias(ref, same, Proof.DECLARED, "md5 of its only file", place))

    def _state_entry(self, ref: ArtifactRef, entry: Message, algorithm: str, place: Location) -> str | None:
        """State one file; returns its md5 where it has one."""
        self.left -= 1
        if self.left < 0:
            raise NotExaminable(OVER_LIMIT, f"more than {FILES} files of artifacts")
        path = entry.text(1)[:500]
        if reference := entry.text(3):
            # The digest of a reference is whatever its store calls a version.
            address = without_credentials(reference)
            elsewhere = self.builder.artifact(identity.named("file", address), name=address, resolved=False)
            self.builder.relate(ref, "contains", elsewhere, Proof.DECLARED, place, path)
            return None
        names = {extra.text(1): extra.text(2) or extra.text(16) for extra in entry.messages(16)}
        digest = identity.hex_digest("md5", entry.text(2))
        if "MD5" not in algorithm or "XXH" in names.get("alg", "") or digest is None:
            self.builder.missed(place, UNSUPPORTED, "file without an md5")
            return None
        file = self.builder.artifact(identity.content("file", digest, "md5"), name=path, resolved=False)
        self.builder.claims.append(Claim(file, entry.integer(4)))
        self.builder.relate(ref, "contains", file, Proof.MATCHED, place, path)
        return digest


def _values(values: dict[str, str]) -> list[Json]:
    return [{"name": name, "value": redacted_value(name, value.strip('"'))} for name, value in sorted(values.items())]
