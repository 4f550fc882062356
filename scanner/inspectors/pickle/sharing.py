"""Does a data-only pickle read containers from the memo? Only then can a few bytes stand for billions of items.

Two passes of one regular expression each: the first collects the memo entries that are read, the second goes through
the entries in order, until all of those were seen, and asks whether each was written right behind plain data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.inspectors.pickle.machine import Data
from scanner.inspectors.pickle.opcodes import BY_NAME
from scanner.inspectors.pickle.skip import ATOM, GET, MEMOIZE, PUT, STRUCTURE, behind_sized, either

_READS: Final = re.compile(
    either(STRUCTURE, MEMOIZE, ATOM) + b"*+(?:(?P<get>" + GET + b")|(?P<put>" + PUT + b")|.)", re.DOTALL
)
_NO_WRITE: Final = either(ATOM, STRUCTURE, GET) + b"(?!" + either(MEMOIZE, b"[qr]") + b")"
_WRITES: Final = re.compile(
    either(_NO_WRITE)
    + b"*+(?:"
    + either(b"(?P<atom>" + ATOM + b")", STRUCTURE, GET)
    + b"?(?P<put>"
    + either(MEMOIZE, PUT)
    + b")|.)",
    re.DOTALL,
)
_MEMOIZE: Final = bytes([BY_NAME["MEMOIZE"]])
_PROTO: Final = BY_NAME["PROTO"]


def reads_containers(data: Data, start: int, end: int) -> bool:
    """Whether ``data[start:end]``, which ``data_only_end`` accepted, may read anything but plain data from the memo."""
    wanted: set[int] = set()
    numbered = False
    for match in _matches(_READS, data, start, end):
        if match["get"]:
            wanted.add(_index(match["get"]))
        numbered = numbered or match["put"] is not None
    return bool(wanted) and not _are_plain(wanted, data, start, end, to_the_end=numbered)


def _are_plain(wanted: set[int], data: Data, start: int, end: int, *, to_the_end: bool) -> bool:
    """Whether every wanted memo entry is written once, in order, right behind the plain data that it keeps.

    Entries written by number can be written again, so that the whole pickle has to be seen.
    """
    last = max(wanted)
    count = 0
    behind_long_data = None
    for match in _matches(_WRITES, data, start, end):
        put = match["put"]
        if put is None:
            behind_long_data = behind_sized(data, match.end() - 1)
            continue
        if put != _MEMOIZE and _index(put) != count:
            return False
        if count in wanted and match["atom"] is None and not match.start() == match.start("put") == behind_long_data:
            return False
        count += 1
        if count > last and not to_the_end:
            return True
    return count > last


def _index(opcode: bytes) -> int:
    return int.from_bytes(opcode[1:], "little")


def _matches(pattern: re.Pattern[bytes], data: Data, start: int, end: int) -> Iterator[re.Match[bytes]]:
    """The matches of ``pattern`` one behind the other; the last byte of one without a group is an opcode stepped over."""
    position = start
    while position < end:
        for match in pattern.finditer(data, position, end):
            yield match
            if match.lastgroup is None:
                at = match.end() - 1
                position = behind_sized(data, at) or at + (2 if data[at] == _PROTO else 1)
                break
        else:
            return
