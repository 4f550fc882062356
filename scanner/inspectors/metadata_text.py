"""Texts that a model carries about itself: descriptions and settings, where programs show or pass them on unread."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from scanner.inspectors.payload import opening_reasons
from scanner.inspectors.statements import Reason

LIMIT: Final = 1 << 20
"""Characters of a text that are looked at."""
HEAD: Final = 4096
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}\Z")
_SCRIPT: Final = re.compile(
    r"(?:^|[\s\"'=(])(?:javascript|vbscript):\s*(?:\w+\s*[(=.]|void\b)|<script[\s>/]|data:text/html|<\w[^>]{0,200}\son(?:error|load)\s*=",
    re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"\b__import__\s*\(\s*['\"]|\bos\.(?:system|popen|exec[lv]p?e?)\s*\(|\bsubprocess\.(?:run|call|Popen|check_\w+)\s*\("
    r"|\b(?:eval|exec)\s*\(\s*(?:compile|base64|bytes|open|__import__|zlib|codecs)\b"
)


def text_reasons(text: str, at: str) -> list[Reason]:
    """Why a text, found at ``at``, is more than words: packed files and pickles, scripts for a browser, Python calls."""
    text = text[:LIMIT]
    reasons = opening_reasons(text[:HEAD].encode("utf-8", "replace"), len(text), at, "a text")
    packed = text.strip()
    if _BASE64.match(packed):
        reasons += _decoded(packed[:HEAD], len(packed), at)
    if _SCRIPT.search(text):
        reasons.append(Reason("metadata-script", "a text that a browser would run", at, "unknown"))
    if _CODE.search(text):
        reasons.append(Reason("metadata-code", "Python that calls something with an effect", at, "unknown"))
    return reasons


def _decoded(packed: str, length: int, at: str) -> list[Reason]:
    whole = packed[: len(packed) // 4 * 4] if len(packed) < length else packed
    try:
        content = base64.b64decode(whole.replace("-", "+").replace("_", "/") + "=" * (-len(whole) % 4), validate=True)
    except (binascii.Error, ValueError):
        return []
    return opening_reasons(content, length * 3 // 4, at, "a text in base64")
