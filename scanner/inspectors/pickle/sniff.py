"""Is it a pickle? Judged by content, strictly enough that plain text is left alone."""

from __future__ import annotations

import re
from typing import Final

from scanner.inspectors.pickle.budget import Budget
from scanner.inspectors.pickle.judge import Judge
from scanner.inspectors.pickle.machine import Machine
from scanner.inspectors.pickle.opcodes import HIGHEST_PROTOCOL, OPCODES

_TRIAL_BYTES: Final = 65_536
_TRIAL_OPCODES: Final = 65_536
_FEWEST_OPCODES: Final = 3
_CODES: Final = frozenset(opcode.code for opcode in OPCODES)
_NAME: Final = re.compile(r"[\w.]+\Z")
"""Module and attribute names as the pickle module writes them; lines of text seldom look like this."""
_ANNOUNCED: Final = 2
"""The first protocol that begins with PROTO; a file that announces an older one (a PFB font does) has to prove it."""
_FIRST_CODES: Final = frozenset(b"(NIFSVLJKMTUX]})GPcBC\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x97")
"""The opcodes that need nothing on the stack."""


def looks_like_pickle(head: bytes, size: int, tail: bytes = b"") -> bool:
    """Whether a file of ``size`` bytes that begins with ``head`` and ends with ``tail`` is a pickle.

    ``tail`` may be left out when ``head`` is the whole file. Protocols 2 to 5 announce themselves. Everything else
    needs a trial run over the first 64 KiB that makes a reference or call, or ends with STOP at the end of the file.
    """
    if head[:1] == b"\x80":
        if len(head) <= 2 or head[1] > HIGHEST_PROTOCOL or head[2] not in _CODES:
            return False
        if head[1] >= _ANNOUNCED:
            return True
    elif not head or head[0] not in _FIRST_CODES:
        return False
    return _trial(head[:_TRIAL_BYTES], size, tail or head[-1:])


def _trial(head: bytes, size: int, tail: bytes) -> bool:
    judge = Judge(Budget(references=64), lambda payload: False)
    outcome = Machine(head, judge, Budget()).run(0, _TRIAL_OPCODES)
    references = judge.references()
    if not all(_NAME.match(one.module) and _NAME.match(one.name) for one in references):
        return False
    if judge.verdict == "malicious" and any(reference.judged == "denied" for reference in references):
        return True
    if any(reference.how != "ref" for reference in references):
        return True
    if outcome.code is None:
        return outcome.opcodes >= _FEWEST_OPCODES and (outcome.end == size or bool(references))
    if outcome.code in ("truncated", "over-budget") and size > len(head):
        return bool(references) or (tail.endswith(b".") and outcome.opcodes >= _FEWEST_OPCODES)
    return False
