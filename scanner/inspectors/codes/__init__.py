"""Every reason code that an inspector can give: one row a code, with its place in public catalogues and what to do.

A new code is one row in the module of its subject; its row in ``docs/model-formats.md`` is generated from here
(:mod:`scanner.inspectors.code_table`). The codes of pickles are rows of :mod:`scanner.inspectors.pickle.codes`.
"""

from __future__ import annotations

from typing import Final

from scanner.inspectors.codes import archives, configurations, graphs, repositories, tensors, trees
from scanner.inspectors.codes.terms import FETCH, REPLACE, REVIEW, SHRINK, TECHNIQUES, UNSAFE_ARTIFACT, ReasonCode
from scanner.inspectors.pickle.codes import CODES as PICKLE_CODES

__all__ = ["CODES", "TECHNIQUES", "ReasonCode"]

_HELP_OF_EFFECT: Final = {"none": FETCH, "exhaust": SHRINK, "unknown": REVIEW}

_PICKLE: Final = {
    code: ReasonCode(row.level, row.title, row.cwe, row.atlas, _HELP_OF_EFFECT.get(row.effect, REPLACE))
    for code, row in PICKLE_CODES.items()
}

CODES: Final[dict[str, ReasonCode]] = {
    **_PICKLE,
    "modelscan-operator": ReasonCode(
        "malicious or unknown", "modelscan names it as an unsafe operator", 502, UNSAFE_ARTIFACT, REPLACE
    ),
    **tensors.ROWS,
    **graphs.ROWS,
    **trees.ROWS,
    **configurations.ROWS,
    **repositories.ROWS,
    **archives.ROWS,
}
"""Reason code to meaning, in the order of the page about model formats."""
