"""How every XML report is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def document(root: Element) -> bytes:
    """An XML 1.0 document (UTF-8), indented by one blank a level."""
    from xml.etree import ElementTree

    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
