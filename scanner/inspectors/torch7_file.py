"""Torch7 files (``.t7``): a walk over the stored objects; a stored Lua function is code that its user calls.

Form: ``torch.File:writeObject`` of Torch7, binary, little endian. No Lua is loaded; the walk keeps its own stack.
"""

from __future__ import annotations

import re
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "torch7_file"
VERSION: Final = "1"
OBJECTS: Final = 20_000_000
NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN, FUNCTION = 0, 1, 2, 3, 4, 5, 6
CLOSURES: Final = frozenset({7, 8})
"""Functions with the values that they hold on to, in the present and in the older form."""
WIDTHS: Final = {
    "Byte": 1, "Char": 1, "Short": 2, "Int": 4, "Long": 8, "Float": 4, "Double": 8, "Half": 2, "Cuda": 4, "CudaByte": 1,
    "CudaChar": 1, "CudaShort": 2, "CudaInt": 4, "CudaLong": 8, "CudaDouble": 8, "CudaHalf": 2,
}  # fmt: skip
"""Bytes of an element of each kind of tensor and storage."""

_TENSOR: Final = re.compile(r"torch\.(\w+?)(Tensor|Storage)\Z")
_OBJECT: Final = re.compile(
    rb"(?:\x03\0\0\0\x01\0\0\0.{4}[\0-\x08]\0\0\0.{4,16})?\x04\0\0\0.{4}\x03\0\0\0V 1", re.DOTALL
)
_TEXT: Final = re.compile(rb"(?:3\n1\n\d+\n.{1,200}?\n)?4\n\d+\n3\nV 1\n", re.DOTALL)
_TABLE: Final = b"\x03\0\0\0\x01\0\0\0"
_CLASS: Final = re.compile(rb"\x03\0\0\0V 1.{4}(?:torch|nn|cudnn|nngraph)\.", re.DOTALL)


def wants(blob: Blob) -> bool:
    """Whether the content begins with an object of Torch, or with a table that holds one."""
    head = blob.head
    if head.startswith(_TABLE):
        return _CLASS.search(head) is not None or len(head) == blob.size
    return _OBJECT.match(head) is not None or _TEXT.match(head) is not None


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one file; empty evidence for what only begins like one. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    if _TEXT.match(blob.head):
        raise NotExaminable(UNSUPPORTED, "a Torch7 file in ASCII")
    walk = _Walk(view(blob))
    try:
        walk.run()
    except NotExaminable:
        if walk.classes:
            raise
        return builder.build()
    if not walk.classes and not walk.reasons:
        return builder.build()
    builder.state(blob.ref, "format", "torch7", blob.location)
    state_reasons(builder, blob, walk.reasons, f"data only: {walk.count} objects")
    return builder.build()


class _Walk:
    def __init__(self, data: memoryview) -> None:
        self.data, self.position, self.count = data, 0, 0
        self.classes: set[str] = set()
        self.reasons: set[Reason] = set()
        self._seen: set[int] = set()
        self._todo: list[int] = []

    def run(self) -> None:
        """Read the object that the file holds."""
        self._todo = [1]
        while self._todo:
            left = self._todo.pop()
            if left > 1:
                self._todo.append(left - 1)
            self.count += 1
            if self.count > OBJECTS:
                raise NotExaminable(OVER_LIMIT, f"more than {OBJECTS} objects")
            self._object()
        if self.position < len(self.data):
            detail = f"{len(self.data) - self.position} bytes behind the object"
            self.reasons.add(Reason("torch7-trailing-bytes", detail, f"byte {self.position}", "unknown"))

    def _object(self) -> None:
        kind = self._number(4)
        if kind == NUMBER:
            self._take(8)
        elif kind == STRING:
            self._take(self._number(4))
        elif kind == BOOLEAN:
            self._take(4)
        elif kind in (TABLE, TORCH, FUNCTION, *CLOSURES):
            self._numbered(kind)
        elif kind != NIL:
            raise NotExaminable(UNREADABLE, "broken Torch7 file: unknown type of object")

    def _numbered(self, kind: int) -> None:
        """Objects that may occur again: what was read once is only named by its number."""
        index = self._number(4)
        if index in self._seen:
            return
        self._seen.add(index)
        if kind == TABLE:
            self._members(self._number(4))
        elif kind == TORCH:
            self._torch()
        else:
            at = f"byte {self.position}"
            self._take(self._number(4))
            self.reasons.add(Reason("torch7-function", "a stored Lua function", at, "malicious"))
            self._todo.append(1)

    def _members(self, count: int) -> None:
        if count * 8 > len(self.data) - self.position:
            raise NotExaminable(UNREADABLE, "broken Torch7 file: more members than bytes")
        if count:
            self._todo.append(2 * count)

    def _torch(self) -> None:
        name = bytes(self._take(self._number(4))).decode("utf-8", "replace")
        if name.startswith("V "):
            name = bytes(self._take(self._number(4))).decode("utf-8", "replace")
        self.classes.add(name[:200])
        match = _TENSOR.match(name)
        if match is None:
            # Every other class of Torch is stored as the table of its fields.
            if name.partition(".")[0] not in ("nn", "cudnn", "nngraph", "torch", "graph", "cunn", "inn", "image"):
                self.reasons.add(Reason("torch7-class", escape(name), f"byte {self.position}", "unknown"))
            self._todo.append(1)
        elif match[1] not in WIDTHS:
            raise NotExaminable(UNREADABLE, "broken Torch7 file: unknown kind of tensor")
        elif match[2] == "Storage":
            self._take(self._number(8) * WIDTHS[match[1]])
        else:
            self._take(self._number(4) * 16 + 8)
            self._todo.append(1)

    def _take(self, size: int) -> memoryview:
        if size < 0 or size > len(self.data) - self.position:
            raise NotExaminable(UNREADABLE, "broken Torch7 file: a length beyond the end")
        self.position += size
        return self.data[self.position - size : self.position]

    def _number(self, width: int) -> int:
        return int.from_bytes(self._take(width), "little", signed=True)
