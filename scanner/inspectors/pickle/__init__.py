"""What a pickle would do, found without loading it.

A pure sub-package: it knows bytes and nothing of blobs or graphs. ``analyse`` runs a symbolic machine over the opcodes
(:mod:`.machine`, :mod:`.instructions`), judges every reference and call (:mod:`.judge`) against the effects that are
denied (:mod:`.effects`) and the names known to be safe (:mod:`.known_safe`), and reports one of four verdicts.
"""

from __future__ import annotations

from scanner.inspectors.pickle.budget import Budget
from scanner.inspectors.pickle.codes import CODES, Code
from scanner.inspectors.pickle.known_safe import list_digest
from scanner.inspectors.pickle.report import PickleReport, Reason, Reference
from scanner.inspectors.pickle.sniff import looks_like_pickle, recognise
from scanner.inspectors.pickle.stream import analyse

__all__ = [
    "CODES",
    "Budget",
    "Code",
    "PickleReport",
    "Reason",
    "Reference",
    "analyse",
    "list_digest",
    "looks_like_pickle",
    "recognise",
]
