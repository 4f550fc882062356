"""Programs of ExecuTorch (``.pte``): operators, delegates, constants and segments, read from the FlatBuffer; none is run.

Schema: schema/program.fbs and schema/extended_header.h of ExecuTorch 1.5. A kernel is looked up in the runtime by its
name; what a delegate is given, its backend compiles or runs, so that such a program is never known to be safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from scanner.errors import UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.formats import sniff
from scanner.inspectors.mapped import view
from scanner.inspectors.payload import payload_reasons
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.flatbuffer import Buffer, Table
from scanner.sources.blob import HEAD, Blob

NAME: Final = "executorch_program"
VERSION: Final = "1"
NAMESPACES: Final = frozenset({"aten", "dim_order_ops", "executorch_prim", "prim", "quantized_decomposed"})
"""Namespaces of operators that the runtime's own libraries bring."""
FILE_OPERATORS: Final = frozenset({"aten::from_file", "aten::save"})
MARK: Final = b"eh00"
"""Begins the header that tells where the program ends and its segments begin."""
CHUNK: Final = 1 << 20
TENSOR, STRING = 5, 6
LISTS: Final = {7: 8, 8: 8, 9: 1, 10: 4, 11: 4}
"""Kinds of values that are lists, with the bytes of one element."""
KERNEL, DELEGATE = 1, 2
OTHER_STEPS: Final = {3: (0, 1), 4: (0,), 5: (0,)}
"""Instructions that name values in these fields: moves, jumps, releases."""


@dataclass(frozen=True, slots=True)
class _Segments:
    """What follows the program: the bytes of each segment, and where they begin in the file."""

    places: tuple[int, ...] = ()
    parts: tuple[memoryview, ...] = ()


def wants(blob: Blob) -> bool:
    """Whether the content has the mark of ExecuTorch."""
    return sniff(blob.head, blob.size) == "executorch"


def inspect(blob: Blob) -> Evidence:
    """Verdict of one program. Raises NotExaminable for one that is cut, broken or of another version."""
    builder = EvidenceBuilder(NAME)
    if blob.head[4:8] != b"ET12":
        raise NotExaminable(UNSUPPORTED, "a bundled program of ExecuTorch, or one of another version")
    reasons = [*_reasons(view(blob))]
    state_reasons(builder, blob, reasons, "operators of PyTorch that only compute")
    return builder.build()


def _reasons(data: memoryview) -> Iterator[Reason]:
    end, base = len(data), 0
    if bytes(data[8:12]) == MARK:
        end, base = (int.from_bytes(data[at : at + 8], "little") for at in (16, 24))
        if not 40 <= end <= len(data) or (base and not end <= base <= len(data)):
            raise NotExaminable(UNREADABLE, "broken ExecuTorch program: it ends before its own end")
    buffer = Buffer(data[:end])
    buffer.take(0, 40 if end < len(data) or base else 8)
    root = buffer.root()
    plans, segments = root.tables(1), _segments(root, data, base)
    if not plans:
        raise NotExaminable(UNREADABLE, "broken ExecuTorch program: no method")
    yield from _data(root, segments)
    count = _constants(root)
    for place, plan in enumerate(plans):
        yield from _plan(plan, f"method {place}", count, len(root.tables(3)), len(segments.parts))
    for start, part in buffer.unread():
        yield from _stray(part, start)
    yield from _between(data, end, segments)


def _segments(root: Table, data: memoryview, base: int) -> _Segments:
    places, parts = [], []
    for one in root.tables(4):
        start, size = base + one.number(0, 8), one.number(1, 8)
        if not base or start + size > len(data):
            raise NotExaminable(UNREADABLE, "broken ExecuTorch program: a segment beyond the end")
        places.append(start)
        parts.append(data[start : start + size])
    return _Segments(tuple(places), tuple(parts))


