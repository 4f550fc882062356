"""Reading a result file for the commands that work on one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scanner.errors import UsageError
from scanner.result import ScanResult, loads

LIMIT: Final = 4 << 30


def load_result(path: Path) -> ScanResult:
    """The result in a file. Raises UsageError for what is no result of ours."""
    try:
        if path.stat().st_size > LIMIT:
            raise UsageError(f"{path}: larger than {LIMIT} bytes; give a result that lading wrote")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({error.strerror}); give a file written by --output json=FILE"
        ) from None
    return loads(data, str(path))
