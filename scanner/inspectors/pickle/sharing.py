"""Does a data-only pickle read containers from the memo? Only then can a few bytes stand for billions of items.

Two passes of one regular expression each: the first collects the memo entries that are read, the second goes through
the entries in order, until all of those were seen, and asks whether each was written right behind plain data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from scanner.inspectors.pickle.opcodes import BY_NAME
from scanner.inspectors.pickle.patterns import ATOM, GET, MEMOIZE, PUT, STRUCTURE, Data, either
from scanner.inspectors.pickle.skip import behind_sized, forget

_NO_WRITE: Final = either(ATOM, STRUCTURE, GET) + b"(?!" + either(MEMOIZE, b"[qr]") + b")"
_WRITES: Final = re.compile(
    either(_NO_WRITE)
    + b"*+(?:"
    + either(b"(?P<atom>" + ATOM + b")", STRUCTURE, GET)
    + b"?(?P<put>"
    + either(MEMOIZE, PUT)
    + rb")|(?P<end>\Z)|.)",
    re.DOTALL,
)
_MEMOIZE: Final = bytes([BY_NAME["MEMOIZE"]])
_BEFORE_LEARNING: Final = 50_000
_MOST_LEARNED: Final = 64
_PROTO: Final = BY_NAME["PROTO"]


def reads_containers(data: Data, start: int, end: int, cuts: Sequence[int] = ()) -> bool:
    """Whether ``data[start:end]``, which ``data_only_end`` accepted, may read anything but plain data from the memo.

    ``cuts`` are the offsets that ``data_only_end`` gave, in order.
    """
    pieces = [*(cut for cut in cuts if start < cut < end), end]
    reads, numbered = _reads(data, start, pieces)
    wanted = {_index(read) for read in reads}
    return bool(wanted) and not _are_plain(wanted, data, start, pieces, to_the_end=numbered)


def _reads(data: Data, start: int, pieces: Sequence[int]) -> tuple[set[bytes], bool]:
    """The distinct opcodes that read the memo, and whether any entry is written by number.

    Most pickles read the same few entries over and over, so the pattern learns those and skips them.
    """
    reads: set[bytes] = set()
    numbered = False
    position = start
    while position < pieces[-1]:
        learned, knew = len(reads), numbered
        for count, match in enumerate(_matches(_reads_pattern(reads, numbered=numbered), data, position, pieces)):
            if match["get"]:
                reads.add(match["get"])
            numbered = numbered or match["put"] is not None
            position = match.end()
            learns = count >= _BEFORE_LEARNING and learned < len(reads) <= _MOST_LEARNED
            if match.lastgroup is not None and (learns or numbered != knew):
                break
        else:
            break
    return reads, numbered


def _reads_pattern(known: set[bytes], *, numbered: bool) -> re.Pattern[bytes]:
    learned = [re.escape(read) for read in sorted(known)] if len(known) <= _MOST_LEARNED else []
    boring = either(STRUCTURE, MEMOIZE, ATOM, *([PUT] if numbered else []), *learned)
    return re.compile(boring + b"*+(?:(?P<get>" + GET + b")|(?P<put>" + PUT + rb")|(?P<end>\Z)|.)", re.DOTALL)


def _are_plain(wanted: set[int], data: Data, start: int, pieces: Sequence[int], *, to_the_end: bool) -> bool:
    """Whether every wanted memo entry is written once, in order, right behind the plain data that it keeps.

    Entries written by number can be written again, so that the whole pickle has to be seen.
    """
    last = max(wanted)
    count = 0
    behind_long_data = None
    for match in _matches(_WRITES, data, start, pieces):
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


def _matches(pattern: re.Pattern[bytes], data: Data, start: int, pieces: Sequence[int]) -> Iterator[re.Match[bytes]]:
    """The matches of ``pattern`` one behind the other; the last byte of one without a group is an opcode stepped over."""
    position = start
    for end in pieces:
        first = position
        while position < end:
            for match in pattern.finditer(data, position, end):
                yield match
                if match.lastgroup is None:
                    at = match.end() - 1
                    position = behind_sized(data, at) or at + (2 if data[at] == _PROTO else 1)
                    break
            else:
                position = end
        forget(data, first, end)
