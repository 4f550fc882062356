"""Text of artifacts made harmless for display: an attacker may have written any name or message."""

from __future__ import annotations

import re
from typing import Final

LIMIT: Final = 160
"""Characters of one foreign text that a report for people shows."""

_UNSAFE: Final = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control, zero-width, bidirectional, tag and non-characters, and halves of surrogate pairs (bytes not in UTF-8)."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOG_COMMAND: Final = re.compile(r"##(?=\w*\[)|^\s*::(?=\w)")


def _shown(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match.group()):04X}⟩"


def visible(text: str, limit: int = LIMIT) -> str:
    """``text`` on one line, with invisible and steering characters written as ``⟨U+202E⟩``, cut at ``limit``."""
    shown = _UNSAFE.sub(_shown, text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def sentence(text: str, limit: int = 1000) -> str:
    """A text of the policy or of a message: runs of blanks and line ends become one blank, then :func:`visible`."""
    return visible(" ".join(text.split()), limit)


def log_safe(line: str) -> str:
    """A line no build system takes for a command (``::error::``, ``##[error]``, ``##vso[``, ``##teamcity[``)."""
    return _LOG_COMMAND.sub(lambda match: match.group().replace("::", ": :").replace("##", "# #"), line)


def unicode_safe(text: str) -> str:
    """The same text, except that bytes which were no UTF-8 become visible: what strict JSON readers accept."""
    return _SURROGATE.sub(_shown, text)


def xml_safe(text: str) -> str:
    """The same text, except that characters XML 1.0 cannot hold become visible."""
    return _NOT_XML.sub(_shown, text)
