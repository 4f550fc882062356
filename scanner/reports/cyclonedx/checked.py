"""A document is checked against the schema of its version before anybody receives it.

A bill of materials of version 1.6 is checked in its XML form: the XML schema says more than the JSON schema, and its
validator takes a fraction of a second for any size. The JSON validator of the CycloneDX library compares all components
with each other; beyond :data:`LIMIT` of them it would take longer than the scan, and only tests check such documents.
"""

from __future__ import annotations

from typing import Any, Final

from scanner.errors import LadingError
from scanner.reports.cyclonedx.xml import to_xml
from scanner.reports.json_result import to_bytes

LIMIT: Final = 400


def checked_bill_of_materials(document: dict[str, Any]) -> bytes:
    """A bill of materials of version 1.6 as JSON text. Raises LadingError when it breaks its schema: an error of ours."""
    checked_xml(to_xml(document))
    return to_bytes(document)


def checked_json(document: dict[str, Any]) -> bytes:
    """Any other document as JSON text. Raises LadingError as above."""
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
    """XML text of version 1.6. Raises LadingError as above."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.xml import XmlValidator

    if XmlValidator(SchemaVersion.V1_6).validate_str(text.decode()) is not None:
        raise LadingError("CycloneDX XML: breaks the schema; report it as an error of lading")
    return text
