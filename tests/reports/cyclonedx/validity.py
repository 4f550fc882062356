"""Is a CycloneDX document valid: by its schemas, and by what they do not catch (references that lead nowhere)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator
from packageurl import PackageURL

LENGTHS = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping inside a document."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from objects(member)
    elif isinstance(value, list):
        for member in value:
            yield from objects(member)


def errors(document: dict[str, Any]) -> list[str]:
    """Every contradiction in a document, as sentences."""
    found = list(objects(document))
    named = Counter(item["bom-ref"] for item in found if "bom-ref" in item)
    wrong = [f"bom-ref {ref} is not unique" for ref, count in named.items() if count > 1]
    used = [item["ref"] for item in found if isinstance(item.get("ref"), str)]
    used += [ref for item in found for key in ("dependsOn", "assemblies") for ref in item.get(key, ())]
    wrong += [f"reference to nothing: {ref}" for ref in used if ref not in named]
    entries = Counter(item["ref"] for item in document.get("dependencies", ()))
    wrong += [f"{ref} has two entries of dependencies" for ref, count in entries.items() if count > 1]
    components = [document["metadata"]["component"], *document.get("components", ()), *document.get("services", ())]
    if "dependencies" in document:
        wrong += [f"{item['bom-ref']} has no dependencies" for item in components if item["bom-ref"] not in entries]
    for item in components:
        if "purl" in item:
            PackageURL.from_string(item["purl"])
        wrong += [
            f"{hash} has a wrong length"
            for hash in item.get("hashes", ())
            if LENGTHS[hash["alg"]] != len(hash["content"])
        ]
        if "modelCard" in item and item["type"] != "machine-learning-model":
            wrong.append(f"{item['bom-ref']} has a model card and is no model")
        if "data" in item and item.get("type") != "data":
            wrong.append(f"{item['bom-ref']} describes data and is none")
    return wrong


def json_error(text: bytes, version: str) -> str | None:
    """What the strict JSON schema of ``version`` says against a document; None when it is valid."""
    error = JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(text.decode())
    return f"{list(error.data.absolute_path)}: {error.data.message[:300]}" if error else None


def xml_error(text: bytes) -> str | None:
    """What the XML schema of 1.6 says against a document; None when it is valid."""
    error = XmlValidator(SchemaVersion.V1_6).validate_str(text.decode())
    return str(error.data) if error else None
