"""Bills of materials and VEX documents found in the release: CycloneDX, SPDX, OpenVEX and CSAF.

Sources: CycloneDX 1.2 to 1.7, SPDX 2.2 to 3.0, OpenVEX 0.2, CSAF 2.0. A document is told as a document: what it lists is its
author's word and adds no package to the inventory, but the models and data of an AI bill of materials, and what is said of
their origin, are declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Location, Proof
from scanner.records import json_bounded, xml_bounded
from scanner.records.plain import Plain, at, mapping, mappings, text, texts
from scanner.records.resources import resource
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "sbom_document"
VERSION: Final = "1"
LIMIT: Final = 64 << 20
COMPONENTS: Final = 100_000
_SUFFIXES: Final = (".json", ".xml", ".spdx", ".cdx", ".bom", ".vex", ".jsonld")
_TAG_VALUE: Final = re.compile(rb"(?:\A|\n)SPDXVersion: SPDX-2")
_CREATED: Final = re.compile(r"^Created:\s*(\S+)", re.MULTILINE)
_JSON: Final = re.compile(
    rb'"bomFormat"\s*:\s*"CycloneDX"|"spdxVersion"\s*:\s*"SPDX-|"csaf_version"\s*:\s*"'
    rb'|"@context"\s*:\s*\[?\s*"https://(?:spdx\.org/rdf/3|openvex\.dev/ns)'
)
_XML: Final = re.compile(rb"<(?:\w+:)?bom\s[^<>]*http://cyclonedx\.org/schema/bom/")
_KINDS: Final = {"machine-learning-model": "model", "data": "dataset"}


def wants(blob: Blob) -> bool:
    """A document that names its format near its beginning; a small JSON one anywhere."""
    if not blob.name.endswith(_SUFFIXES):
        return False
    if blob.name.endswith(".spdx") and _TAG_VALUE.search(blob.head):
        return True
    first = blob.head.lstrip()[:1]
    if first == b"{":
        return _JSON.search(blob.content or blob.head) is not None
    return first == b"<" and _XML.search(blob.head) is not None


def collect(blob: Blob) -> Evidence:
    """One document with its role and date, and what it describes. Raises NotExaminable when it cannot be read."""
    builder = EvidenceBuilder(NAME)
    first = blob.head.lstrip()[:1]
    if first == b"{":
        data = mapping(json_bounded.loads(blob.text(LIMIT)))
        # Some members only quote a document; the top level decides.
        if (said := _from_json(data)) is not None:
            document = _state(builder, blob, *said)
            if data.get("bomFormat") == "CycloneDX":
                _CycloneDX(builder, blob, document, {}).read(data)
    elif first == b"<":
        root = xml_bounded.loads(blob.read())
        if root.name.rpartition(":")[2] == "bom":
            _state(builder, blob, "sbom", root.value("metadata", "timestamp"))
    else:
        created = _CREATED.search(blob.text(LIMIT))
        _state(builder, blob, "sbom", created[1] if created else None)
    return builder.build()


def _from_json(data: Mapping[str, Plain]) -> tuple[str, str | None] | None:
    """Role and date of a JSON document, or None for one of another kind."""
    if data.get("bomFormat") == "CycloneDX":
        # Vulnerabilities without components: the VEX form of CycloneDX.
        role = "vex" if data.get("vulnerabilities") and not data.get("components") else "sbom"
        return role, text(at(data, "metadata", "timestamp"))
    if (text(data.get("spdxVersion")) or "").startswith("SPDX-"):
        return "sbom", text(at(data, "creationInfo", "created"))
    contexts = texts(data.get("@context"))
    if any(one.startswith("https://openvex.dev/ns") for one in contexts):
        return "vex", text(data.get("last_updated")) or text(data.get("timestamp"))
    if any(one.startswith("https://spdx.org/rdf/3") for one in contexts):
        graph = mappings(data.get("@graph"))
        info = next((one for one in graph if one.get("type") == "CreationInfo"), {})
        return "sbom", text(info.get("created"))
    if at(data, "document", "csaf_version") is not None:
        role = "vex" if at(data, "document", "category") == "csaf_vex" else "other"
        return role, text(at(data, "document", "tracking", "current_release_date"))
    return None


def _state(builder: EvidenceBuilder, blob: Blob, role: str, date: str | None) -> ArtifactRef:
    document = builder.artifact(identity.placed("document", blob.path), blob.location, name=blob.path)
    builder.state(document, "role", role, blob.location)
    if (moment := from_text(date)) is not None:
        builder.state(document, "updated", moment, blob.location)
    return document


@dataclass(slots=True)
class _CycloneDX:
    builder: EvidenceBuilder
    blob: Blob
    document: ArtifactRef
    by_id: dict[str, ArtifactRef]

    def read(self, data: Mapping[str, Plain]) -> None:
        """State what the document is about, and the models and data among its components."""
        subject = mapping(at(data, "metadata", "component"))
        components = [subject, *_components(data)]
        for component in components:
            is_subject = component is subject and bool(component)
            kind = _KINDS.get(text(component.get("type")) or "")
            if (kind is None and not is_subject) or (ref := self._artifact(component, kind)) is None:
                continue
            self.builder.relate(ref, "described_by", self.document, Proof.DECLARED, self._place(component))
            if (id := text(component.get("bom-ref"))) is not None:
                self.by_id[id] = ref
        for component in components:
            self._read_origins(component)

    def _artifact(self, component: Mapping[str, Plain], kind: str | None) -> ArtifactRef | None:
        """A component by its digest or package URL; a model or data set without either by its name."""
        hashes = {text(one.get("alg")): text(one.get("content")) for one in mappings(component.get("hashes"))}
        name, purl = text(component.get("name")) or "", text(component.get("purl")) or ""
        sha256 = identity.hex_digest("sha256", hashes.get("SHA-256") or "")
        if kind is not None:
            ref = identity.content(kind, sha256) if sha256 is not None else identity.named(kind, name)
            if not name and sha256 is None:
                return None
        else:
            is_image = component.get("type") == "container"
            found = resource({"uri": purl, "name": name, "digest": {"sha256": sha256}}, image=is_image)
            if found is None or found.ref.kind not in ("image", "package", "model", "dataset"):
                return None
            ref = found.ref
        return self.builder.artifact(ref, name=name or None, version=text(component.get("version")), resolved=False)

    def _read_origins(self, component: Mapping[str, Plain]) -> None:
        """Training data of the model card, and the models that the pedigree calls ancestors."""
        model = self.by_id.get(text(component.get("bom-ref")) or "")
        if model is None or model.kind != "model":
            return
        place = self._place(component)
        for one in mappings(at(component, "modelCard", "modelParameters", "datasets")):
            target = self.by_id.get(text(one.get("ref")) or "")
            if target is None and (name := text(one.get("name"))) is not None:
                target = self.builder.artifact(identity.named("dataset", name), name=name, resolved=False)
            if target is not None and target.kind == "dataset":
                self.builder.relate(model, "trained_on", target, Proof.DECLARED, place)
        for ancestor in mappings(at(component, "pedigree", "ancestors")):
            if ancestor.get("type") == "machine-learning-model" and (ref := self._artifact(ancestor, "model")):
                self.builder.relate(model, "derived_from", ref, Proof.DECLARED, place)

    def _place(self, component: Mapping[str, Plain]) -> Location:
        return self.blob.at(f"component {text(component.get('bom-ref'), 200) or text(component.get('name'), 200)}")


def _components(data: Mapping[str, Plain]) -> Iterator[Mapping[str, Plain]]:
    """Components and the components in them, at most :data:`COMPONENTS`."""
    todo = [*reversed(mappings(data.get("components")))]
    for _ in range(COMPONENTS):
        if not todo:
            return
        component = todo.pop()
        yield component
        todo.extend(reversed(mappings(component.get("components"))))
    raise NotExaminable(OVER_LIMIT, f"more than {COMPONENTS} components")
