"""The symbolic pickle machine: runs a pickle over symbols, and never makes an object that the pickle describes.

It follows the C unpickler of CPython (``Modules/_pickle.c``) where that and ``Lib/pickle.py`` differ, and tells the
judge about every reference, call and change *before* it meets the error that may follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from scanner.inspectors.pickle import patterns
from scanner.inspectors.pickle.budget import Budget
from scanner.inspectors.pickle.judge import Judge
from scanner.inspectors.pickle.memo import ABSENT, Memo, Run
from scanner.inspectors.pickle.opcodes import NEEDS_BYTE
from scanner.inspectors.pickle.skip import PIECE, forget
from scanner.inspectors.pickle.symbols import Ref, Value, copy_of, item_count

Data: TypeAlias = patterns.Data


class Broken(Exception):
    """The pickle cannot be followed any further; ``code`` is a reason code."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Stopped(Exception):
    """The STOP opcode was reached."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one pickle ended: ``code`` is None after STOP, else the reason code of the error.

    ``end`` is the offset behind STOP, or of the opcode that failed.
    """

    code: str | None
    detail: str
    end: int
    opcodes: int
    value: Value = None


class Machine:
    """State of one run: position, stack, marks and memo. Opcode handlers live in :mod:`.instructions`.

    ``folds`` allows to take fills of plain data as one symbol (:mod:`.fills`); ``folded`` tells whether any was.
    """

    def __init__(self, data: Data, judge: Judge, budget: Budget, depth: int = 0, *, folds: bool = False) -> None:
        self.data = data
        self.size = len(data)
        self.judge = judge
        self.budget = budget
        self.depth = depth
        self.stack: list[Value] = []
        self.marks: list[int] = []
        self.memo = Memo()
        self.folds = folds
        self.folded = False
        self.misses: dict[int, int] = {}
        self.plain_reads: set[bytes] = set()
        self.plain_classes: dict[Ref, bool] = {}
        self.protocol: int | None = None
        self.shared_reads = 0
        self.storages: dict[str, str] = {}
        self.embedded_opcodes = 0
        self._passed = 0

    def run(self, start: int, opcodes: int) -> Outcome:
        """Interpret from ``start`` until STOP, an error, or ``opcodes`` opcodes.

        Raises Refollow when a fill was folded that has to be followed, else nothing but MemoryError.
        """
        from scanner.inspectors.pickle.instructions import HANDLERS

        data = self.data
        position = at = start
        done = 0
        try:
            while done < opcodes:
                self.pass_by(position)
                if len(self.stack) > self.budget.stack:
                    raise Broken("over-budget", "stack")
                if len(self.memo) > self.budget.memo:
                    raise Broken("over-budget", "memo")
                for done in range(done + 1, min(done + _CHECK_EVERY, opcodes) + 1):  # noqa: B007, B020
                    at = position
                    position = HANDLERS[data[at]](self, at + 1)
            return self._outcome("over-budget", "opcodes", at, done)
        except Stopped:
            return Outcome(None, "", at + 1, done + self.embedded_opcodes, self.stack[-1])
        except Broken as broken:
            return self._outcome(broken.code, broken.detail, at, done)
        except IndexError:
            at_end = at >= self.size or (at + 1 == self.size and data[at] in NEEDS_BYTE)
            return self._outcome("truncated" if at_end else "bad-stack", "", at, done)
        except (ValueError, OverflowError):
            return self._outcome("bad-operand", "", at, done)

    def pass_by(self, position: int) -> None:
        """Let go of the mapped pages before ``position``, now and then."""
        if position - self._passed > PIECE:
            forget(self.data, self._passed, position)
            self._passed = position

    def _outcome(self, code: str, detail: str, at: int, done: int) -> Outcome:
        return Outcome(code, detail, at, done + self.embedded_opcodes)

    def fork(self, judge: Judge) -> Machine:
        """A machine with a copy of this state, to follow a second reading of the same bytes; it does not fork again."""
        values = {id(value): value for value in (*self.stack, *self.memo.values())}
        if not self.judge.may_repeat(sum(1 + item_count(value) for value in values.values()), 0):
            raise Broken("over-budget", "work")
        copies = {key: copy_of(value) for key, value in values.items()}
        other = Machine(self.data, judge, self.budget, self.budget.depth)
        other.stack = [copies[id(value)] for value in self.stack]
        other.memo = self.memo.copy(copies)
        other.marks = list(self.marks)
        other.folded = self.folded
        return other

    def push_mark(self) -> None:
        """Open a mark at the present height of the stack."""
        if len(self.marks) >= self.budget.marks:
            raise Broken("over-budget", "marks")
        self.marks.append(len(self.stack))

    def pop_to_mark(self) -> list[Value]:
        """Everything above the last mark, which is closed."""
        if not self.marks:
            raise Broken("bad-stack", "no open mark")
        height = self.marks.pop()
        items = self.stack[height:]
        del self.stack[height:]
        return items

    def store(self, index: int) -> None:
        """Remember the top of the stack under ``index``."""
        if index >= MEMO_JUMP and index > 16 * self.memo.size:
            raise Broken("memo-index-bomb", f"index {index} after {self.memo.size} entries")
        self.memo.put(index, self.stack[-1])

    def recall(self, index: int) -> Value:
        """What the memo keeps under ``index``."""
        memo = self.memo
        value = memo.known.get(index, ABSENT)
        if value is ABSENT:
            run = memo.run(index)
            value = memo.listed(index) if run is None else self._recall_folded(run, index)
            if value is ABSENT:
                raise Broken("bad-memo", f"entry {index}")
            memo.remember(index, value)
        return value

    def _recall_folded(self, run: Run, index: int) -> Value:
        from scanner.inspectors.pickle.fills import any_part
        from scanner.inspectors.pickle.instructions import HANDLERS

        place = self.memo.place(self.data, run, index)
        if place is None:
            return any_part(self, run)
        HANDLERS[self.data[place]](self, place + 1)
        return self.stack.pop()

    def require(self, start: int, size: int) -> None:
        """Break when ``size`` bytes from ``start`` are not there."""
        left = self.size - start
        if size > left:
            if size >= LENGTH_JUMP and size > 16 * left:
                raise Broken("length-bomb", f"length {size}")
            raise Broken("truncated")

    def slice(self, start: int, size: int) -> bytes:
        """``size`` bytes from ``start``; breaks when they are not there."""
        self.require(start, size)
        return self.data[start : start + size]


_CHECK_EVERY: Final = 4096
"""Opcodes between two looks at the size of stack and memo."""

MEMO_JUMP: Final = 1 << 20
"""Memo indexes below this cost at most a few megabytes, whatever the pickle does."""

LENGTH_JUMP: Final = 1 << 31
"""Length fields from here on, far beyond the end of the file, are meant to make a loader allocate."""
