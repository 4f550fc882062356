"""Protobuf text format without a schema: every field as a list of its values, in order.

Source: https://protobuf.dev/reference/protobuf/textformat-spec/. Numbers and enum words stay text; strings are unescaped
and joined where they stand side by side. Any messages (``[type.example/x] { }``) and extensions keep their bracketed name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

TextValue: TypeAlias = str | Mapping[str, Sequence["TextValue"]]
TextMessage: TypeAlias = Mapping[str, Sequence[TextValue]]
CHARACTERS: Final = 16 << 20
DEPTH: Final = 64
TOKENS: Final = 2_000_000
_TOKEN: Final = re.compile(
    r"(?:\s|#[^\n]*(?:\n|\Z))+|(?P<string>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<name>\[[A-Za-z0-9_.\-/%]{1,300}\])|(?P<word>-?[ \t]*[A-Za-z0-9_.+\-]+)|(?P<mark>[{}<>\[\]:,;])"
)
_ESCAPE: Final = re.compile(
    rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL
)
_CLOSING: Final = {"{": "}", "<": ">"}
_LETTERS: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


def loads(text: str) -> TextMessage:
    """The message that a text is. Raises NotExaminable for anything else and beyond the limits of this module."""
    if len(text) > CHARACTERS:
        raise NotExaminable(OVER_LIMIT, f"text message larger than {CHARACTERS} characters")
    tokens = _tokens(text)
    tokens.reverse()
    root: dict[str, list[TextValue]] = {}
    open_messages = [(root, "")]
    while tokens:
        kind, word = tokens.pop()
        message, closing = open_messages[-1]
        if word == closing and kind == "mark":
            open_messages.pop()
        elif kind in ("word", "name"):
            opened = _field(tokens, message.setdefault(word, []))
            if opened is not None:
                if len(open_messages) >= DEPTH:
                    raise NotExaminable(OVER_LIMIT, f"text message nested deeper than {DEPTH}")
                open_messages.append(opened)
        elif word not in (",", ";"):
            raise _broken()
    if len(open_messages) != 1:
        raise _broken()
    return root


def strings(message: TextMessage, name: str) -> list[str]:
    """The plain values of a field."""
    return [value for value in message.get(name, ()) if isinstance(value, str)]


def string(message: TextMessage, name: str) -> str:
    """The last plain value of a field; empty when there is none."""
    return next(reversed(strings(message, name)), "")


def messages(message: TextMessage, *names: str) -> list[TextMessage]:
    """Every message found by following ``names``."""
    found = [message]
    for name in names:
        found = [value for one in found for value in one.get(name, ()) if isinstance(value, Mapping)]
    return found


_Tokens: TypeAlias = list[tuple[str, str]]


def _tokens(text: str) -> _Tokens:
    found: _Tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _broken()
        position = match.end()
        if match.lastgroup is not None:
            found.append((match.lastgroup, match[match.lastgroup]))
            if len(found) > TOKENS:
                raise NotExaminable(OVER_LIMIT, f"text message with more than {TOKENS} words")
    return found


def _field(tokens: _Tokens, values: list[TextValue]) -> tuple[dict[str, list[TextValue]], str] | None:
    """Read what follows the name of a field (``tokens`` are reversed); returns the message that it opens, if any."""
    colon = bool(tokens) and tokens[-1] == ("mark", ":")
    if colon:
        tokens.pop()
    if not tokens:
        raise _broken()
    kind, word = tokens[-1]
    if kind == "mark" and word in _CLOSING:
        tokens.pop()
        inner: dict[str, list[TextValue]] = {}
        values.append(inner)
        return inner, _CLOSING[word]
    if not colon:
        raise _broken()
    if (kind, word) == ("mark", "["):
        _list(tokens, values)
    elif kind == "name":
        # A list of one word looks like the name of an extension.
        tokens.pop()
        values.append(word[1:-1])
    else:
        values.append(_scalar(tokens))
    return None


def _list(tokens: _Tokens, values: list[TextValue]) -> None:
    """A list of plain values; lists of messages are not written by any system that is read here."""
    tokens.pop()
    while tokens and tokens[-1] != ("mark", "]"):
        values.append(_scalar(tokens))
        if tokens and tokens[-1] == ("mark", ","):
            tokens.pop()
    if not tokens:
        raise _broken()
    tokens.pop()


def _scalar(tokens: _Tokens) -> str:
    if not tokens or tokens[-1][0] not in ("word", "string"):
        raise _broken()
    kind, word = tokens.pop()
    if kind == "word":
        return word
    parts = [word]
    while tokens and tokens[-1][0] == "string":
        parts.append(tokens.pop()[1])
    return b"".join(_unescaped(part) for part in parts).decode("utf-8", "replace")


def _unescaped(quoted: str) -> bytes:
    return _ESCAPE.sub(_character, quoted[1:-1].encode("utf-8", "surrogatepass"))


def _character(match: re.Match[bytes]) -> bytes:
    octal, hexadecimal, short, long, letter = match.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 255])
    if hexadecimal is not None:
        return bytes([int(hexadecimal, 16)])
    if letter is not None:
        return _LETTERS.get(letter, letter)
    code = int(short or long, 16)
    return chr(code).encode("utf-8", "replace") if code < 0x110000 else b"?"


def _broken() -> NotExaminable:
    return NotExaminable(UNREADABLE, "not a protobuf text message")