def _constants(root: Table) -> int:
    """How many constants a tensor can name; the first one stands for none."""
    listed = root.table(5)
    return max(len(root.tables(2)), len(listed.vector(1, 8)) // 8 if listed is not None else 0)


def _data(root: Table, segments: _Segments) -> Iterator[Reason]:
    """The constants, in the FlatBuffer or in a segment, and what else names segments."""
    for place, one in enumerate(root.tables(2)):
        yield from payload_reasons(one.vector(0, 1), one.place_of(0), f"constant {place}")
    for place, one in enumerate(root.tables(3)):
        yield from payload_reasons(one.vector(0, 1), one.place_of(0), f"data {place} of a delegate")
    listed = root.table(5)
    for table in ([] if listed is None else [listed]) + root.tables(6):
        offsets = [int(one) for one in table.vector(1, 8).cast("Q")]
        index = table.number(0, 4)
        if index >= len(segments.parts):
            if any(offsets):
                yield _breach("constants in a segment that is not there", "program")
            continue
        part = segments.parts[index]
        if any(one > len(part) for one in offsets):
            yield _breach("a constant beyond the end of its segment", "program")
        for start, stop in pairwise(sorted({one for one in offsets if one <= len(part)} | {0, len(part)})):
            yield from payload_reasons(part[start:stop], segments.places[index] + start, "a constant")
    for named in root.tables(7):
        named.text(0)
        if named.number(1, 4) >= len(segments.parts):
            yield _breach("named data in a segment that is not there", "program")


def _plan(plan: Table, at: str, constants: int, inline: int, segments: int) -> Iterator[Reason]:
    """One method: its operators and delegates, and whether every index points at something."""
    values, operators, delegates = plan.tables(2), plan.tables(6), plan.tables(7)
    plan.text(0)
    plan.vector(8, 8)
    for device in plan.tables(9):
        device.number(0, 4)
    if (types := plan.table(1)) is not None:
        types.text(0)
        types.text(1)
    for operator in operators:
        yield from _operator(operator, at)
    for delegate in delegates:
        yield Reason("executorch-delegate", f"backend {escape(delegate.text(0))}", at, "unknown")
        reference = delegate.table(1)
        if reference is not None and reference.number(1, 4) >= (segments if reference.number(0, 1) else inline):
            yield _breach("a delegate's data are not there", at)
        for option in delegate.tables(2):
            option.text(0)
            yield from payload_reasons(option.vector(1, 1), option.place_of(1), "an option of a delegate")
    if not all(_value(value, constants) for value in values):
        yield _breach("a tensor names a constant that is not there", at)
    steps = [step for chain in plan.tables(5) for step in _steps(chain)]
    named = [plan.vector(3, 4), plan.vector(4, 4)]
    sizes = len(values), len(operators), len(delegates)
    if not all(_within(one, len(values)) for one in named) or not all(_step(step, *sizes) for step in steps):
        yield _breach("a step or the method names what is not there", at)


def _operator(operator: Table, at: str) -> Iterator[Reason]:
    name = operator.text(0)
    operator.text(1)
    if name.partition("::")[0] not in NAMESPACES or name in FILE_OPERATORS:
        yield Reason("executorch-operator", escape(name), at, "unknown")


def _value(value: Table, constants: int) -> bool:
    """Read one value, so that it is accounted for; whether the constant that it names is there."""
    kind, held = value.number(0, 1), value.table(1)
    if held is None:
        return True
    if kind == STRING:
        held.text(0)
    elif kind in LISTS:
        held.vector(0, LISTS[kind])
    elif kind == TENSOR:
        held.vector(2, 4)
        held.vector(3, 1)
        placed, extra = held.table(6), held.table(9)
        if extra is not None:
            extra.text(1)
        return placed is not None or held.number(5, 4) < max(constants, 1)
    return True


def _steps(chain: Table) -> list[Table]:
    chain.vector(0, 4)
    chain.vector(1, 4)
    for trace in chain.tables(3):
        for frame in trace.tables(0):
            for field in (0, 2, 3):
                frame.text(field)
    return chain.tables(2)


def _step(step: Table, values: int, operators: int, delegates: int) -> bool:
    """Whether one instruction names things that are there."""
    kind, held = step.number(0, 1), step.table(1)
    if held is None:
        return False
    if kind in (KERNEL, DELEGATE):
        return held.number(0, 4) < (operators if kind == KERNEL else delegates) and _within(held.vector(1, 4), values)
    return kind in OTHER_STEPS and all(held.number(field, 4) < values for field in OTHER_STEPS[kind])


def _within(numbers: memoryview, count: int) -> bool:
    return all(0 <= one < count for one in numbers.cast("i"))


def _between(data: memoryview, end: int, segments: _Segments) -> Iterator[Reason]:
    """Bytes behind the program that no segment owns; zeros are padding."""
    position = end
    for start, part in sorted(zip(segments.places, segments.parts, strict=True), key=lambda one: one[0]):
        yield from _gap(data, position, start)
        position = max(position, start + len(part))
    yield from _gap(data, position, len(data))


def _gap(data: memoryview, start: int, stop: int) -> Iterator[Reason]:
    if any(bytes(data[at : min(at + CHUNK, stop)]).strip(b"\0") for at in range(start, stop, CHUNK)):
        yield from _stray(data[start:stop], start)


def _stray(part: memoryview, start: int) -> Iterator[Reason]:
    """Bytes that belong to nothing, and what begins behind their padding."""
    padding = len(part[:HEAD]) - len(bytes(part[:HEAD]).lstrip(b"\0"))
    yield from payload_reasons(part[padding:], start + padding, "unread bytes")
    yield Reason("executorch-unread-bytes", f"{len(part)} bytes that belong to nothing", f"byte {start}", "unknown")


def _breach(detail: str, at: str) -> Reason:
    return Reason("executorch-structure", detail, at, "unknown")
