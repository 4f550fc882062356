"""NumPy arrays (``.npy``): a header of literals, then raw numbers, or a pickle where the elements are objects.

Format: NEP 1 and ``numpy.lib.format``, versions 1.0 to 3.0. Several arrays may follow each other in one file.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.formats import sniff
from scanner.inspectors.embedded_pickle import pickle_contents
from scanner.inspectors.pickle import looks_like_pickle
from scanner.inspectors.statements import Import, Reason, state_imports, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import HEAD, Blob

NAME: Final = "numpy_array"
VERSION: Final = "1"
MAGIC: Final = b"\x93NUMPY"
HEADER_LIMIT: Final = 1 << 16
PICKLE_LIMIT: Final = 1 << 30
ARRAYS: Final = 10_000
"""Arrays in one file."""
NESTING: Final = 32

_TYPE: Final = re.compile(r"[<>=|]?([?biufcmMOSaUV])(\d{0,12})(?:\[[\w/]{1,16}\])?\Z")
_PYTHON2_LONG: Final = re.compile(r"(?<=\d)L(?=\s*[,)])")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the elements begin, how many bytes they take, and whether they are objects (then ``data`` is 0).

    ``descr``, ``shape`` and ``fortran_order`` are what the header says.
    """

    start: int
    data: int
    objects: bool
    descr: Any
    shape: tuple[int, ...]
    fortran_order: bool


def wants(blob: Blob) -> bool:
    """Whether the content begins as a NumPy array does."""
    return sniff(blob.head, blob.size) == "npy"


def inspect(blob: Blob) -> Evidence:
    """Verdict of one ``.npy`` file. Raises NotExaminable for a broken header or missing elements."""
    builder = EvidenceBuilder(NAME)
    reasons: list[Reason] = []
    imports: list[Import] = []
    arrays = 0
    with blob.open() as stream:
        position = 0
        while position < blob.size:
            stream.seek(position)
            if stream.read(len(MAGIC)) != MAGIC:
                reasons, imports = _trailing(stream, position, blob.size)
                break
            arrays += 1
            if arrays > ARRAYS:
                raise NotExaminable(OVER_LIMIT, f"more than {ARRAYS} arrays")
            header = read_header(stream, position)
            if header.objects:
                reasons, imports = pickle_contents(_rest(stream, header.start, blob.size), header.start)
                break
            position = header.start + header.data
            if position > blob.size:
                raise NotExaminable(UNREADABLE, "fewer elements than the array header says")
    state_reasons(builder, blob, reasons, "numbers only")
    state_imports(builder, blob, imports)
    return builder.build()


def read_header(stream: BinaryIO, position: int) -> Header:
    """The header of the array at ``position``. Raises NotExaminable."""
    stream.seek(position + len(MAGIC))
    major, minor = (*stream.read(2), 0, 0)[:2]
    if (major, minor) not in ((1, 0), (2, 0), (3, 0)):
        raise NotExaminable(UNSUPPORTED, "unknown version of the array format")
    width = 2 if major == 1 else 4
    length = int.from_bytes(stream.read(width), "little")
    if length > HEADER_LIMIT:
        raise NotExaminable(OVER_LIMIT, f"array header larger than {HEADER_LIMIT} bytes")
    raw = stream.read(length)
    fields = _literal(raw.decode("utf-8" if major == 3 else "latin-1", "replace"))
    if len(raw) != length or set(fields) != {"descr", "fortran_order", "shape"}:
        raise NotExaminable(UNREADABLE, "broken array header")
    size = item_size(fields["descr"])
    start = position + len(MAGIC) + 2 + width + length
    count = _count(fields["shape"])
    data = 0 if size is None else size * count
    return Header(start, data, size is None, fields["descr"], fields["shape"], bool(fields["fortran_order"]))


def _literal(text: str) -> dict[Any, Any]:
    """The dictionary of the header; Python 2 wrote its integers with an ``L``."""
    if text.count("(") + text.count("[") + text.count("{") > 4096:
        raise NotExaminable(OVER_LIMIT, "array header with too many fields")
    for candidate in (text, _PYTHON2_LONG.sub("", text)):
        try:
            value = ast.literal_eval(candidate.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    raise NotExaminable(UNREADABLE, "broken array header")


def _count(shape: Any) -> int:
    if not isinstance(shape, tuple) or len(shape) > 64 or not all(type(one) is int and one >= 0 for one in shape):
        raise NotExaminable(UNREADABLE, "broken shape in an array header")
    return math.prod(shape)


def item_size(descr: Any, depth: int = 0) -> int | None:
    """Bytes of one element of a ``descr`` (type string, list of fields, or type with a shape); None for objects.

    Raises NotExaminable for anything that NumPy's writer does not produce.
    """
    if depth > NESTING:
        raise NotExaminable(OVER_LIMIT, f"array type nested deeper than {NESTING}")
    if isinstance(descr, str):
        match = _TYPE.match(descr)
        if match is None:
            raise NotExaminable(UNSUPPORTED, "unknown array type")
        kind, digits = match.groups()
        if kind == "O":
            return None
        return int(digits or "1") * (4 if kind == "U" else 1)
    if isinstance(descr, tuple) and len(descr) == 2:
        base = item_size(descr[0], depth + 1)
        shape = descr[1] if isinstance(descr[1], tuple) else (descr[1],)
        return None if base is None else base * _count(shape)
    if isinstance(descr, list) and all(isinstance(field, tuple) and len(field) in (2, 3) for field in descr):
        sizes = [item_size(field[1] if len(field) == 2 else field[1:], depth + 1) for field in descr]
        return None if None in sizes else sum(size for size in sizes if size is not None)
    raise NotExaminable(UNSUPPORTED, "unknown array type")


def _rest(stream: BinaryIO, position: int, size: int) -> bytes:
    if size - position > PICKLE_LIMIT:
        raise NotExaminable(OVER_LIMIT, f"pickle of objects larger than {PICKLE_LIMIT} bytes")
    stream.seek(position)
    return stream.read(size - position)


def _trailing(stream: BinaryIO, position: int, size: int) -> tuple[list[Reason], list[Import]]:
    """What follows the last array: nothing that NumPy wrote."""
    stream.seek(position)
    head = stream.read(HEAD)
    place = f"offset {position:#x}"
    if not looks_like_pickle(head, size - position):
        return [Reason("npy-trailing-bytes", "bytes behind the last array", place, "unknown")], []
    found, imports = pickle_contents(_rest(stream, position, size), position)
    return [Reason("npy-trailing-pickle", "a pickle behind the last array", place, "unknown"), *found], imports
