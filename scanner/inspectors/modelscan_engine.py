"""modelscan as a second engine, in process, for the formats where it is right.

Only its hits count: a clean answer of modelscan is never evidence that a file is safe. It chooses its scanners by file
extension, so that a content is shown to it under the name its own bytes ask for. It names a reference by its name alone;
where our machine followed the whole pickle and found every use of that reference harmless by its arguments, the hit is
told as what this engine says, so that the disagreement is seen, and is no verdict.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from scanner.errors import UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.formats import sniff
from scanner.inspectors.pickle import analyse, looks_like_pickle
from scanner.inspectors.statements import RANK, Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "modelscan_engine"
VERSION: Final = "2"
NAME_SHOWN: Final = "modelscan"
LIMIT: Final = 1 << 20
"""Measured: a pickle of 1 MiB takes it 0.5 s and 55 MiB, and both grow with the size; beyond it would cost more than
all other components together."""
SWITCHED_OFF: Final = ("NumpyUnsafeOpScan", "SavedModelLambdaDetectScan", "SavedModelTensorflowOpScan")
SEVERITY: Final = {"CRITICAL": "malicious", "HIGH": "malicious", "MEDIUM": "unknown", "LOW": "unknown"}


def wants(blob: Blob) -> bool:
    """Whether the content is a pickle."""
    return sniff(blob.head, blob.size) is None and looks_like_pickle(blob.head, blob.size)


@contextlib.contextmanager
def _hidden(*names: str) -> Iterator[None]:
    """Let imports of these fail: modelscan's scanners that are switched off here load TensorFlow wherever there is one."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None makes an import fail
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@cache
def _engine() -> Any:
    try:
        with _hidden("tensorflow", "h5py"):
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
    if blob.size > LIMIT:
        _state_word(builder, blob, "not-examined", f"not run: the pickle is larger than {LIMIT} bytes")
        return builder.build()
    engine = _engine()
    if engine is None:
        builder.gap(blob.ref, "engines", UNSUPPORTED, "modelscan is not installed", blob.location)
        return builder.build()
    try:
        result = _scan(engine, blob)
    except NotExaminable as error:
        _state_word(builder, blob, "not-examined", error.detail)
        return builder.build()
    hits = {(str(one["module"]), str(one["operator"])): _verdict(one) for one in result["issues"]}
    harmless = _harmless(blob, hits)
    reasons = [
        Reason("modelscan-operator", f"{module}.{operator}"[:200], "whole file", verdict)
        for (module, operator), verdict in sorted(hits.items())
        if (module, operator) not in harmless
    ]
    if reasons:
        state_reasons(builder, blob, reasons, engine=NAME_SHOWN)
    elif hits:
        named = ", ".join(f"{module}.{operator}" for module, operator in sorted(hits))
        detail = f"{named[:200]}: lading judged every use of it by its arguments"
        _state_word(builder, blob, min(hits.values(), key=RANK.index), detail)
    else:
        failed = bool(result["errors"]) or result["summary"]["skipped"]["total_skipped"] > 0
        word = "not-examined" if failed else "no issue"
        detail = "modelscan could not read it" if failed else "no unsafe operator that modelscan lists"
        _state_word(builder, blob, word, detail)
    return builder.build()


def _verdict(issue: dict[str, Any]) -> str:
    return SEVERITY.get(issue["severity"], "unknown")


def _harmless(blob: Blob, hits: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The hits that a whole reading of the pickle vouches for: listed as safe, and no reason speaks of them."""
    if not (wanted := set(hits)):
        return set()
    report = analyse(blob.read(LIMIT))
    if report.verdict not in ("known-safe", "unknown"):
        return set()
    doubted = " ".join(reason.detail for reason in report.reasons)
    return {
        (one.module, one.name)
        for one in report.references
        if one.judged == "safe" and (one.module, one.name) in wanted and f"{one.module}.{one.name}" not in doubted
    }


def _state_word(builder: EvidenceBuilder, blob: Blob, word: str, detail: str) -> None:
    """What this engine says without a verdict of its own: a failure of it does not take one away either."""
    builder.state(blob.ref, "engines", [{"engine": NAME_SHOWN, "verdict": word, "detail": detail}], blob.location)


def _scan(engine: Any, blob: Blob) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile(prefix="lading-", suffix=".pkl") as file:
        file.write(blob.read(LIMIT))
        file.flush()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                result: dict[str, Any] = engine.scan(Path(file.name))
        except Exception as error:  # noqa: BLE001  modelscan lets exceptions of its scanners escape.
            raise NotExaminable(UNREADABLE, f"modelscan met {type(error).__name__}") from None
    return result
