"""A subset of HCL 2: nested blocks with labels, and attributes whose values are plain.

Source: HCL native syntax specification. Expressions are not evaluated: an attribute whose value is a call, an operation or
a reference has the value None. Enough for lock files and access policies, which hold none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.records.plain import Plain

BYTES: Final = 4 << 20
TOKENS: Final = 500_000
DEPTH: Final = 32
_TOKEN: Final = re.compile(
    r"(?P<space>[ \t\r]+|#[^\n]*|//[^\n]*)"
    r"|(?P<comment>/\*)"
    r"|<<-?(?P<heredoc>[A-Za-z_][A-Za-z0-9_\-]{0,100})\r?\n"
    r'|(?P<string>"(?:[^"\\\n]|\\[^\n])*")'
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_.\-]*)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<mark>[{}\[\]=:,\n])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_WORDS: Final[dict[str, Plain]] = {"true": True, "false": False, "null": None}


@dataclass(slots=True)
class Block:
    """One block: its type, its labels, its attributes and the blocks in it; the top of a file has no type."""

    type: str = ""
    labels: tuple[str, ...] = ()
    line: int = 1
    attributes: dict[str, Plain] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def of_type(self, type: str) -> list[Block]:
        """The blocks of one type directly in this one."""
        return [block for block in self.blocks if block.type == type]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def load(text: str) -> Block:
    """The top of an HCL text. Raises NotExaminable: unreadable for what is none, over_limit beyond the limits."""
    if len(text) > BYTES:
        raise NotExaminable(OVER_LIMIT, f"HCL larger than {BYTES} characters")
    reader = _Reader(list(_tokens(text)))
    top = Block()
    reader.body(top, 0)
    return top


def _tokens(text: str) -> Iterator[_Token]:
    line, start = 1, 0
    for _ in range(TOKENS):
        match = _TOKEN.match(text, start)
        if match is None:
            yield _Token("end", "", line)
            return
        kind, start = str(match.lastgroup), match.end()
        content = match[0]
        if kind == "comment":
            start = text.find("*/", start) + 2
            if start == 1:
                raise _broken()
        elif kind == "heredoc":
            closing = re.compile(rf"^[ \t]*{re.escape(match['heredoc'])}[ \t\r]*$", re.MULTILINE).search(text, start)
            if closing is None:
                raise _broken()
            content, start = text[start : closing.start()], closing.end()
        elif content == '"':
            raise _broken()
        if kind not in ("space", "comment"):
            yield _Token(kind, content, line)
        line += text.count("\n", match.start(), start)
    raise NotExaminable(OVER_LIMIT, f"HCL with more than {TOKENS} tokens")


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._tokens[self._at]
        self._at += token.kind != "end"
        return token

    def _skip_lines(self) -> None:
        while self._peek().text == "\n" or (self._peek().kind == "mark" and self._peek().text == ","):
            self._take()

    def body(self, block: Block, depth: int) -> None:
        """Attributes and blocks up to the closing brace, or the end of the text at the top."""
        if depth > DEPTH:
            raise NotExaminable(OVER_LIMIT, f"HCL nested deeper than {DEPTH}")
        while True:
            self._skip_lines()
            token = self._take()
            if token.kind == "end" or token.text == "}":
                if (token.kind == "end") != (depth == 0):
                    raise _broken()
                return
            if token.kind not in ("name", "string"):
                raise _broken()
            if self._peek().kind == "mark" and self._peek().text in "=:":
                self._take()
                block.attributes[_plain(token)] = self._expression(depth)
            else:
                self._block(block, token, depth)

    def _block(self, parent: Block, token: _Token, depth: int) -> None:
        labels: list[str] = []
        while self._peek().kind in ("name", "string"):
            labels.append(_plain(self._take()))
        if self._take().text != "{":
            raise _broken()
        block = Block(_plain(token), tuple(labels), token.line)
        self.body(block, depth + 1)
        parent.blocks.append(block)

    def _expression(self, depth: int) -> Plain:
        """A value up to the end of its line; None for one that would have to be evaluated."""
        value = self._value(depth + 1)
        if self._peek().text in ("\n", ",", "}", "]", ""):
            return value
        nested = 0
        while (token := self._peek()).kind != "end" and (nested or token.text not in ("\n", ",", "}", "]")):
            nested += (token.text in "{[(") - (token.text in "}])")
            self._take()
        return None

    def _value(self, depth: int) -> Plain:
        if depth > DEPTH:
            raise NotExaminable(OVER_LIMIT, f"HCL nested deeper than {DEPTH}")
        token = self._take()
        if token.text == "[" and token.kind == "mark":
            return self._list(depth)
        if token.text == "{" and token.kind == "mark":
            inner = Block()
            self.body(inner, depth)
            return inner.attributes
        if token.kind in ("string", "heredoc"):
            return _plain(token)
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text[:18])
        return _WORDS.get(token.text)

    def _list(self, depth: int) -> Plain:
        found: list[Plain] = []
        while True:
            self._skip_lines()
            if self._peek().text == "]":
                self._take()
                return found
            if self._peek().kind == "end":
                raise _broken()
            found.append(self._expression(depth))


def _plain(token: _Token) -> str:
    if token.kind != "string":
        return token.text
    try:
        return str(json.loads(token.text, strict=False))
    except ValueError:
        return token.text[1:-1]


def _broken() -> NotExaminable:
    return NotExaminable(UNREADABLE, "not valid HCL")
