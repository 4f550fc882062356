"""Dockerfile syntax: instructions, joined lines, here-documents, variables and build stages.

Source: Dockerfile reference (BuildKit frontend 1.x). Nothing is evaluated beyond ``${NAME}``, ``${NAME:-default}`` and
``${NAME:+value}`` with the defaults of the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable

INSTRUCTIONS: Final = 10_000
WORDS: Final = frozenset(
    {
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
    }
    | {"RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_ESCAPE: Final = re.compile(r"\A(?:#\s*[A-Za-z]+\s*=.*\n)*?#\s*escape\s*=\s*([\\`])\s*$", re.MULTILINE)
_HEREDOC: Final = re.compile(r"(?<!<)<<(-?)([\"']?)([A-Za-z_][A-Za-z0-9_]*)\2")
_VARIABLE: Final = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^${}]*))?\})")
_FLAG: Final = re.compile(r"--([a-z][a-z\-]*)(?:=(\S*))?\s*")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its word in upper case, flags, the rest of the line, here-documents, and its line from 1."""

    word: str
    flags: Mapping[str, str]
    rest: str
    documents: tuple[str, ...]
    line: int


@dataclass(slots=True)
class Stage:
    """One build stage: what it starts from (variables replaced), its name, and what it does."""

    base: str
    name: str
    line: int
    instructions: list[Instruction] = field(default_factory=list)


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile in order; words that are none are left out. Raises NotExaminable(over_limit)."""
    match = _ESCAPE.match(text)
    escape = match[1] if match else "\\"
    lines = text.splitlines()
    at = count = 0
    while at < len(lines):
        start = at
        if lines[at].lstrip().startswith("#"):
            at += 1
            continue
        logical, at = _logical_line(lines, at, escape)
        word, _, rest = logical.partition(" ")
        if word.upper() not in WORDS:
            continue
        count += 1
        if count > INSTRUCTIONS:
            raise NotExaminable(OVER_LIMIT, f"more than {INSTRUCTIONS} instructions")
        documents = []
        if word.upper() in ("RUN", "COPY", "ADD"):
            for dash, _, end in _HEREDOC.findall(rest):
                body, at = _document(lines, at, end, bool(dash))
                documents.append(body)
        flags, rest = _flags(rest.strip())
        yield Instruction(word.upper(), flags, rest, tuple(documents), start + 1)


def stages(text: str) -> list[Stage]:
    """The build stages in order. Raises NotExaminable(over_limit)."""
    found: list[Stage] = []
    defaults: dict[str, str] = {}
    for instruction in instructions(text):
        if instruction.word == "FROM":
            words = instruction.rest.split()
            base = replaced(words[0], defaults) if words else ""
            name = words[2].lower() if len(words) == 3 and words[1].upper() == "AS" else ""
            found.append(Stage(base, name, instruction.line))
        elif found:
            found[-1].instructions.append(instruction)
        elif instruction.word == "ARG":
            # Only what stands before the first FROM counts for a FROM.
            for name, value in arguments(instruction.rest):
                defaults[name] = replaced(value, defaults)
    return found


def arguments(rest: str) -> list[tuple[str, str]]:
    """Names and defaults of an ``ARG``; those without a default are left out."""
    pairs = (word.partition("=") for word in rest.split())
    return [(name, value.strip("\"'")) for name, equals, value in pairs if equals]


def replaced(text: str, values: Mapping[str, str]) -> str:
    """``text`` with the variables whose value is known; others stay as they are written."""

    def value(match: re.Match[str]) -> str:
        name, operator, word = match[1] or match[2], match[3], match[4] or ""
        known = values.get(name)
        if operator in ("+", ":+"):
            return word if known else ""
        if operator in ("-", ":-") and not known:
            return word
        return match[0] if known is None else known

    return _VARIABLE.sub(value, text)[:2_000]


def _logical_line(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """The lines from ``at`` that an escape at the end joins, without comments; and where the next one begins."""
    parts: list[str] = []
    while at < len(lines):
        line = lines[at].strip() if not parts else lines[at].rstrip()
        at += 1
        if line.lstrip().startswith("#") or (parts and not line):
            continue
        if not line.endswith(escape):
            parts.append(line)
            break
        parts.append(line[: -len(escape)])
    return re.sub(r"\A(\S+)\s+", r"\1 ", "".join(parts)), at


def _document(lines: list[str], at: int, end: str, tabs: bool) -> tuple[str, int]:
    body = []
    while at < len(lines):
        line = lines[at].lstrip("\t") if tabs else lines[at]
        at += 1
        if line == end:
            break
        body.append(line)
    return "\n".join(body), at


def _flags(rest: str) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    while match := _FLAG.match(rest):
        found[match[1]] = match[2] or ""
        rest = rest[match.end() :]
    return found, rest
