"""XML without document types, entities or external anything; size, depth and number of elements are bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable

BYTES: Final = 32 << 20
ELEMENTS: Final = 500_000
DEPTH: Final = 64
_VERSION: Final = re.compile(rb"(<\?xml\s+version=['\"])1\.1")


@dataclass(slots=True)
class Element:
    """One element: its name as written, its attributes, its members and the pieces of text directly in it."""

    name: str
    attributes: dict[str, str]
    members: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text directly in it."""
        return "".join(self.parts)

    def named(self, name: str) -> list[Element]:
        """The members with this name."""
        return [one for one in self.members if one.name == name]

    def value(self, *path: str) -> str | None:
        """The text of the first element found by following names; None where one is absent or the text is empty."""
        element = self
        for name in path:
            found = element.named(name)
            if not found:
                return None
            element = found[0]
        return element.text.strip() or None

    def everywhere(self, name: str) -> list[Element]:
        """Every element of this name below this one, in order of the document."""
        found: list[Element] = []
        todo = [self]
        while todo:
            element = todo.pop()
            todo.extend(reversed(element.members))
            if element.name == name and element is not self:
                found.append(element)
        return found


def loads(data: bytes) -> Element:
    """The root element. Raises NotExaminable: unsupported for a document type, over_limit, unreadable."""
    if len(data) > BYTES:
        raise NotExaminable(OVER_LIMIT, f"XML larger than {BYTES} bytes")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        # Jenkins writes version 1.1, which differs in characters only and which expat does not know.
        parser.Parse(_VERSION.sub(rb"\g<1>1.0", data[:200]) + data[200:], True)
    except (expat.ExpatError, ValueError, LookupError):
        raise NotExaminable(UNREADABLE, "not valid XML") from None
    return reader.root.members[0]


class _Reader:
    def __init__(self) -> None:
        self.root = Element("", {})
        self._open = [self.root]
        self._count = 0

    def refuse(self, *_declaration: object) -> None:
        raise NotExaminable(UNSUPPORTED, "XML with a document type")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > ELEMENTS or len(self._open) > DEPTH:
            raise NotExaminable(OVER_LIMIT, "XML with too many or too deep elements")
        element = Element(name, attributes)
        self._open[-1].members.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].parts.append(text)
