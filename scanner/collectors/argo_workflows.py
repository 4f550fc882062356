"""Argo Workflows: steps with their images and installs, and the artifacts that go in and come out.

Source: Argo Workflows field reference. An artifact is stored as tar.gz unless ``archive: {none: {}}`` says otherwise, so that
its stored bytes are not those of the file: addresses are named here, and join nothing by content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records.commands import installs
from scanner.records.kubernetes_objects import KubernetesObject
from scanner.records.manifests import manifest_objects, mentions, object_name, object_ref
from scanner.records.plain import Plain, at, mapping, mappings, text, texts
from scanner.records.references import image_reference, is_commit, relate_image, without_credentials
from scanner.records.resources import kind_of_name
from scanner.records.secrets import redacted_value
from scanner.sources.blob import Blob

NAME: Final = "argo_workflows"
VERSION: Final = "1"
TEMPLATES: Final = 2_000
ARTIFACTS: Final = 10_000
_KINDS: Final = frozenset({"Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"})
_BUCKETS: Final = {"s3": "s3", "gcs": "gs", "oss": "oss"}


def wants(blob: Blob) -> bool:
    """A manifest that mentions Argo and a kind of workflow."""
    return mentions(blob, b"argoproj.io/") and b"Workflow" in (blob.content or blob.head)


def collect(blob: Blob) -> Evidence:
    """One pipeline for each workflow or template. Raises NotExaminable as for any manifest."""
    builder = EvidenceBuilder(NAME)
    for item, place in manifest_objects(blob):
        if item.group == "argoproj.io" and item.kind in _KINDS:
            _Workflow(builder, object_ref("pipeline", blob, item, place), place, item).read()
    return builder.build()


@dataclass(slots=True)
class _Workflow:
    builder: EvidenceBuilder
    ref: ArtifactRef
    place: Location
    item: KubernetesObject
    steps: list[Json] = field(default_factory=list)
    left: int = ARTIFACTS

    def read(self) -> None:
        spec = mapping(self.item.fields.get("spec"))
        if self.item.kind == "CronWorkflow":
            spec = mapping(spec.get("workflowSpec"))
        self.builder.artifact(self.ref, self.place, name=object_name(self.item))
        self._read_inputs(spec.get("arguments"), "")
        self._state_parameters(spec)
        templates = mappings(spec.get("templates"))
        if len(templates) > TEMPLATES:
            raise NotExaminable(OVER_LIMIT, f"more than {TEMPLATES} templates")
        for number, template in enumerate(templates, 1):
            self._read_template(text(template.get("name"), 200) or f"template {number}", template)
        if self.steps:
            self.builder.state(self.ref, "steps", self.steps, self.place)

    def _read_template(self, name: str, template: Mapping[str, Plain]) -> None:
        self._read_inputs(template.get("inputs"), name)
        self._read_outputs(template.get("outputs"), name)
        containers = [mapping(template.get(key)) for key in ("container", "script")]
        containers += mappings(at(template, "containerSet", "containers"))
        containers += [*mappings(template.get("initContainers")), *mappings(template.get("sidecars"))]
        fixed: list[bool] = []
        lines: list[str] = []
        for container in containers:
            if (image := text(container.get("image"))) is not None:
                fixed.append(self._use_image(image, name))
            lines.append(" ".join(texts(container.get("command")) + texts(container.get("args"))))
            lines.append(text(container.get("source"), 100_000) or "")
            # `sh -c "..."`: the script is one argument.
            lines += [one for one in texts(container.get("args")) if " " in one]
        if fixed:
            found = installs("\n".join(lines))
            pinned = all(fixed) and all(one.pinned for one in found)
            self.steps.append({"id": name, "pinned": pinned, "installs_at_run_time": bool(found)})

    def _use_image(self, image: str, note: str) -> bool:
        reference = image_reference(image)
        if reference is None:
            self.builder.missed(self.place, UNREADABLE, "image that only the run knows")
            return False
        relate_image(self.builder, self.ref, "used", reference, self.place, note)
        return reference.digest is not None

    def _read_inputs(self, inputs: Plain, step: str) -> None:
        for artifact in mappings(at(inputs, "artifacts")):
            self._spend()
            git = mapping(artifact.get("git"))
            revision = text(git.get("revision")) or ""
            if is_commit(revision):
                commit = self.builder.artifact(identity.commit(revision), resolved=False)
                self.builder.relate(self.ref, "used", commit, Proof.DECLARED, self.place, step)
            elif (repository := text(git.get("repo"))) is not None:
                name = f"{without_credentials(repository)}@{revision or 'HEAD'}"
                moving = self.builder.artifact(identity.named("commit", name), name=name, resolved=False)
                self.builder.relate(self.ref, "used", moving, Proof.INFERRED, self.place, step)
            elif (address := _address(artifact)) is not None:
                self.builder.relate(
                    self.ref, "used", self._artifact(artifact, address), Proof.DECLARED, self.place, step
                )

    def _read_outputs(self, outputs: Plain, step: str) -> None:
        for artifact in mappings(at(outputs, "artifacts")):
            self._spend()
            if (address := _address(artifact)) is not None:
                made = self._artifact(artifact, address)
                self.builder.relate(made, "generated_by", self.ref, Proof.DECLARED, self.place, step)

    def _artifact(self, artifact: Mapping[str, Plain], address: str) -> ArtifactRef:
        """What lies at an address: a model where its name or the artifact's says so, else data."""
        name = text(artifact.get("name")) or ""
        is_model = "model" in name.lower() or kind_of_name(address) == "model"
        ref = identity.named("model" if is_model else "dataset", address)
        return self.builder.artifact(ref, name=address, resolved=False)

    def _state_parameters(self, spec: Mapping[str, Plain]) -> None:
        found: list[Json] = []
        for one in mappings(at(spec, "arguments", "parameters"))[:1000]:
            name, value = text(one.get("name")), text(one.get("value"))
            if name is not None and value is not None:
                found.append({"name": name, "value": redacted_value(name, value)})
        if found:
            self.builder.state(self.ref, "parameters", found, self.place)

    def _spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise NotExaminable(OVER_LIMIT, f"more than {ARTIFACTS} artifacts of a workflow")


def _address(artifact: Mapping[str, Plain]) -> str | None:
    """Where a stored artifact lies, as an address; None for one that is only passed on between steps."""
    for key, scheme in _BUCKETS.items():
        bucket, name = text(at(artifact, key, "bucket")), text(at(artifact, key, "key"))
        if name is not None and "{{" not in name:
            return f"{scheme}://{bucket or ''}/{name.lstrip('/')}"
    address = text(at(artifact, "http", "url"))
    return without_credentials(address) if address is not None and "{{" not in address else None
