"""Reason codes of models of trees and of R's data."""

from __future__ import annotations

from typing import Final

from scanner.inspectors.codes.terms import (
    ARCHITECTURE,
    CORRUPT_MODEL,
    EMBED_MALWARE,
    LOCAL,
    REPACK,
    REPLACE,
    REVIEW,
    UNKNOWN,
    UNSAFE_ARTIFACT,
    ReasonCode,
)

ROWS: Final[dict[str, ReasonCode]] = {
    "xgboost-unexpected-field": ReasonCode(UNKNOWN, "a field that XGBoost does not write", 1286, CORRUPT_MODEL, REPACK),
    "xgboost-structure": ReasonCode(
        UNKNOWN, "lengths or types of a tree contradict each other", 1284, CORRUPT_MODEL, REPACK
    ),
    "xgboost-index": ReasonCode(
        UNKNOWN, "an index beyond its tree, which the library follows", 129, CORRUPT_MODEL, REPACK
    ),
    "lightgbm-unexpected-line": ReasonCode(UNKNOWN, "a line that LightGBM does not write", 1286, CORRUPT_MODEL, REPACK),
    "lightgbm-structure": ReasonCode(
        UNKNOWN, "lengths or sizes of a tree contradict each other", 1284, CORRUPT_MODEL, REPACK
    ),
    "lightgbm-index": ReasonCode(
        UNKNOWN, "an index beyond its tree, which the library follows", 129, CORRUPT_MODEL, REPACK
    ),
    "lightgbm-outside-parameter": ReasonCode(
        UNKNOWN, "continued training would open a connection or read another file", 610, UNSAFE_ARTIFACT, LOCAL
    ),
    "catboost-unexpected-field": ReasonCode(
        UNKNOWN, "a field that CatBoost does not write", 1286, CORRUPT_MODEL, REPACK
    ),
    "catboost-structure": ReasonCode(
        UNKNOWN, "lengths or types of the trees contradict each other", 1284, CORRUPT_MODEL, REPACK
    ),
    "catboost-index": ReasonCode(UNKNOWN, "an index beyond the trees or features", 129, CORRUPT_MODEL, REPACK),
    "catboost-unread-part": ReasonCode(
        UNKNOWN, "text or embedding processing, which is not read here", 1286, ARCHITECTURE, REVIEW
    ),
    "catboost-unread-bytes": ReasonCode(UNKNOWN, "bytes that belong to nothing", 1286, EMBED_MALWARE, REPACK),
    "r-promise": ReasonCode(
        "malicious; unknown for an argument of a function",
        "code that runs when its value is looked at",
        502,
        EMBED_MALWARE,
        REPLACE,
    ),
    "r-call": ReasonCode(UNKNOWN, "the data are a call that waits to be evaluated", 502, UNSAFE_ARTIFACT, REVIEW),
    "r-denied-call": ReasonCode(
        "malicious in code that runs by itself, else unknown",
        "code that starts a process, opens a connection, runs or deletes a file",
        78,
        EMBED_MALWARE,
        REVIEW,
    ),
    "r-start-up": ReasonCode(
        UNKNOWN, "a function that R calls when a session starts or ends", 506, EMBED_MALWARE, REVIEW
    ),
    "r-compact-class": ReasonCode(
        "malicious when it maps a file, else unknown",
        "a vector whose class a package brings",
        73,
        UNSAFE_ARTIFACT,
        REVIEW,
    ),
    "r-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the data", 1286, EMBED_MALWARE, REPACK),
}
