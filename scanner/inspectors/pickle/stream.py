"""A whole file: pickles in a row, what lies between and behind them, and pickles inside their data."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from scanner.inspectors.pickle import legacy_torch, raw
from scanner.inspectors.pickle.bombs import FEWEST_SHARED_READS, is_reference_bomb
from scanner.inspectors.pickle.budget import Budget
from scanner.inspectors.pickle.codes import CODES
from scanner.inspectors.pickle.judge import Judge
from scanner.inspectors.pickle.machine import Data, Machine, Outcome
from scanner.inspectors.pickle.memo import Refollow
from scanner.inspectors.pickle.report import PickleReport
from scanner.inspectors.pickle.sharing import reads_containers
from scanner.inspectors.pickle.skip import PIECE, data_only_end, forget
from scanner.inspectors.pickle.symbols import Opaque, Value

FAST_FROM: Final = 1 << 20
"""Pickles from this size on try the fast path; below it the symbolic machine is quick enough."""

_RAW_OPCODES: Final = 100_000
_LARGEST_PADDING: Final = 1 << 20
_OVERLAP: Final = 5 << 20
"""Bytes searched behind a piece for what began in it: more than the largest value that is looked into."""


def analyse(data: bytes | memoryview | mmap.mmap, *, budget: Budget | None = None) -> PickleReport:
    """What loading ``data`` would do, without loading it. Never raises, whatever the bytes are.

    A file of data only (no reference, no call, STOP at its end) is known-safe. A memoryview is copied; map large files.
    """
    content = data if isinstance(data, (bytes, mmap.mmap)) else bytes(data)
    limits = budget or Budget()
    stream = _Stream(content, limits, _Allowance(limits))
    try:
        stream.run()
    except MemoryError:
        stream.judge.reason("out-of-memory", "", 0)
    return stream.report()


class _Allowance:
    """What is left of the budgets that all nested streams share."""

    def __init__(self, budget: Budget) -> None:
        self.opcodes = budget.opcodes
        self.starts = budget.starts

    def take_start(self) -> bool:
        """Whether one more place may be tried as a pickle start."""
        self.starts -= 1
        return self.starts >= 0


class _Stream:
    def __init__(self, data: Data, budget: Budget, allowance: _Allowance) -> None:
        self.data = data
        self.size = len(data)
        self.budget = budget
        self.allowance = allowance
        self.judge = Judge(budget, self._storage_is_safe)
        self.values: list[Value] = []
        self.storages: dict[str, str] = {}
        self.tested: dict[bytes | tuple[int, int], bool] = {}
        self.pickles = 0
        self.examined = 0
        self.opcodes: int | None = 0
        self.protocol: int | None = None

    def run(self) -> None:
        """Follow the stream to its end, or to the first byte that cannot be followed; search the rest."""
        position = 0
        if not self.size:
            self.judge.reason("empty", "", 0)
        while position < self.size:
            if self.pickles >= self.budget.pickles:
                self.judge.reason("over-budget", "pickles", position)
                break
            end = self._pickle_at(position)
            if end is None:
                break
            self._search_carried(position, end)
            self.examined += end - position
            position = end
        self.judge.close()

    def report(self) -> PickleReport:
        """The result so far."""
        return PickleReport(
            verdict=self.judge.verdict,
            reasons=self.judge.reasons(),
            references=self.judge.references(),
            pickles=self.pickles,
            bytes_examined=self.examined,
            bytes_total=self.size,
            opcodes=self.opcodes,
            protocol=self.protocol,
        )

    def _pickle_at(self, position: int) -> int | None:
        """The offset behind the pickle at ``position`` and all that belongs to it; None when it cannot be followed."""
        if self.size - position >= FAST_FROM:
            cuts: list[int] = []
            end = data_only_end(self.data, position, cuts, marks=self.budget.marks)
            if end is not None and end - position >= FAST_FROM and not reads_containers(self.data, position, end, cuts):
                self.opcodes = None
                return self._completed(None, end)
        machine, outcome = self._follow(position)
        self.allowance.opcodes -= outcome.opcodes
        if outcome.code is not None:
            self._failed(position, outcome)
            return None
        if machine.folded:
            self.opcodes = None
        elif self.opcodes is not None:
            self.opcodes += outcome.opcodes
        if machine.protocol is not None:
            self.protocol = max(machine.protocol, self.protocol or 0)
        if _is_bomb(machine, outcome, position):
            self.judge.reason("reference-bomb", f"{outcome.end - position} bytes", position)
        end = self._completed(outcome.value, outcome.end)
        if self.pickles == legacy_torch.PICKLES - 1 and legacy_torch.is_header(self.values):
            self.storages = machine.storages
        return end

    def _follow(self, position: int) -> tuple[Machine, Outcome]:
        """Run the pickle at ``position``; again and opcode by opcode where folding its data leaves a question open."""
        if self.size - position >= FAST_FROM:
            machine = Machine(self.data, self.judge, self.budget, folds=True)
            try:
                outcome = machine.run(position, self.allowance.opcodes)
                if not machine.folded or not _is_bomb(machine, outcome, position):
                    return machine, outcome
            except Refollow:
                pass
        machine = Machine(self.data, self.judge, self.budget)
        return machine, machine.run(position, self.allowance.opcodes)

    def _completed(self, value: Value, end: int) -> int:
        self.pickles += 1
        if self.pickles < legacy_torch.PICKLES:
            self.values.append(value)
        elif self.pickles == legacy_torch.PICKLES and legacy_torch.is_header(self.values):
            return legacy_torch.storages_end(self.data, end, self.storages)
        return end

    def _failed(self, position: int, outcome: Outcome) -> None:
        """Say why the bytes from ``position`` on are no readable pickle, and search them."""
        code = outcome.code or ""
        if position and self.data[position] != 0x80:
            if self._is_padding(position):
                self.examined += self.size - position
                return
            self.judge.reason("trailing-data", f"{self.size - position} bytes", position)
        else:
            self.judge.reason(code, outcome.detail, outcome.end)
            self.examined += outcome.end - position
        self._search_raw(position or outcome.end)

    def _is_padding(self, position: int) -> bool:
        return self.size - position <= _LARGEST_PADDING and not self.data[position:].strip(b"\0\r\n \t")

    def _search_raw(self, start: int) -> None:
        """Denied references anywhere behind ``start``; a parse is tried wherever a pickle may begin."""
        end = min(self.size, start + self.budget.raw_bytes)
        found = self.judge.on_trial()
        for reference in raw.raw_references(self.data, start, end):
            found.reference(reference.module, reference.name, reference.offset)
        for position in raw.pickle_starts(self.data, start, end):
            if not self.allowance.take_start():
                break
            outcome = Machine(self.data, found, self.budget).run(position, min(_RAW_OPCODES, self.allowance.opcodes))
            self.allowance.opcodes -= outcome.opcodes
        self.judge.adopt(found, "behind the readable part")

    def _search_carried(self, start: int, end: int) -> None:
        """Data values that are pickles themselves: only a malicious one is worth a reason."""
        if not self.budget.depth:
            return
        for carried in self._carried(start, min(end, start + self.budget.raw_bytes)):
            if not self.allowance.take_start():
                break
            inner = self._nested(carried.payload)
            if inner.judge.verdict == "malicious":
                codes = sorted({reason.code for reason in inner.judge.reasons() if _is_malicious(reason.code)})
                self.judge.reason("hidden-pickle", ", ".join(codes), carried.offset)

    def _carried(self, start: int, end: int) -> Iterator[raw.CarriedPickle]:
        """The pickles carried inside ``data[start:end]``, sought piece by piece so that few pages are held at a time."""
        for first in range(start, end, PIECE):
            for carried in raw.carried_pickles(self.data, first, min(end, first + PIECE + _OVERLAP)):
                if carried.offset < first + PIECE:
                    yield carried
            forget(self.data, first, min(end, first + PIECE))

    def _storage_is_safe(self, payload: bytes | Opaque) -> bool:
        """Whether a payload of ``torch.storage._load_from_bytes`` is a legacy stream that is known-safe itself."""
        key = payload if isinstance(payload, bytes) else (payload.start, payload.end)
        if key not in self.tested:
            content = payload if isinstance(payload, bytes) else self.data[payload.start : payload.end]
            self.tested[key] = False
            if self.budget.depth and len(self.tested) <= self.budget.pickles:
                inner = self._nested(content)
                self.tested[key] = legacy_torch.is_header(inner.values) and inner.judge.verdict == "known-safe"
        return self.tested[key]

    def _nested(self, payload: bytes) -> _Stream:
        inner = _Stream(payload, replace(self.budget, depth=self.budget.depth - 1), self.allowance)
        inner.run()
        return inner


def _is_bomb(machine: Machine, outcome: Outcome, start: int) -> bool:
    return machine.shared_reads >= FEWEST_SHARED_READS and is_reference_bomb(outcome.value, outcome.end - start)


def _is_malicious(code: str) -> bool:
    return CODES[code].level == "malicious"
