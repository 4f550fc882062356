"""Jenkins: pipelines in Jenkinsfiles and job configurations, builds with their commits, and fingerprints of files.

Sources: Pipeline syntax; files below a Jenkins home (``jobs/<name>/config.xml``, ``jobs/<name>/builds/<n>/build.xml``,
``fingerprints/``). A fingerprint is the md5 of a file's bytes: safe against accident, not against an attacker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Claim, Evidence, EvidenceBuilder, Json, Proof
from scanner.records import xml_bounded
from scanner.records.commands import installs
from scanner.records.jenkinsfile_syntax import uses
from scanner.records.references import image_reference, is_commit, relate_image
from scanner.records.times import from_milliseconds
from scanner.records.xml_bounded import Element
from scanner.sources.blob import Blob

NAME: Final = "jenkins"
VERSION: Final = "1"
FILES: Final = 20_000
_BUILD: Final = re.compile(r"(?P<home>(?:.*?[/!])?)(?P<jobs>jobs/.+?)/builds/(?P<number>\d+)/build\.xml\Z")
_PRINT: Final = re.compile(r"(?P<home>(?:.*[/!])?)fingerprints/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{28}\.xml\Z")
_XML: Final = (b"hudson", b"jenkins", b"<flow-build", b"<flow-definition")


def wants(blob: Blob) -> bool:
    """A Jenkinsfile, or one of Jenkins' own XML files."""
    name = blob.name
    if name == "Jenkinsfile" or name.startswith("Jenkinsfile.") or name.endswith(".jenkinsfile"):
        return True
    if name in ("build.xml", "config.xml"):
        return any(mark in blob.head for mark in _XML)
    return _PRINT.match(blob.path) is not None and b"<fingerprint" in blob.head


def collect(blob: Blob) -> Evidence:
    """What the record says. Raises NotExaminable when it cannot be read."""
    builder = EvidenceBuilder(NAME)
    if not blob.name.endswith(".xml"):
        _Pipeline(builder, blob).read_jenkinsfile(blob.text())
        return builder.build()
    root = xml_bounded.loads(blob.read())
    if blob.name == "config.xml":
        _read_job(builder, blob, root)
    elif blob.name == "build.xml":
        _read_build(builder, blob, root)
    else:
        _read_fingerprint(builder, blob, root)
    return builder.build()


@dataclass(slots=True)
class _Pipeline:
    builder: EvidenceBuilder
    blob: Blob
    steps: dict[str, tuple[bool, bool]] = field(default_factory=dict)

    def read_jenkinsfile(self, text: str) -> None:
        """State stages, images and libraries; what only the run knows is told."""
        ref = self._define()
        for use in uses(text):
            place = self.blob.at(f"line {use.line}")
            if use.what == "shell":
                self._shell(use.stage or "pipeline", use.text)
            elif use.what == "library":
                name, _, revision = use.text.partition("@")
                pinned = is_commit(revision)
                library = identity.record("pipeline", "jenkins-library", name[:200], revision[:100])
                self.builder.artifact(library, name=name[:200], version=revision[:100] or None, resolved=False)
                self.builder.relate(
                    ref, "used", library, Proof.DECLARED if pinned else Proof.INFERRED, place, "library"
                )
                self._step(f"library {name[:100]}", pinned, False)
            else:
                reference = image_reference(use.text)
                if reference is None:
                    self.builder.missed(place, UNREADABLE, "image that only the run knows")
                else:
                    relate_image(self.builder, ref, "used", reference, place, use.stage)
                self._step(use.stage or "agent", reference is not None and reference.digest is not None, False)
        self._finish(ref)

    def read_shells(self, scripts: list[str]) -> None:
        """State the shell steps of a job that is no pipeline."""
        ref = self._define()
        for number, script in enumerate(scripts, 1):
            self._shell(f"shell {number}", script)
        self._finish(ref)

    def _define(self) -> ArtifactRef:
        return self.builder.artifact(
            identity.placed("pipeline", self.blob.path), self.blob.location, name=self.blob.path
        )

    def _shell(self, id: str, script: str) -> None:
        found = installs(script)
        self._step(id, all(one.pinned for one in found), bool(found))

    def _step(self, id: str, pinned: bool, installing: bool) -> None:
        before = self.steps.get(id, (True, False))
        self.steps[id] = before[0] and pinned, before[1] or installing

    def _finish(self, ref: ArtifactRef) -> None:
        steps: list[Json] = [
            {"id": id, "pinned": pinned, "installs_at_run_time": installing}
            for id, (pinned, installing) in self.steps.items()
        ]
        self.builder.state(ref, "steps", steps, self.blob.location)


