"""Models as XML: PMML (https://dmg.org/pmml, 3.0 to 4.4) and the graphs of OpenVINO (IR versions 5 to 11).

Read as a stream by expat: no entity is declared or expanded, no document type is followed, whatever the encoding. Every
other XML is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "xml_models"
VERSION: Final = "1"
CHUNK: Final = 1 << 20
ELEMENTS: Final = 20_000_000
DEPTH: Final = 2_000
TEXT: Final = 1 << 20
"""Characters of one name or attribute; expat keeps each of them whole."""
OPSETS: Final = re.compile(r"opset\d{1,2}\Z|experimental\Z|ie_internal_opset\Z|util\Z|type_relaxed_opset\Z|\Z")
"""Sets of operators that OpenVINO brings."""
NATIVE: Final = re.compile(r"\.(?:so|dll|dylib)(?:\.\d+)*\Z", re.IGNORECASE)

_UTF16: Final = ("utf-16-le", "utf-16-be")
_MARKS: Final = tuple(
    mark.encode(encoding) for mark in ("<PMML", ":PMML", "<net") for encoding in ("ascii", *_UTF16)
) + tuple("<!DOCTYPE PMML".encode(encoding) for encoding in ("ascii", *_UTF16))
_STARTS: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")


def wants(blob: Blob) -> bool:
    """Whether the content is XML whose beginning names the root of one of these models, in any encoding of XML."""
    head = blob.head
    return head.lstrip(b" \t\r\n").startswith(_STARTS) and any(mark in head for mark in _MARKS)


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one model; empty evidence for other XML. Raises NotExaminable for what is cut or too large."""
    builder = EvidenceBuilder(NAME)
    model = _Model(blob)
    try:
        model.read()
    except NotExaminable:
        if model.format is not None:
            raise
        return builder.build()
    if model.format is None:
        return builder.build()
    builder.state(blob.ref, "format", model.format, blob.location)
    state_reasons(builder, blob, model.reasons, f"{model.elements} elements that only describe")
    return builder.build()


class _Stop(Exception):
    """Enough was seen; what follows is not parsed."""


class _Model:
    def __init__(self, blob: Blob) -> None:
        self.blob = blob
        self.format: str | None = None
        self.reasons: set[Reason] = set()
        self.elements = 0
        self._depth = 0
        self._looked = False
        self._held: int | None = None
        self._read: Callable[[str, Mapping[str, str]], None] = self._root
        self._own: set[str] = set()
        self._called: dict[str, str] = {}
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity

    def read(self) -> None:
        """Parse to the end, or to the root below a document type."""
        try:
            with self.blob.open() as stream:
                while data := stream.read(CHUNK):
                    self._parser.Parse(data, False)
                self._parser.Parse(b"", True)
        except _Stop:
            return
        except (expat.ExpatError, ValueError, LookupError):
            raise NotExaminable(UNREADABLE, "not valid XML") from None
        for name, at in sorted(self._called.items()):
            if name not in self._own:
                self._add("pmml-java-function", name, at, "unknown")

    def _add(self, code: str, detail: str, at: str, verdict: str) -> None:
        if len(self.reasons) < 1000:
            self.reasons.add(Reason(code, escape(detail), at, verdict))

    @property
    def _at(self) -> str:
        return f"line {self._parser.CurrentLineNumber}"

    def _doctype(self, name: str, system: str | None, public: str | None, _subset: bool) -> None:
        if system or public:
            self._add("xml-document-type", f"{name} {system or public}", self._at, "malicious")
        else:
            self._add("xml-document-type", name, self._at, "unknown")

    def _entity(
        self, name: str, _parameter: bool, value: str | None, _base: str | None, system: str | None, *_rest: object
    ) -> None:
        verdict = "malicious" if system else "unknown"
        self._add("xml-entity", f"{name} {system or value}"[:200], self._at, verdict)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self._depth += 1
        if self.elements > ELEMENTS or self._depth > DEPTH or len(name) > TEXT:
            raise NotExaminable(OVER_LIMIT, "XML with too many or too deep elements")
        self._read(name, attributes)

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _root(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "PMML":
            self.format, self._read = "pmml", self._pmml
        elif local == "net" and "version" in attributes and "name" in attributes:
            self.format, self._read = "openvino", self._openvino
        else:
            raise _Stop
        if self.reasons:
            # No model needs a document type; with one, what follows may be anything.
            raise _Stop

    def _pmml(self, name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local.lower() == "script":
            self._add("pmml-script", "an element of script", self._at, "malicious")
        elif local == "DefineFunction":
            self._own.add(attributes.get("name", ""))
        elif local == "Apply" and "." in (function := attributes.get("function", "")):
            self._called.setdefault(function[:200], self._at)

    def _openvino(self, name: str, attributes: Mapping[str, str]) -> None:
        for key, value in attributes.items():
            if key.lower() == "library" or NATIVE.search(value[-200:]):
                self._add("openvino-native-library", f"{key}={value[:120]}", self._at, "malicious")
        if name == "layer":
            kind, opset = attributes.get("type", ""), attributes.get("version", "")
            if kind.lower() == "python":
                self._add("openvino-native-library", f"layer of type {kind}", self._at, "malicious")
            elif not OPSETS.match(opset):
                self._add("openvino-custom-layer", f"{kind[:80]} of {opset[:80]}", self._at, "unknown")
        elif name == "data" and "offset" in attributes and "size" in attributes:
            self._weights(attributes["offset"], attributes["size"])

    def _weights(self, offset: str, size: str) -> None:
        numbers = [int(one) if one.isascii() and one.isdigit() and len(one) < 19 else -1 for one in (offset, size)]
        held = self._size_of_weights()
        if min(numbers) < 0 or (held is not None and sum(numbers) > held):
            self._add("openvino-offset", f"{offset[:40]} + {size[:40]}", self._at, "unknown")

    def _size_of_weights(self) -> int | None:
        """Bytes of the file beside it that holds its numbers; None where it was not seen."""
        if not self._looked:
            self._looked = True
            name = self.blob.name.rpartition(".")[0] + ".bin"
            other = self.blob.near(name) if self.blob.near is not None else None
            self._held = None if other is None else other.size
        return self._held
