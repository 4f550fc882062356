"""The strict reader of every policy document: restricted YAML (policy format, section 2) or strict JSON.

Values are plain data; dates stay strings; anchors, aliases, tags, repeated keys, several documents and deep nesting are
refused. The line of every value is kept, so that an error can point at it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from scanner.errors import PolicyError
from scanner.model import Json

MAX_BYTES: Final = 1 << 20
MAX_JSON_BYTES: Final = 64 << 20
MAX_DEPTH: Final = 40
_Path = tuple[str | int, ...]

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_FRACTION: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}\Z")
_WORDS: Final[Mapping[str, Json]] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Document:
    """One loaded file: its value, the digest of its bytes, and the line where each value begins."""

    where: str
    digest: str
    value: Json
    lines: Mapping[_Path, int] = field(repr=False)

    def place(self, path: _Path) -> str:
        """``file:line`` of the value at ``path``, or of the nearest value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        line = self.lines.get(path)
        return f"{self.where}:{line}" if line is not None else self.where


@dataclass(slots=True)
class _Open:
    """A sequence or mapping that is being read."""

    value: Any
    path: _Path
    key: str | None = None


def digest_of(data: bytes) -> str:
    """``sha256:`` and the hex digest of the bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def read_file(path: Path, where: str) -> bytes:
    """The bytes of a policy file. Raises PolicyError when it cannot be read or is too large."""
    limit = MAX_JSON_BYTES if path.suffix == ".json" else MAX_BYTES
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise PolicyError(f"{where}: cannot be read ({type(error).__name__}); give a readable file") from None
    if len(data) > limit:
        raise PolicyError(f"{where}: larger than {limit} bytes; split the file")
    return data


def load_file(path: Path, where: str) -> Document:
    """Read and load one policy document. Raises PolicyError."""
    data = read_file(path, where)
    return load_json(data, where) if path.suffix == ".json" else load(data, where)


def load_json(data: bytes, where: str) -> Document:
    """Load strict JSON: no repeated keys, no NaN. Raises PolicyError."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in items}) != len(items):
            raise ValueError("repeated key")
        return dict(items)

    def constant(word: str) -> Any:
        raise ValueError(f"{word} is no number of JSON")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError):
        raise PolicyError(f"{where}: not strict JSON; write it again with lading policy baseline write") from None
    return Document(where, digest_of(data), value, {})


def load(data: bytes, where: str) -> Document:
    """Load one restricted YAML document. Raises PolicyError with file, line and what to do."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise PolicyError(f"{where}: not UTF-8; save the file as UTF-8") from None
    if len(data) > MAX_BYTES:
        raise PolicyError(f"{where}: larger than {MAX_BYTES} bytes; split the file")
    lines: dict[_Path, int] = {}
    try:
        value = _read(text, where, lines)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}" if mark is not None else where
        raise PolicyError(f"{place}: not valid YAML; check indentation, and quote values that hold ': '") from None
    return Document(where, digest_of(data), value, lines)


def _read(text: str, where: str, lines: dict[_Path, int]) -> Json:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    stack: list[_Open] = []
    documents: list[Json] = []
    for event in yaml.parse(text, Loader=loader):
        place = f"{where}:{_line(event)}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise PolicyError(f"{place}: anchors and aliases are not allowed; write the value out")
        if getattr(event, "tag", None) is not None:
            raise PolicyError(f"{place}: tags are not allowed; quote a value that starts with '!'")
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            if len(stack) >= MAX_DEPTH:
                raise PolicyError(f"{place}: nested deeper than {MAX_DEPTH} levels; flatten the document")
            _add(event, place, stack, documents, lines)
    if len(documents) != 1:
        raise PolicyError(f"{where}: {len(documents)} documents; a file holds exactly one")
    return documents[0]


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _add(event: Any, place: str, stack: list[_Open], documents: list[Json], lines: dict[_Path, int]) -> None:
    parent = stack[-1] if stack else None
    if parent is not None and isinstance(parent.value, dict) and parent.key is None:
        parent.key = _key(event, place, parent.value)
        lines[(*parent.path, parent.key)] = _line(event)
        return
    value: Any
    if isinstance(event, yaml.ScalarEvent):
        value = _scalar(event.value, plain=bool(event.implicit[0]))
    else:
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
    path: _Path = ()
    if parent is None:
        documents.append(value)
    elif isinstance(parent.value, dict):
        path = (*parent.path, parent.key or "")
        parent.value[parent.key] = value
        parent.key = None
    else:
        path = (*parent.path, len(parent.value))
        parent.value.append(value)
    lines.setdefault(path, _line(event))
    if not isinstance(event, yaml.ScalarEvent):
        stack.append(_Open(value, path))


def _key(event: Any, place: str, known: Mapping[str, Any]) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise PolicyError(f"{place}: a key must be a word; quote or rename it")
    key = str(event.value)
    if key in known:
        raise PolicyError(f"{place}: key {key!r} is given twice; keep one")
    return key


def _scalar(text: str, *, plain: bool) -> Json:
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FRACTION.match(text):
        return float(text)
    return text