def _read_job(builder: EvidenceBuilder, blob: Blob, root: Element) -> None:
    script = root.value("definition", "script")
    if script is not None:
        _Pipeline(builder, blob).read_jenkinsfile(script)
    elif root.named("builders"):
        shells = root.everywhere("hudson.tasks.Shell") + root.everywhere("hudson.tasks.BatchFile")
        _Pipeline(builder, blob).read_shells([one.value("command") or "" for one in shells])


def _read_build(builder: EvidenceBuilder, blob: Blob, root: Element) -> None:
    """A build is a run; its commits are those that its Git checkouts recorded."""
    match = _BUILD.match(blob.path)
    if match is None:
        run = identity.record("run", "jenkins", blob.path, "build")
        name = blob.path
    else:
        job = "/".join(match["jobs"].removeprefix("jobs/").split("/jobs/"))
        run, name = _run(match["home"], job, match["number"]), f"{job} #{match['number']}"
    builder.artifact(run, blob.location, name=name)
    if (status := root.value("result")) is not None:
        builder.state(run, "status", status[:100], blob.location)
    started = _integer(root.value("startTime")) or _integer(root.value("timestamp"))
    duration = _integer(root.value("duration"))
    for group, value in (("started", started), ("ended", started + duration if started and duration else None)):
        if (moment := from_milliseconds(value)) is not None:
            builder.state(run, group, moment, blob.location)
    commits = {
        sha1.lower()
        for revision in root.everywhere("hudson.plugins.git.Revision") + root.everywhere("revision")
        if (sha1 := revision.value("sha1")) is not None and is_commit(sha1)
    }
    for sha1 in sorted(commits):
        commit = builder.artifact(identity.commit(sha1), resolved=False)
        builder.relate(run, "used", commit, Proof.DECLARED, blob.location)
    if len(commits) == 1:
        builder.state(run, "code", {"commit": next(iter(commits)), "dirty": None}, blob.location)
    actions = root.everywhere("hudson.tasks.Fingerprinter_-FingerprintAction")
    entries = [entry for action in actions for record in action.named("record") for entry in record.named("entry")]
    if len(entries) > FILES:
        raise NotExaminable(OVER_LIMIT, f"more than {FILES} fingerprints")
    for entry in entries:
        words = [one.text.strip() for one in entry.named("string")]
        if len(words) == 2 and (ref := _file(builder, words[0], words[1])) is not None:
            # The build says that it met the file; only the fingerprint itself says who made it.
            builder.relate(run, "used", ref, Proof.INFERRED, blob.location, "fingerprinted: used or made")


def _read_fingerprint(builder: EvidenceBuilder, blob: Blob, root: Element) -> None:
    match = _PRINT.match(blob.path)
    home = match["home"] if match is not None else ""
    ref = _file(builder, root.value("fileName") or "", root.value("md5sum") or "")
    if ref is None:
        raise NotExaminable(UNREADABLE, "fingerprint without an md5")
    made = None
    job, number = root.value("original", "name"), root.value("original", "number")
    if job is not None and number is not None:
        made = builder.artifact(_run(home, job, number), name=f"{job[:200]} #{number[:20]}", resolved=False)
        builder.relate(ref, "generated_by", made, Proof.MATCHED, blob.location)
    for entry in [one for usages in root.named("usages") for one in usages.named("entry")][:FILES]:
        job, ranges = entry.value("string"), entry.value("ranges")
        for number in (ranges or "").split(",")[:100]:
            # A range of builds names each of them; only a single build is told.
            if job is not None and number.isdigit() and (run := _run(home, job, number)) != made:
                builder.artifact(run, name=f"{job[:200]} #{number[:20]}", resolved=False)
                builder.relate(run, "used", ref, Proof.MATCHED, blob.location)


def _run(home: str, job: str, number: str) -> ArtifactRef:
    return identity.record("run", "jenkins", home.rstrip("/") or ".", f"{job[:200]}#{number[:20]}")


def _file(builder: EvidenceBuilder, name: str, md5: str) -> ArtifactRef | None:
    digest = identity.hex_digest("md5", md5) if md5 else None
    if digest is None:
        return None
    ref = builder.artifact(identity.content("file", digest, "md5"), name=name[:500] or None, resolved=False)
    builder.claims.append(Claim(ref))
    return ref


def _integer(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None
