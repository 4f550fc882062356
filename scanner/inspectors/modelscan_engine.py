"""modelscan as a second engine, in process, for the formats where it is right.

Only its hits count: a clean answer of modelscan is never evidence that a file is safe. It chooses its scanners by file
extension, so that a content is shown to it under the name its own bytes ask for.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

from scanner.errors import UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.formats import sniff
from scanner.inspectors.pickle import looks_like_pickle
from scanner.inspectors.statements import Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "modelscan_engine"
VERSION: Final = "1"
NAME_SHOWN: Final = "modelscan"
LIMIT: Final = 50 << 20
"""modelscan needs about 67 times the size of a pickle in memory."""
SWITCHED_OFF: Final = ("NumpyUnsafeOpScan", "SavedModelLambdaDetectScan", "SavedModelTensorflowOpScan")
SEVERITY: Final = {"CRITICAL": "malicious", "HIGH": "malicious", "MEDIUM": "unknown", "LOW": "unknown"}


def wants(blob: Blob) -> bool:
    """Whether the content is a pickle of a size that modelscan can hold."""
    return blob.size <= LIMIT and _suffix(blob) is not None


def _suffix(blob: Blob) -> str | None:
    if sniff(blob.head, blob.size) is None and looks_like_pickle(blob.head, blob.size):
        return ".pkl"
    return None


@cache
def _engine() -> Any:
    try:
        from modelscan.modelscan import ModelScan
        from modelscan.settings import DEFAULT_SETTINGS
    except ImportError:
        return None
    logging.getLogger("modelscan").setLevel(logging.CRITICAL)
    settings = copy.deepcopy(DEFAULT_SETTINGS)
    for name in SWITCHED_OFF:
        settings["scanners"][f"modelscan.scanners.{name}"]["enabled"] = False
    return ModelScan(settings=settings)


def inspect(blob: Blob) -> Evidence:
    """The hits of modelscan on one file; a gap where it is not installed (Python 3.13 and later)."""
    builder = EvidenceBuilder(NAME)
    engine = _engine()
    suffix = _suffix(blob)
    if engine is None or suffix is None:
        builder.gap(blob.ref, "engines", UNSUPPORTED, "modelscan is not installed", blob.location)
        return builder.build()
    try:
        result = _scan(engine, blob, suffix)
    except NotExaminable as error:
        _state_silence(builder, blob, "not-examined", error.detail)
        return builder.build()
    reasons = [
        Reason(
            "modelscan-operator",
            f"{issue['module']}.{issue['operator']}"[:200],
            "whole file",
            SEVERITY.get(issue["severity"], "unknown"),
        )
        for issue in result["issues"]
    ]
    if reasons:
        verdict = min((reason.verdict for reason in reasons), key=("malicious", "unknown").index)
        state_verdict(builder, blob, NAME_SHOWN, verdict, reasons)
    else:
        failed = bool(result["errors"]) or result["summary"]["skipped"]["total_skipped"] > 0
        word = "not-examined" if failed else "no issue"
        detail = "modelscan could not read it" if failed else "no unsafe operator that modelscan lists"
        _state_silence(builder, blob, word, detail)
    return builder.build()


def _state_silence(builder: EvidenceBuilder, blob: Blob, word: str, detail: str) -> None:
    """No hit: neither is that a verdict, nor does a failure of this engine take one away."""
    builder.state(blob.ref, "engines", [{"engine": NAME_SHOWN, "verdict": word, "detail": detail}], blob.location)


def _scan(engine: Any, blob: Blob, suffix: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lading-") as folder:
        path = Path(folder) / f"content{suffix}"
        if blob.local is not None:
            path.symlink_to(blob.local.absolute())
        else:
            path.write_bytes(blob.read(LIMIT))
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                result: dict[str, Any] = engine.scan(path)
        except Exception as error:  # noqa: BLE001  modelscan lets exceptions of its scanners escape.
            raise NotExaminable(UNREADABLE, f"modelscan met {type(error).__name__}") from None
    return result
