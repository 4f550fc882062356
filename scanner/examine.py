"""Blob → Evidence: the unit of work, and the only place where a foreign exception becomes a statement.

Every Blob is hashed and recognised by content; the collectors and inspectors that want it read it; archives are walked
into. What fails is stated with its place, the component and a reason, and the rest goes on.
"""

from __future__ import annotations

import hashlib
import io
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import FrameType, ModuleType
from typing import Final

from scanner import formats, identity
from scanner.collectors.registry import COLLECTORS
from scanner.errors import NOT_COLLECTED, OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.inspectors import archive_members
from scanner.inspectors.registry import AT_ONCE, BY_MEMBERS
from scanner.member_digests import MemberDigests
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, NotExamined, Proof
from scanner.sources.archive import Budget, HardLink, Members, Replay, Suspect, SymbolicLink, decompress, spool, untar
from scanner.sources.blob import HEAD, Blob
from scanner.sources.directory import Handle, open_blob
from scanner.sources.seven_zip import un7z
from scanner.sources.zip_archive import unzip
from scanner.sources.zip_records import is_zip

NAME: Final = "examine"
CHUNK: Final = 1 << 20
SECONDS: Final = 120
"""Time for one Blob of a directory, beside one second for each :data:`BYTES_PER_SECOND`."""
BYTES_PER_SECOND: Final = 10 << 20
WHITEOUT: Final = ".wh."
"""Start of the name by which an image layer deletes a file of a lower layer; such a file is no record of anything."""
LINKS: Final = 50_000
"""Symbolic links that are recorded of one archive."""
SHAPES: Final = frozenset({"dataset", "notebook", "document"})
"""Kinds that a single file is, beside being a file."""


class _OutOfTime(BaseException):
    """The alarm of :func:`_time_limit`; no library that catches every Exception may swallow it."""


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _OutOfTime

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


@dataclass(slots=True)
class _Examination:
    """What is known so far of one top-level Blob and everything nested in it."""

    budget: Budget = field(default_factory=Budget)
    evidence: list[Evidence] = field(default_factory=list)
    core: EvidenceBuilder = field(default_factory=lambda: EvidenceBuilder(NAME))
    refs: dict[str, ArtifactRef] = field(default_factory=dict)
    blobs: int = 0
    bytes_total: int = 0
    bytes_examined: int = 0


