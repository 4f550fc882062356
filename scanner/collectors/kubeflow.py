"""Kubeflow Pipelines in their compiled form: images, installs while they run, and which data a model would be made from.

Source: Kubeflow Pipelines intermediate representation (``PipelineSpec`` 2.1) as YAML. This is the definition of a pipeline
and not the record of a run: what it says of data and models is declared. A lightweight component of the SDK always installs
the SDK itself when it runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Proof
from scanner.records import json_bounded, yaml_events
from scanner.records.commands import installs
from scanner.records.plain import Plain, at, mapping, text, texts
from scanner.records.references import image_reference, relate_image, without_credentials
from scanner.records.secrets import redacted_value
from scanner.sources.blob import Blob

NAME: Final = "kubeflow"
VERSION: Final = "1"
TASKS: Final = 5_000
LINKS: Final = 20_000
"""Relationships between artifacts of tasks."""
_KINDS: Final = {
    "system.Model": "model",
    "google.VertexModel": "model",
    "google.UnmanagedContainerModel": "model",
    "system.Dataset": "dataset",
    "google.VertexDataset": "dataset",
    "google.BQTable": "dataset",
}


def wants(blob: Blob) -> bool:
    """YAML or JSON with the two parts that every compiled pipeline has."""
    if not blob.name.lower().endswith((".yaml", ".yml", ".json")):
        return False
    known = blob.content if blob.content is not None else blob.head
    return b"pipelineInfo" in known and b"deploymentSpec" in known


def collect(blob: Blob) -> Evidence:
    """The pipeline with its steps, images, data and models. Raises NotExaminable for what is no compiled pipeline."""
    content = blob.text()
    if blob.name.lower().endswith(".json"):
        documents = [json_bounded.loads(content)]
    else:
        documents = [document.data for document in yaml_events.load_all(content)]
    # A JSON job wraps the specification; a second YAML document is about the platform.
    data = next(
        (one for each in documents for one in (mapping(each), mapping(at(each, "pipelineSpec"))) if "root" in one), {}
    )
    name = text(at(data, "pipelineInfo", "name"))
    if name is None:
        raise NotExaminable(UNREADABLE, "compiled pipeline without a name")
    builder = EvidenceBuilder(NAME)
    ref = builder.artifact(identity.placed("pipeline", blob.path, name), blob.at("pipelineInfo"), name=name)
    pipeline = _Pipeline(blob, builder, ref, data)
    pipeline.state_steps()
    pipeline.state_parameters()
    pipeline.state_artifacts()
    return builder.build()


@dataclass(slots=True)
class _Pipeline:
    blob: Blob
    builder: EvidenceBuilder
    ref: ArtifactRef
    data: Mapping[str, Plain]

    def state_steps(self) -> None:
        steps: list[Json] = []
        for label, executor in sorted(mapping(at(self.data, "deploymentSpec", "executors")).items()):
            container = mapping(at(executor, "container"))
            if not container:
                continue
            place = self.blob.at(f"executor {label[:100]}")
            image = text(container.get("image")) or ""
            reference = image_reference(image)
            if reference is not None:
                relate_image(self.builder, self.ref, "used", reference, place, label[:100])
            elif image:
                self.builder.missed(place, UNREADABLE, "image that only the run knows")
            # The words of a command line are one script each: `sh -c` gets one of them.
            words = _long_texts(container.get("command")) + _long_texts(container.get("args"))
            found = [install for word in words for install in installs(word)]
            pinned = reference is not None and reference.digest is not None and all(one.pinned for one in found)
            steps.append({"id": label[:200], "pinned": pinned, "installs_at_run_time": bool(found)})
        self.builder.state(self.ref, "steps", steps, self.blob.at("deploymentSpec"))

    def state_parameters(self) -> None:
        found: list[Json] = []
        for name, definition in sorted(mapping(at(self.data, "root", "inputDefinitions", "parameters")).items()):
            if (value := text(at(definition, "defaultValue"))) is not None:
                found.append({"name": name[:200], "value": redacted_value(name[:200], value)})
        if found:
            self.builder.state(self.ref, "parameters", found, self.blob.at("root"))

    def state_artifacts(self) -> None:
        """What the tasks make, and from what. The output of an imported task is what it imports."""
        left = LINKS
        for count, (graph, name, task) in enumerate(self._tasks()):
            if count >= TASKS:
                raise NotExaminable(OVER_LIMIT, f"more than {TASKS} tasks")
            place = self.blob.at(f"task {name[:100]}")
            made = self._outputs(graph, name, task)
            used = [one for one in self._inputs(graph, task) if one not in made]
            left -= len(made) * (len(used) + 1)
            if left < 0:
                raise NotExaminable(OVER_LIMIT, f"more than {LINKS} links between tasks")
            imported = self._executor(task).get("importer") is not None
            for artifact in made:
                if imported:
                    self.builder.relate(self.ref, "used", artifact, Proof.DECLARED, place, "imported")
                    continue
                self.builder.relate(artifact, "generated_by", self.ref, Proof.DECLARED, place, name[:100])
                for origin in used:
                    type = "trained_on" if (artifact.kind, origin.kind) == ("model", "dataset") else "derived_from"
                    self.builder.relate(artifact, type, origin, Proof.DECLARED, place, name[:100])

    def _tasks(self) -> Iterator[tuple[str, str, Mapping[str, Plain]]]:
        """Name of the graph it stands in, name and fields of every task."""
        graphs = [("root", mapping(self.data.get("root")))]
        graphs += [(name, mapping(one)) for name, one in sorted(mapping(self.data.get("components")).items())]
        for graph, fields in graphs:
            for name, task in sorted(mapping(at(fields, "dag", "tasks")).items()):
                yield graph, name, mapping(task)

    def _component(self, task: Mapping[str, Plain]) -> Mapping[str, Plain]:
        return mapping(at(self.data, "components", text(at(task, "componentRef", "name")) or ""))

    def _executor(self, task: Mapping[str, Plain]) -> Mapping[str, Plain]:
        label = text(self._component(task).get("executorLabel")) or ""
        return mapping(at(self.data, "deploymentSpec", "executors", label))

    def _outputs(self, graph: str, name: str, task: Mapping[str, Plain]) -> list[ArtifactRef]:
        definitions = mapping(at(self._component(task), "outputDefinitions", "artifacts"))
        found = (self._output(graph, name, task, key) for key in sorted(definitions))
        return [ref for ref in found if ref is not None]

    def _output(self, graph: str, name: str, task: Mapping[str, Plain], key: str) -> ArtifactRef | None:
        """A model or dataset that a task puts out; metrics, reports and untyped files are neither."""
        definition = at(self._component(task), "outputDefinitions", "artifacts", key)
        kind = _KINDS.get(text(at(definition, "artifactType", "schemaTitle")) or "")
        if kind is None:
            return None
        uri = text(at(self._executor(task), "importer", "artifactUri", "constant"))
        if uri is not None:
            address = without_credentials(uri)
            return self.builder.artifact(identity.named(kind, address), name=address, resolved=False)
        id = "/".join(part[:200] for part in (graph, name, key))
        ref = identity.record(kind, "kubeflow", self.blob.path, id)
        return self.builder.artifact(ref, name=f"{name[:200]}/{key[:200]}", resolved=False)

    def _inputs(self, graph: str, task: Mapping[str, Plain]) -> list[ArtifactRef]:
        """Artifacts of other tasks of the same graph; what comes from outside the graph is not followed."""
        scope = self.data.get("root") if graph == "root" else at(self.data, "components", graph)
        found = []
        for _, source in sorted(mapping(at(task, "inputs", "artifacts")).items()):
            output = mapping(at(source, "taskOutputArtifact"))
            producer, key = text(output.get("producerTask")) or "", text(output.get("outputArtifactKey")) or ""
            if (ref := self._output(graph, producer, mapping(at(scope, "dag", "tasks", producer)), key)) is not None:
                found.append(ref)
        return found


def _long_texts(value: Plain) -> list[str]:
    members = value if isinstance(value, list) else texts(value)
    return [word for member in members if (word := text(member, 200_000)) is not None]
