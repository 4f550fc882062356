"""A pattern reading of Jenkinsfiles: stages, shell steps, images and shared libraries that stand there as plain strings.

A Jenkinsfile is a Groovy program. It is never run and not parsed as one: names, strings and braces are told apart, and the
declarative forms and the usual scripted ones are recognised. What a program puts together is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

BYTES: Final = 2 << 20
TOKENS: Final = 200_000
DEPTH: Final = 256
_TOKEN: Final = re.compile(
    r"(?P<space>\s+|//[^\n]*)|(?P<comment>/\*)|(?P<long>'''|\"\"\")"
    r"|(?P<string>'(?:[^'\\\n]|\\[^\n])*'|\"(?:[^\"\\\n]|\\[^\n])*\")|(?P<open>['\"][^\n]*)"
    r"|(?P<name>@?[A-Za-z_$][A-Za-z0-9_$]*)|(?P<other>.)",
    re.DOTALL,
)
_SHELLS: Final = frozenset({"sh", "bat", "powershell", "pwsh"})
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Use:
    """One thing a stage uses: ``shell`` (a script), ``image`` or ``library``, as written, and its line."""

    stage: str
    what: str
    text: str
    line: int


def uses(text: str) -> list[Use]:
    """What a Jenkinsfile uses, in order. Raises NotExaminable for what is too large or does not end."""
    if len(text) > BYTES:
        raise NotExaminable(OVER_LIMIT, f"Jenkinsfile larger than {BYTES} characters")
    return list(_uses(list(_tokens(text))))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    line, start = 1, 0
    for _ in range(TOKENS):
        match = _TOKEN.match(text, start)
        if match is None:
            return
        kind, begin, start = str(match.lastgroup), match.start(), match.end()
        content = match[0]
        if kind in ("comment", "long"):
            mark = "*/" if kind == "comment" else content
            closing = text.find(mark, start)
            if closing < 0:
                raise NotExaminable(UNREADABLE, "Jenkinsfile that ends inside a text or comment")
            content, start = text[start:closing], closing + len(mark)
        elif kind == "string":
            content = _ESCAPE.sub(r"\1", content[1:-1])
        # A quote without its end on the line is none: it stands in a form of text that is not read.
        if kind not in ("space", "comment", "open"):
            yield _Token("string" if kind == "long" else kind, content, line)
        line += text.count("\n", begin, start)
    raise NotExaminable(OVER_LIMIT, f"Jenkinsfile with more than {TOKENS} tokens")


def _uses(tokens: list[_Token]) -> Iterator[Use]:
    """Follow braces to know the stage and the block (``docker``, ``agent``) that a string stands in."""
    blocks: list[tuple[str, str]] = []
    name = label = ""
    for at, token in enumerate(tokens):
        if token.kind == "name":
            name, label = token.text, ""
        elif token.text == "{" and token.kind == "other":
            if len(blocks) == DEPTH:
                raise NotExaminable(OVER_LIMIT, f"Jenkinsfile nested deeper than {DEPTH}")
            blocks.append((name, label))
            name = label = ""
        elif token.text == "}" and token.kind == "other":
            if blocks:
                blocks.pop()
            name = label = ""
        elif token.kind == "string":
            label = label or token.text
            stage = next((text for word, text in reversed(blocks) if word == "stage"), "")
            if (what := _what(tokens, at, name, blocks)) is not None:
                yield Use(stage[:200], what, token.text, token.line)


def _what(tokens: list[_Token], at: int, name: str, blocks: list[tuple[str, str]]) -> str | None:
    """What a string is to the name before it, with or without a parenthesis or ``script:`` between them."""
    before = [token.text for token in tokens[max(at - 4, 0) : at]]
    if name in _SHELLS or (name == "script" and any(word in _SHELLS for word in before)):
        return "shell" if before[-1:] in ([name], ["("], [":"], ["+"]) else None
    if name in ("library", "@Library"):
        return "library"
    inside = blocks[-1][0] if blocks else ""
    if name == "docker" and before[-1:] == ["docker"]:
        return "image"
    if name == "image" and (inside in ("docker", "dockerContainer") or "docker" in before):
        return "image"
    return None
