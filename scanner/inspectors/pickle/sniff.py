"""Is it a pickle? Judged by content, strictly enough that plain text is left alone."""

from __future__ import annotations

import re
from typing import Final

from scanner.inspectors.pickle.budget import Budget
from scanner.inspectors.pickle.judge import Judge
from scanner.inspectors.pickle.machine import Data, Machine
from scanner.inspectors.pickle.opcodes import HIGHEST_PROTOCOL, OPCODES

_TRIAL_BYTES: Final = 65_536
_TRIAL_OPCODES: Final = 65_536
_TRIAL_PICKLES: Final = 16
_FEWEST_OPCODES: Final = 3
_CODES: Final = frozenset(opcode.code for opcode in OPCODES)
_NAME: Final = re.compile(r"[\w.]+\Z")
"""Module and attribute names as the pickle module writes them; lines of text seldom look like this."""
_LONG_NUMBER: Final = re.compile(rb"(?:\x80.)?[IL]-?\d{3000}", re.DOTALL)
"""No text begins like this; Python needs seconds for such a number."""
_ANNOUNCED: Final = 2
"""The first protocol that begins with PROTO; a file that announces an older one (a PFB font does) has to prove it."""
_PUT: Final = ord("p")
"""The one memo opcode whose number is text; the others make an index of any letters."""
_FIRST_CODES: Final = frozenset(b"(NIFSVLJKMTUX]})GPcBC\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x97")
"""The opcodes that need nothing on the stack."""


def looks_like_pickle(head: bytes, size: int, tail: bytes = b"") -> bool:
    """Whether a file of ``size`` bytes that begins with ``head`` and ends with ``tail`` is a pickle.

    ``tail`` may be left out when ``head`` is the whole file. Protocols 2 to 5 announce themselves. Everything else
    needs a trial run over the first 64 KiB that makes a reference or call, or ends with STOP at the end of the file.
    """
    return bool(recognise(head, size, tail))


def recognise(head: Data, size: int, tail: bytes = b"") -> bool | None:
    """The same with a third answer: None when opcodes go on to the end of ``head`` and nothing there decides."""
    if head[:1] == b"\x80":
        if size <= 2:
            return size == 2 and _ANNOUNCED <= head[1] <= HIGHEST_PROTOCOL
        if len(head) <= 2 or head[1] > HIGHEST_PROTOCOL or head[2] not in _CODES:
            return False
        if head[1] >= _ANNOUNCED:
            return True
    elif not len(head) or head[0] not in _FIRST_CODES:
        return False
    if _LONG_NUMBER.match(head):
        return True
    return _trial(head, size, tail or head[-1:])


def _trial(head: Data, size: int, tail: bytes) -> bool | None:
    judge = Judge(Budget(references=64), lambda payload: False)
    start = opcodes = 0
    for _ in range(_TRIAL_PICKLES):
        outcome = Machine(head, judge, Budget()).run(start, _TRIAL_OPCODES - opcodes)
        opcodes += outcome.opcodes
        references = judge.references()
        if not all(_NAME.match(one.module) and _NAME.match(one.name) for one in references):
            return False
        if any(one.judged == "denied" or one.how != "ref" for one in references):
            return True
        if outcome.code is not None:
            break
        if outcome.opcodes >= _FEWEST_OPCODES and (outcome.end == size or references):
            return True
        start = outcome.end
    if outcome.code == "memo-index-bomb" and head[outcome.end] == _PUT:
        return True
    if outcome.code == "over-budget":
        return bool(references) or _is_varied(head)
    if outcome.code == "truncated" and size > len(head):
        return bool(references) or (tail.endswith(b".") and opcodes >= _FEWEST_OPCODES) or None
    return False


def _is_varied(head: Data) -> bool:
    """Whether many opcodes are not one character again and again, as in a text of the letter N."""
    import pickletools
    from itertools import islice

    try:
        return len({one[0].code for one in islice(pickletools.genops(bytes(head[:_TRIAL_BYTES])), 1024)}) > 1
    except ValueError:
        return True
