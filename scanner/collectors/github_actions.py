"""GitHub Actions workflows: steps, whether what they use is fixed, and what they install while they run.

Source: workflow syntax for GitHub Actions. Only a full commit id fixes an action: its owner can move tags and branches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records import yaml_events
from scanner.records.commands import installs
from scanner.records.plain import Plain, at, mapping, mappings, text, texts
from scanner.records.references import image_reference, is_commit, relate_image
from scanner.sources.blob import Blob, ends_with

NAME: Final = "github_actions"
VERSION: Final = "1"
_FOREIGN: Final = frozenset({"pull_request_target", "workflow_run", "issue_comment"})
_PLACE: Final = re.compile(r"(?:.*[/!])?\.github/workflows/[^/!]+\.ya?ml\Z")


def wants(blob: Blob) -> bool:
    """A workflow below ``.github/workflows``, or the definition of an action."""
    if not blob.name.endswith((".yml", ".yaml")):
        return False
    return _PLACE.match(blob.path) is not None or (
        ends_with(blob, ("action.yml", "action.yaml")) and b"runs:" in blob.head
    )


def collect(blob: Blob) -> Evidence:
    """One pipeline with its steps. Raises NotExaminable when the file is no workflow."""
    data = mapping(yaml_events.load(blob.text()))
    jobs, runs = mapping(data.get("jobs")), mapping(data.get("runs"))
    if not jobs and not runs:
        raise NotExaminable(UNREADABLE, "workflow without jobs")
    builder = EvidenceBuilder(NAME)
    ref = builder.artifact(
        identity.placed("pipeline", blob.path), blob.location, name=text(data.get("name")) or blob.path
    )
    workflow = _Workflow(builder, ref, [])
    for name, job in jobs.items():
        workflow.read_job(name[:100], mapping(job), blob.at(f"job {name[:100]}"))
    workflow.read_steps("action", runs.get("steps"), blob.at("runs"))
    if (image := text(runs.get("image"))) is not None and runs.get("using") == "docker":
        workflow.use_image("action/image", image.removeprefix("docker://"), blob.at("runs"))
    builder.state(ref, "steps", workflow.steps, blob.location)
    if jobs:
        value: Json = {"writes": _writes(data, jobs), "foreign_trigger": _is_foreign(data.get("on"))}
        builder.state(ref, "permissions", value, blob.at("permissions"))
    return builder.build()


def _writes(data: Mapping[str, Plain], jobs: Mapping[str, Plain]) -> bool | None:
    """Whether a job's token may write; None where the repository's default decides."""
    granted = [mapping(job).get("permissions", data.get("permissions", "default")) for job in jobs.values()]
    if any(one == "write-all" or "write" in mapping(one).values() for one in granted):
        return True
    return None if "default" in granted else False


def _is_foreign(triggers: Plain) -> bool:
    """Whether a pull request from anywhere starts it with the repository's own token and secrets."""
    return not _FOREIGN.isdisjoint({*texts(triggers), *mapping(triggers)})


@dataclass(slots=True)
class _Workflow:
    builder: EvidenceBuilder
    ref: ArtifactRef
    steps: list[Json]

    def read_job(self, name: str, job: Mapping[str, Plain], place: Location) -> None:
        if (reusable := text(job.get("uses"))) is not None:
            self.use_action(name, reusable, place)
        container = job.get("container")
        images = [text(container) or text(at(container, "image"))]
        images += [text(at(service, "image")) for service in mapping(job.get("services")).values()]
        for image in images:
            if image is not None:
                self.use_image(f"{name}/image {image[:200]}", image.removeprefix("docker://"), place)
        self.read_steps(name, job.get("steps"), place)

    def read_steps(self, name: str, steps: Plain, place: Location) -> None:
        for number, step in enumerate(mappings(steps), 1):
            label = text(step.get("id")) or text(step.get("name"), 100) or str(number)
            id = f"{name}/{number} {label}" if label != str(number) else f"{name}/{number}"
            if (action := text(step.get("uses"))) is not None:
                self.use_action(id, action, place)
            elif (script := text(step.get("run"), 100_000)) is not None:
                found = installs(script)
                self._step(id, all(install.pinned for install in found), bool(found))

    def use_action(self, id: str, action: str, place: Location) -> None:
        """State one ``uses``: ``owner/repository/path@revision``, ``docker://image`` or ``./local``."""
        if action.startswith("./"):
            self._step(id, True, False)
            return
        if action.startswith("docker://"):
            self.use_image(id, action.removeprefix("docker://"), place)
            return
        name, _, revision = action.partition("@")
        pinned = is_commit(revision)
        used = identity.record("pipeline", "github", name.lower()[:200], revision[:100])
        self.builder.artifact(used, name=name, version=revision or None, resolved=False)
        self.builder.relate(self.ref, "used", used, Proof.DECLARED if pinned else Proof.INFERRED, place, id)
        self._step(id, pinned, False)

    def use_image(self, id: str, image: str, place: Location) -> None:
        """State one container image that runs steps."""
        reference = image_reference(image)
        if reference is not None:
            relate_image(self.builder, self.ref, "used", reference, place, id)
        elif image != "Dockerfile":
            self.builder.missed(place, UNREADABLE, "image that only the run knows")
        self._step(id, reference is not None and reference.digest is not None, False)

    def _step(self, id: str, pinned: bool, installs_at_run_time: bool) -> None:
        self.steps.append({"id": id, "pinned": pinned, "installs_at_run_time": installs_at_run_time})
