"""Terraform plans and states: which images and models the planned or built infrastructure runs and serves.

Sources: Terraform JSON output format 1.x (``terraform show -json``), state file format 4. Plans and states hold passwords in
clear. What they mark as sensitive is taken out before anything is read, and is told only as a place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNSUPPORTED, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Proof
from scanner.records import json_bounded
from scanner.records.plain import Plain, at, mapping, mappings, sequence, text
from scanner.records.references import image_reference, relate_image, without_credentials
from scanner.records.secrets import LIMIT as SECRETS
from scanner.records.secrets import redacted_value
from scanner.records.sensitive import marks_of_paths, sensitive_parts, without_sensitive
from scanner.sources.blob import Blob

NAME: Final = "terraform"
VERSION: Final = "1"
RESOURCES: Final = 20_000
SHORT: Final = 4
"""Characters below which a secret text is not looked for in others: ``on`` or ``eu`` would hide everything."""
_RUNS: Final = re.compile(
    r"(?:aws_(?:ecs|sagemaker|lambda|batch|apprunner|bedrock)|google_(?:cloud_run|cloudfunctions|vertex_ai|ai_platform)"
    r"|azurerm_(?:container|linux|machine_learning|kubernetes)|kubernetes|docker|nomad|helm|databricks|terraform_data"
    r"|null_resource)"
)
"""Types whose ``image`` is a container image; elsewhere it may be that of a disk."""
_IMAGE: Final = re.compile(r"(?:container_|docker_)?image(?:_uri|_url|_identifier|_name)?\Z")
_MODEL: Final = re.compile(
    r"(?:.*_)?model(?:_data)?(?:_url|_uri|_path|_source|_s3_uri)?\Z|artifact_uri\Z|storage_uri\Z|s3_uri\Z"
)
_URI: Final = re.compile(r"[a-z][a-z0-9+.\-]{1,20}://\S+\Z")
_JSON: Final = ("container_definitions", "container_properties")


def wants(blob: Blob) -> bool:
    """A state file, or JSON that begins as Terraform writes a plan or state."""
    head = blob.head.lstrip()
    if not head.startswith(b"{") or b'"terraform_version"' not in head:
        return False
    return (b'"format_version"' in head and blob.name.endswith(".json")) or (
        b'"serial"' in head and b'"lineage"' in head
    )


def collect(blob: Blob) -> Evidence:
    """One deployment for each resource that runs or serves something. Raises NotExaminable for other versions."""
    data = mapping(json_bounded.loads(blob.text()))
    found = list(islice(_state_resources(data) if "serial" in data else _shown_resources(data), RESOURCES + 1))
    if len(found) > RESOURCES:
        raise NotExaminable(OVER_LIMIT, f"more than {RESOURCES} resources")
    builder = EvidenceBuilder(NAME)
    # A secret that is marked in one attribute stands unmarked in others that were made from it.
    record = _Record(builder, blob, _secret_variables(data) | _secret_texts(found))
    for resource in found:
        record.read(resource)
    if record.secrets:
        builder.state(blob.ref, "secrets", record.secrets[:SECRETS], blob.location)
    return builder.build()


@dataclass(frozen=True, slots=True)
class _Resource:
    address: str
    type: str
    values: Plain
    marks: Plain


def _shown_resources(data: Mapping[str, Plain]) -> Iterator[_Resource]:
    """Resources of ``terraform show -json``: those of a plan after it is applied, or those of a state."""
    if not (text(data.get("format_version")) or "").startswith(("0.", "1.")):
        raise NotExaminable(UNSUPPORTED, "Terraform output of an unknown version")
    todo = [mapping(at(data, key, "root_module")) for key in ("planned_values", "values")]
    while todo:
        module = todo.pop()
        todo.extend(mappings(module.get("child_modules")))
        for one in mappings(module.get("resources")):
            if one.get("mode") == "managed":
                address, type = text(one.get("address")) or "", text(one.get("type")) or ""
                yield _Resource(address, type, one.get("values"), one.get("sensitive_values"))


def _state_resources(data: Mapping[str, Plain]) -> Iterator[_Resource]:
    if data.get("version") != 4:
        raise NotExaminable(UNSUPPORTED, "Terraform state of another version than 4")
    for one in mappings(data.get("resources")):
        if one.get("mode") != "managed":
            continue
        parts = (text(one.get("module")), text(one.get("type")), text(one.get("name")))
        address = ".".join(part for part in parts if part)
        for instance in mappings(one.get("instances")):
            key = instance.get("index_key")
            index = f'["{key}"]'[:200] if isinstance(key, str) else f"[{key}]" if isinstance(key, int) else ""
            marks = marks_of_paths(instance.get("sensitive_attributes"))
            yield _Resource(address + index, parts[1] or "", _unwrapped(instance.get("attributes")), marks)


def _unwrapped(value: Plain) -> Plain:
    """Attributes without the ``{"value", "type"}`` in which a state keeps those of any type; paths step over it."""
    while isinstance(value, Mapping) and value.keys() == {"value", "type"}:
        value = value["value"]
    if isinstance(value, Mapping):
        return {key: _unwrapped(member) for key, member in value.items()}
    return [_unwrapped(member) for member in value] if isinstance(value, list) else value


def _secret_texts(resources: list[_Resource]) -> frozenset[str]:
    """Texts of some length in what the resources mark as sensitive."""
    parts = (part for one in resources for _, part in sensitive_parts(one.values, one.marks))
    return frozenset(found for part in parts for _, found in _texts(part) if len(found) >= SHORT)


def _secret_variables(data: Mapping[str, Plain]) -> frozenset[str]:
    """Values of sensitive variables: a plan repeats them in clear, and marks only their declaration."""
    declared = mapping(at(data, "configuration", "root_module", "variables"))
    secret = [name for name, one in declared.items() if at(one, "sensitive") is True]
    found = [at(data, "variables", name, "value") for name in secret]
    found += [at(declared, name, "default") for name in secret]
    return frozenset(value for value in found if isinstance(value, str) and len(value) >= SHORT)


@dataclass(slots=True)
class _Record:
    builder: EvidenceBuilder
    blob: Blob
    secret_values: frozenset[str]
    secrets: list[Json] = field(default_factory=list)

    def read(self, resource: _Resource) -> None:
        for part, _ in sensitive_parts(resource.values, resource.marks):
            name = f"{resource.address}.{part}"
            # The digest of the place: that of a short password would tell the password.
            id = hashlib.sha256(f"terraform-sensitive-value\0{name}".encode("utf-8", "surrogatepass")).hexdigest()
            self.secrets.append({"id": id, "type": "terraform-sensitive-value"})
        ref = identity.placed("deployment", self.blob.path, resource.address)
        pinned: list[bool] = []
        served: list[str] = []
        for key, value in _texts(without_sensitive(resource.values, resource.marks)):
            is_image = _IMAGE.match(key) is not None and _RUNS.match(resource.type) is not None
            is_model = _MODEL.match(key) is not None and _URI.match(value) is not None
            if not (is_image or is_model) or any(secret in value for secret in self.secret_values):
                continue
            address = without_credentials(value) if is_model else value
            if redacted_value(key, address) != address:
                continue
            if is_image:
                pinned += self._runs(ref, address, resource)
            else:
                served.append(address)
        place = self.blob.at(resource.address)
        for address in sorted(set(served)):
            model = self.builder.artifact(identity.named("model", address), name=address, resolved=False)
            self.builder.relate(ref, "serves", model, Proof.DECLARED, place)
        if pinned or served:
            self.builder.artifact(ref, place, name=resource.address)
        if pinned:
            self.builder.state(ref, "image_pinned", {"by_digest": all(pinned)}, place)

    def _runs(self, ref: ArtifactRef, value: str, resource: _Resource) -> list[bool]:
        reference = image_reference(value)
        if reference is None:
            self.builder.missed(self.blob.at(resource.address), UNSUPPORTED, "image that only the run knows")
            return [False]
        relate_image(self.builder, ref, "runs", reference, self.blob.at(resource.address))
        return [reference.digest is not None]


def _texts(value: Plain) -> Iterator[tuple[str, str]]:
    """Every text of a value with the nearest key above it, those of JSON in a text included."""
    todo: list[tuple[str, Plain]] = [("", value)]
    while todo:
        key, one = todo.pop()
        if isinstance(one, Mapping):
            todo.extend(reversed(list(one.items())))
        elif isinstance(one, str) and key in _JSON:
            try:
                todo.append(("", json_bounded.loads(one)))
            except NotExaminable:
                continue
        elif isinstance(one, str) and one:
            yield key, one
        else:
            todo.extend((key, member) for member in reversed(sequence(one)))
