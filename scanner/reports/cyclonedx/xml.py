"""The XML form of a bill of materials (namespace of CycloneDX 1.6), made from the JSON form."""

from __future__ import annotations

from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from scanner.reports import xml_text
from scanner.reports.cyclonedx.values import Object
from scanner.reports.visible import xml_safe

_MEMBERS: Final = {
    "components": "component",
    "ancestors": "component",
    "services": "service",
    "hashes": "hash",
    "commits": "commit",
    "externalReferences": "reference",
    "properties": "property",
    "occurrences": "occurrence",
    "performanceMetrics": "performanceMetric",
    "useCases": "useCase",
    "dependencies": "dependency",
    "compositions": "composition",
    "assemblies": "assembly",
    "formulation": "formula",
    "workflows": "workflow",
    "taskTypes": "taskType",
    "inputs": "input",
    "outputs": "output",
    "parameters": "parameter",
}
"""Lists that have an element of their own around one element a member; every other list repeats its element."""
_BARE: Final = ("licenses", "datasets")
"""Lists whose members are wrapped by the name of their only key."""
_ATTRIBUTES: Final = {
    "component": ("type", "bom-ref"),
    "service": ("bom-ref",),
    "formula": ("bom-ref",),
    "workflow": ("bom-ref",),
    "hash": ("alg",),
    "property": ("name",),
    "dependency": ("ref",),
    "reference": ("type",),
}
_CONTENT: Final = {"hash": "content", "property": "value"}


def to_xml(document: Object) -> bytes:
    """The document as XML (UTF-8); characters that XML cannot hold are made visible."""
    root = Element(
        "bom",
        xmlns=f"http://cyclonedx.org/schema/bom/{document['specVersion']}",
        serialNumber=document["serialNumber"],
        version=str(document["version"]),
    )
    for name, value in document.items():
        if isinstance(value, dict | list):
            _add(root, name, value)
    return xml_text.document(root)


def _add(parent: Element, name: str, value: Any) -> None:
    if isinstance(value, list):
        _add_list(parent, name, value)
    elif isinstance(value, dict):
        _add_object(parent, name, value)
    else:
        SubElement(parent, name).text = xml_safe(str(value))


def _add_list(parent: Element, name: str, members: list[Any]) -> None:
    if name == "dependsOn":
        for member in members:
            SubElement(parent, "dependency", ref=xml_safe(member))
    elif name == "assemblies":
        assemblies = SubElement(parent, name)
        for member in members:
            SubElement(assemblies, _MEMBERS[name], ref=xml_safe(member))
    elif name in _BARE:
        bare = SubElement(parent, name)
        for member in members:
            for key, value in member.items():
                _add(bare, key, value)
    elif name in _MEMBERS:
        wrapper = SubElement(parent, name)
        for member in members:
            _add(wrapper, _MEMBERS[name], member)
    else:
        for member in members:
            _add(parent, name, member)


def _add_object(parent: Element, name: str, value: Object) -> None:
    attributes = _ATTRIBUTES.get(name, ())
    element = SubElement(parent, name, {key: xml_safe(value[key]) for key in attributes if key in value})
    content = _CONTENT.get(name)
    for key, member in value.items():
        if key == content:
            element.text = xml_safe(member)
        elif key not in attributes:
            _add(element, key, member)
