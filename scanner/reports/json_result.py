"""The scan result itself, as JSON: the format every other report can be rendered from again."""

from __future__ import annotations

import io
import json
from typing import Any

from scanner.result import ScanResult, pieces


def render(result: ScanResult) -> bytes:
    """The JSON text of the result (UTF-8)."""
    buffer = io.BytesIO()
    buffer.writelines(_encoded(piece) for piece in pieces(result))
    return buffer.getvalue()


def to_bytes(value: Any) -> bytes:
    """Any JSON value in the same form; mappings keep their order."""
    return _encoded(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _encoded(text: str) -> bytes:
    """Half a surrogate pair, how Python holds a path that is no UTF-8, becomes the JSON escape of that half."""
    return text.encode("utf-8", "backslashreplace")