def examine(handle: Handle) -> tuple[Evidence, ...]:
    """All evidence about one file of a directory and what is nested in it. Never raises for what the file holds."""
    work = _Examination()
    try:
        with _time_limit(SECONDS + handle.size // BYTES_PER_SECOND):
            blob = open_blob(handle)
            _examine_blob(work, blob, None, 0)
    except _OutOfTime:
        _lost(work, handle.path, OVER_LIMIT, "out of time")
    except OSError:
        _lost(work, handle.path, UNREADABLE, "cannot be read")
        work.blobs += 1
    except (MemoryError, RecursionError) as error:
        _lost(work, handle.path, OVER_LIMIT, f"out of {'memory' if isinstance(error, MemoryError) else 'stack'}")
    counted = replace(
        work.core.build(), blobs=work.blobs, bytes_total=work.bytes_total, bytes_examined=work.bytes_examined
    )
    return (counted, *work.evidence)


def lost(path: str, reason: str, detail: str) -> Evidence:
    """Evidence that a Blob could not be examined at all."""
    work = _Examination()
    _lost(work, path, reason, detail)
    return replace(work.core.build(), blobs=1)


def _lost(work: _Examination, path: str, reason: str, detail: str) -> None:
    place = Location(path)
    ref = work.refs.get(path)
    if ref is None:
        ref = work.core.artifact(identity.placed("file", path), place)
    work.core.missed(place, reason, detail)
    work.core.state(ref, "examined", {"state": "not_examined", "reason": f"{reason}: {detail}"}, place)


def _hash(blob: Blob) -> str:
    if blob.content is not None:
        return hashlib.sha256(blob.content).hexdigest()
    with blob.open() as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # all of them have readinto


def _examine_blob(work: _Examination, blob: Blob, container: Blob | None, depth: int) -> None:
    work.blobs += 1
    work.bytes_total += blob.size
    blob.sha256 = _hash(blob)
    blob.ref = identity.file(blob.sha256, blob.size, blob.path)
    work.refs[blob.path] = blob.ref
    work.core.artifact(blob.ref, blob.location, digests={"sha256": blob.sha256}, size=blob.size)
    if container is not None:
        work.core.relate(container.ref, "contains", blob.ref, Proof.MATCHED, container.location)
    problems: list[NotExamined] = []
    said = len(work.evidence)
    format = formats.sniff(blob.head, blob.size)
    if not (blob.size == 0 and blob.name.startswith(WHITEOUT)):
        problems += _read_by_components(work, blob)
    packed = "zip" if is_zip(blob) else format
    if packed in formats.ARCHIVES or packed in formats.COMPRESSED or packed in formats.OPAQUE_ARCHIVES:
        inside, nested = _examine_nested(work, blob, str(packed), depth)
        format = inside if packed == format else format
        work.core.not_examined.extend(nested)
        problems += nested
        if inside in BY_MEMBERS:
            problems += _run(work, BY_MEMBERS[inside], "inspect", blob)
    if format is not None:
        work.core.state(blob.ref, "format", format, blob.location)
    shapes = {
        artifact.ref
        for evidence in work.evidence[said:]
        for artifact in evidence.artifacts
        if artifact.ref.kind in SHAPES and artifact.location is not None and artifact.location.path == blob.path
    }
    _state_examined(work, blob, [blob.ref, *sorted(shapes)], problems)


def _read_by_components(work: _Examination, blob: Blob) -> list[NotExamined]:
    """Let every collector and inspector that wants the Blob read it; half a record would state half a fact."""
    problems: list[NotExamined] = []
    for module in () if blob.cut else COLLECTORS.values():
        if module.wants(blob):
            problems += _run(work, module, "collect", blob)
    for module in AT_ONCE:
        if module.wants(blob):
            problems += _run(work, module, "inspect", blob)
    return problems


def _state_examined(work: _Examination, blob: Blob, refs: list[ArtifactRef], problems: list[NotExamined]) -> None:
    """Say of the file, and of what it is beside a file, whether it was read to its end.

    A record that no collector reads was read to its end all the same: it is told as a place, and holds nothing up.
    """
    state: dict[str, Json] = {"state": "examined", "reason": None}
    problems = [problem for problem in problems if problem.reason != NOT_COLLECTED]
    if problems:
        worst = min(f"{problem.reason}: {problem.detail}" for problem in problems)
        state = {"state": "partly", "reason": worst}
    else:
        work.bytes_examined += blob.size
    for ref in refs:
        work.core.state(ref, "examined", state, blob.location)


def _run(work: _Examination, module: ModuleType, action: str, blob: Blob) -> list[NotExamined]:
    """Let one component read a Blob; its problems, told here so that they carry the component's name."""
    name = str(module.NAME)
    try:
        evidence: Evidence = getattr(module, action)(blob)
    except Exception as error:
        problem = _problem(blob.location, error, name)
        evidence = Evidence(name, not_examined=(problem,))
    if blob.cut:  # the container is the place that is told
        evidence = replace(evidence, not_examined=())
    work.evidence.append(evidence)
    return list(evidence.not_examined)


def _problem(place: Location, error: Exception, who: str) -> NotExamined:
    """What kept ``who`` from reading on. Of a foreign parser's error on hostile bytes only the type name is kept."""
    if isinstance(error, NotExaminable):
        return NotExamined(place, error.reason, error.detail)
    if isinstance(error, MemoryError | RecursionError):
        return NotExamined(place, OVER_LIMIT, "out of memory or stack")
    return NotExamined(place, UNREADABLE, f"{who} met {type(error).__name__}")


def _examine_nested(work: _Examination, blob: Blob, format: str, depth: int) -> tuple[str, list[NotExamined]]:
    """Walk into a container; its format as its content tells it, and what could not be examined."""
    place = blob.location
    if depth >= work.budget.depth:
        return format, [NotExamined(place, OVER_LIMIT, f"nested deeper than {work.budget.depth} archives")]
    problems: list[NotExamined] = []
    try:
        if format in formats.OPAQUE_ARCHIVES:
            raise NotExaminable(UNSUPPORTED, f"no reader for {format}")
        if format in formats.ARCHIVES:
            with blob.open() as stream:
                if format == "tar":
                    members = untar(stream, blob.path, blob.size, work.budget)
                else:
                    members = unzip(blob, work.budget) if format == "zip" else un7z(blob, work.budget)
                format = _examine_members(work, blob, members, depth, problems)
        else:
            with decompress(blob, format) as expanded:
                replay = Replay(expanded)
                head = replay.peek(HEAD)
                inner = io.BufferedReader(replay, CHUNK)
                if formats.sniff(head, 1 << 40) == "tar":
                    members = untar(inner, blob.path, blob.size, work.budget)
                    told = _examine_members(work, blob, members, depth, problems)
                    format = f"tar+{format}" if told == "tar" else told
                else:
                    name = blob.name.rpartition(".")[0] or blob.name
                    content, whole = spool(inner, f"{blob.path}!{name}", blob.size, work.budget)
                    _examine_blob(work, content, blob, depth + 1)
                    if not whole:
                        raise EOFError
    except (EOFError, OSError, ValueError):
        problems.append(NotExamined(place, UNREADABLE, "broken or truncated"))
    except Exception as error:
        problems.append(_problem(place, error, "reader"))
    return format, problems


def _examine_members(work: _Examination, blob: Blob, members: Members, depth: int, problems: list[NotExamined]) -> str:
    """Examine every member; the format of the archive as the names of its members tell it. Fills ``problems``."""
    names: set[str] = set()
    suspects: list[Suspect] = []
    links: list[Json] = []
    said = len(work.evidence)
    digests = MemberDigests()
    for part in members.parts:
        if isinstance(part, NotExamined):
            problems.append(part)
        elif isinstance(part, SymbolicLink):
            links.append({"path": part.inner, "target": part.target})
            if len(links) > LINKS:
                raise NotExaminable(OVER_LIMIT, f"more than {LINKS} symbolic links")
        elif isinstance(part, Suspect):
            suspects.append(part)
        elif isinstance(part, HardLink):
            ref = work.refs.get(part.target)
            if ref is None:
                problems.append(NotExamined(Location(part.path), UNREADABLE, "hard link to nothing"))
            else:
                work.core.artifact(ref, Location(part.path))
                work.core.relate(blob.ref, "contains", ref, Proof.MATCHED, blob.location)
        else:
            inner = part.path[len(blob.path) + 1 :]
            if members.format == "tar" and inner.count("/") < 2:
                names.add(inner)
            digests.see(part)
            _examine_blob(work, part, blob, depth + 1)
    digests.settle(work.evidence, said, f"{blob.path}!")
    if links:
        work.core.state(blob.ref, "links", links, blob.location)
    if suspects:
        work.evidence.append(archive_members.evidence(blob, suspects))
    return formats.tar_format(names) if members.format == "tar" else members.format
