"""A document is checked against the schema of its version before anybody receives it.

The validator of the CycloneDX library compares all components with each other; beyond :data:`LIMIT` of them it would take
longer than the scan, and only tests check such documents.
"""

from __future__ import annotations

from typing import Any, Final

from scanner.errors import LadingError
from scanner.reports.json_result import to_bytes

LIMIT: Final = 400


def checked_json(document: dict[str, Any]) -> bytes:
    """The document as JSON text. Raises LadingError when it breaks its schema, which is an error of ours."""
    data = to_bytes(document)
    if len(document.get("components", ())) + len(document.get("vulnerabilities", ())) <= LIMIT:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator

        problem = JsonStrictValidator(SchemaVersion.from_version(document["specVersion"])).validate_str(data.decode())
        if problem is not None:
            where = "/".join(map(str, problem.data.absolute_path))
            raise LadingError(f"CycloneDX {where}: breaks the schema; report it as an error of lading")
    return data


def checked_xml(text: bytes) -> bytes:
    """The same for XML, of any size."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.xml import XmlValidator

    if XmlValidator(SchemaVersion.V1_6).validate_str(text.decode()) is not None:
        raise LadingError("CycloneDX XML: breaks the schema; report it as an error of lading")
    return text
