"""GitLab CI pipelines: jobs, the images they run in, what they include and what they install while they run.

Source: GitLab CI/CD YAML syntax reference. Included files of other projects are not read; an include is fixed by a full
commit id, or by an integrity digest for a remote file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records import yaml_events
from scanner.records.commands import installs
from scanner.records.plain import Plain, at, mapping, sequence, text, texts
from scanner.records.references import image_reference, is_commit, relate_image, without_credentials
from scanner.sources.blob import Blob

NAME: Final = "gitlab_ci"
VERSION: Final = "1"
_NO_JOBS: Final = frozenset(
    {
        "default",
        "include",
        "stages",
        "variables",
        "workflow",
        "image",
        "services",
        "cache",
        "before_script",
        "after_script",
    }
    | {"pages_access", "spec", "types"}
)
_SCRIPTS: Final = ("before_script", "script", "after_script")
_INCLUDES: Final = ("project", "remote", "component", "template")


def wants(blob: Blob) -> bool:
    """``.gitlab-ci.yml``."""
    return blob.name in (".gitlab-ci.yml", ".gitlab-ci.yaml")


def collect(blob: Blob) -> Evidence:
    """One pipeline with its jobs. Raises NotExaminable when the file is no pipeline."""
    documents = yaml_events.load_all(blob.text())
    # A file with inputs begins with a document that declares them (`spec`).
    data = next((mapping(one.data) for one in reversed(documents) if mapping(one.data)), {})
    if not data:
        raise NotExaminable(UNREADABLE, "pipeline without jobs")
    builder = EvidenceBuilder(NAME)
    ref = builder.artifact(identity.placed("pipeline", blob.path), blob.location, name=blob.path)
    pipeline = _Pipeline(builder, blob, ref)
    pipeline.read_includes(data.get("include"))
    common = {**data, **mapping(data.get("default"))}
    for name, job in data.items():
        if name not in _NO_JOBS and isinstance(job, Mapping) and not name.startswith("."):
            pipeline.read_job(name[:200], _inherited(name, data), common)
    builder.state(ref, "steps", pipeline.steps, blob.location)
    return builder.build()


def _inherited(name: str, jobs: Mapping[str, Plain]) -> dict[str, Plain]:
    """A job with what it extends, nearest first; jobs of included files are not known."""
    merged: dict[str, Plain] = {}
    todo, met = [name], set[str]()
    while todo and len(met) < 100:
        current = todo.pop(0)
        if current not in met:
            met.add(current)
            fields = mapping(jobs.get(current))
            merged = {**fields, **merged}
            todo.extend(texts(fields.get("extends")))
    return merged


@dataclass(slots=True)
class _Pipeline:
    builder: EvidenceBuilder
    blob: Blob
    ref: ArtifactRef
    steps: list[Json] = field(default_factory=list)

    def read_includes(self, include: Plain) -> None:
        entries = sequence(include) if isinstance(include, list) else [include]
        for entry in entries:
            fields = mapping(entry)
            kind = next((key for key in _INCLUDES if text(fields.get(key)) is not None), None)
            address = text(entry) if isinstance(entry, str) and "://" in entry else None
            if kind is not None or address is not None:
                self._include(kind or "remote", address or text(fields.get(kind or "")) or "", fields)

    def _include(self, kind: str, name: str, fields: Mapping[str, Plain]) -> None:
        if kind == "component":
            name, _, revision = name.partition("@")
        else:
            revision = text(fields.get("ref")) or ""
        # A template comes with the GitLab server itself.
        pinned = kind == "template" or is_commit(revision) or text(fields.get("integrity")) is not None
        address = without_credentials(name)
        used = identity.record("pipeline", "gitlab", address, revision[:100])
        self.builder.artifact(used, name=address, version=revision or None, resolved=False)
        proof = Proof.DECLARED if is_commit(revision) else Proof.INFERRED
        self.builder.relate(self.ref, "used", used, proof, self.blob.at("include"), kind)
        self._step(f"include {address}", pinned, False)

    def read_job(self, name: str, job: Mapping[str, Plain], common: Mapping[str, Plain]) -> None:
        place = self.blob.at(f"job {name}")
        fixed = [self._use_image(image, place, name) for image in _images(job, common)]
        script = "\n".join(line for key in _SCRIPTS for line in _lines(job.get(key, common.get(key))))
        found = installs(script)
        pinned = all(fixed) and all(install.pinned for install in found)
        self._step(name, pinned, bool(found))

    def _use_image(self, image: str, place: Location, job: str) -> bool:
        reference = image_reference(image)
        if reference is None:
            self.builder.missed(place, UNREADABLE, "image that only the run knows")
            return False
        relate_image(self.builder, self.ref, "used", reference, place, job)
        return reference.digest is not None

    def _step(self, id: str, pinned: bool, installs_at_run_time: bool) -> None:
        self.steps.append({"id": id, "pinned": pinned, "installs_at_run_time": installs_at_run_time})


def _images(job: Mapping[str, Plain], common: Mapping[str, Plain]) -> list[str]:
    """The job's image and its services, each a text or a mapping with ``name``."""
    image = job.get("image", common.get("image"))
    services = sequence(job.get("services", common.get("services")))
    names = (text(one) or text(at(one, "name")) for one in (image, *services))
    return [name for name in names if name is not None]


def _lines(script: Plain) -> list[str]:
    """Lines of a script; lists nest where anchors and references are put in."""
    if isinstance(script, str):
        return [script]
    return [line for part in sequence(script) for line in _lines(part)]
