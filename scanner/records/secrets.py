"""Secrets in text: a small set of patterns that are rarely wrong.

A found secret is named by a digest of rule and secret, never by the secret itself. The digest lets two places with the
same secret be recognised; a short password could be guessed from it, so only tokens of some length are looked for.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LIMIT: Final = 100
"""Secrets told of one text."""
ENTROPY: Final = 3.5
"""Bits per character below which an assigned value is taken for a word or a placeholder."""


@dataclass(frozen=True, slots=True, order=True)
class Secret:
    """One secret: a digest that stands for it, what it is, and where it is in the text (from 0)."""

    start: int
    end: int
    id: str
    type: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    type: str
    expression: re.Pattern[str]
    guessed: bool = False
    """True where only the name before the value says that it is a secret."""


def _pattern(type: str, expression: str, *, guessed: bool = False) -> _Pattern:
    return _Pattern(type, re.compile(expression), guessed)


_PATTERNS: Final = (
    _pattern("private-key", r"(-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{40,10000})"),
    _pattern("aws-access-key", r"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b"),
    _pattern("github-token", r"\b(gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    _pattern("gitlab-token", r"\b(gl(?:pat|ptt|rt|dt|cbt)-[A-Za-z0-9_\-]{20,64})(?![A-Za-z0-9_\-])"),
    _pattern("slack-token", r"\b(xox[abprs]-[A-Za-z0-9\-]{10,250})(?![A-Za-z0-9\-])"),
    _pattern("hugging-face-token", r"\b(hf_[A-Za-z]{34})\b"),
    _pattern("openai-key", r"\b(sk-(?:proj-|svcacct-)?[A-Za-z0-9_\-]{40,200})(?![A-Za-z0-9_\-])"),
    _pattern("google-api-key", r"\b(AIza[A-Za-z0-9_\-]{35})(?![A-Za-z0-9_\-])"),
    _pattern(
        "password-in-url",
        r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s:/@\"'<>]{1,64}:([^\s:/@\"'<>]{8,128})@[^\s/@\"'<>]",
        guessed=True,
    ),
    _pattern(
        "assigned-secret",
        r"(?i)\b(?:[a-z0-9]{1,30}[_\-]){0,3}(?:api_?key|secret_?(?:access_?)?key|access_?token|auth_?token|client_?secret)"
        r"[\"'\\]{0,3}\s{0,3}[=:]\s{0,3}[\"'\\]{0,3}([A-Za-z0-9+/=_\-.]{20,200})(?![A-Za-z0-9+/=_\-.])",
        guessed=True,
    ),
)


def find(text: str) -> list[Secret]:
    """The secrets of a text by place, without overlaps, at most :data:`LIMIT`."""
    found: list[Secret] = []
    end = 0
    for secret in sorted(_candidates(text)):
        if secret.start >= end:
            found.append(secret)
            end = secret.end
    return found[:LIMIT]


def redact(text: str) -> str:
    """The text with every secret replaced by its type in angle brackets."""
    for secret in reversed(find(text)):
        text = f"{text[: secret.start]}<{secret.type}>{text[secret.end :]}"
    return text


def redacted_value(name: str, value: str) -> str:
    """The value of a setting called ``name``, redacted; the name tells some secrets that their text does not."""
    return redact(f"{name}={value}").removeprefix(f"{name}=")


def _candidates(text: str) -> Iterator[Secret]:
    for pattern in _PATTERNS:
        for match in pattern.expression.finditer(text):
            value = match.group(1)
            if not (_is_variable(value) or (pattern.guessed and not _is_random(value))):
                digest = hashlib.sha256(f"{pattern.type}\0{value}".encode("utf-8", "surrogatepass")).hexdigest()
                yield Secret(match.start(1), match.end(1), digest, pattern.type)


def _is_variable(value: str) -> bool:
    """Whether a template fills the value in later, or a document shows where it would stand."""
    return value.startswith(("$", "{", "<", "%")) or "EXAMPLE" in value or len(set(value)) < 4


def _is_random(value: str) -> bool:
    counts = Counter(value)
    entropy = -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
    kinds = [any(test(one) for one in value) for test in (str.isdigit, str.islower, str.isupper)]
    return entropy >= min(ENTROPY, 0.85 * math.log2(len(value))) and kinds[0] and (kinds[1] or kinds[2])
