"""Arrays that joblib writes inside the pickle stream, where every plain opcode reader loses its way.

Layout (joblib ``numpy_pickle.py``): behind the BUILD that completes a ``NumpyArrayWrapper``, either a nested pickle
(object dtype), or one length byte, that many padding bytes and the array; files of old versions have no padding.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from scanner.inspectors.pickle.symbols import Bag, Call, Ref, Value

if TYPE_CHECKING:
    from scanner.inspectors.pickle.machine import Machine

_DTYPE: Final = re.compile(r"[<>|=]?([?bBhHiIlLqQfdgeFDGSaUVOmMuc])(\d{0,9})(\[\w+\])?\Z")
_MOST_PADDING: Final = 16
_FORK_OPCODES: Final = 100_000
_HAS_OBJECT: Final = 0x01

WRAPPER_MODULES: Final = frozenset(("joblib.numpy_pickle", "sklearn.externals.joblib.numpy_pickle"))
"""Where ``NumpyArrayWrapper`` is found: scikit-learn carried joblib under its own name until 0.22."""


class _Layout(NamedTuple):
    """What follows: ``item_size`` bytes for each of ``items``, or a nested pickle when ``item_size`` is None."""

    item_size: int | None
    items: int
    padded: bool


def stands_for_array(value: Value) -> bool:
    """Whether ``value`` is a ``NumpyArrayWrapper``, whose array follows in the stream."""
    if type(value) is not Call or type(value.callee) is not Ref:
        return False
    return value.callee.name == "NumpyArrayWrapper" and value.callee.module in WRAPPER_MODULES


def skip_array(machine: Machine, state: Value, position: int) -> int:
    """The offset behind the array that follows at ``position``; breaks when its size cannot be known."""
    from scanner.inspectors.pickle.machine import Broken

    layout = _layout(state)
    if layout is None:
        raise Broken("array-unsized")
    if layout.item_size is None:
        return _nested(machine, position)
    end = start = position + (_padding(machine, position) if layout.padded else 0)
    end += layout.item_size * layout.items
    if end > machine.size:
        raise Broken("array-unsized", "array beyond the end of the file")
    if not layout.padded and machine.depth < machine.budget.depth:
        trial = machine.judge.on_trial()
        machine.embedded_opcodes += machine.fork(trial).run(start, _FORK_OPCODES).opcodes
        machine.judge.adopt(trial, "array read as opcodes")
    return end


def _padding(machine: Machine, position: int) -> int:
    """Bytes of padding, its length byte included.

    The length byte (1 to 16) is no opcode, so that no plain unpickler reads on into the array.
    """
    from scanner.inspectors.pickle.machine import Broken

    length = machine.data[position]
    if not 1 <= length <= _MOST_PADDING:
        raise Broken("array-unsized", "padding length")
    if machine.slice(position + 1, length).strip(b"\xff"):
        machine.judge.reason("array-padding", f"{length} bytes", position)
    return 1 + length


def _nested(machine: Machine, position: int) -> int:
    """Run the nested pickle of an object array with an own stack and memo."""
    from scanner.inspectors.pickle.machine import Broken, Machine

    if machine.depth >= machine.budget.depth:
        raise Broken("over-budget", "depth")
    inner = Machine(machine.data, machine.judge, machine.budget, machine.depth + 1, folds=machine.folds)
    outcome = inner.run(position, machine.budget.opcodes - machine.embedded_opcodes)
    machine.embedded_opcodes += outcome.opcodes
    machine.shared_reads += inner.shared_reads
    machine.folded |= inner.folded
    if outcome.code is not None:
        raise Broken(outcome.code, outcome.detail)
    return outcome.end


def _layout(state: Value) -> _Layout | None:
    if type(state) is not Bag or state.kind != "dict" or not state.complete:
        return None
    shape = state.get("shape")
    dimensions = shape.items if type(shape) is Bag and shape.complete else None
    if dimensions is None:
        return None
    sizes = [size for size in dimensions if type(size) is int and size >= 0]
    item = _item_size(state.get("dtype"))
    if len(sizes) != len(dimensions) or item is None:
        return None
    padded = type(state.get("numpy_array_alignment_bytes")) is int
    return _Layout(None if item == "object" else int(item), math.prod(sizes), padded)


def _item_size(dtype: Value) -> int | str | None:
    """Bytes of one item, ``"object"`` for a dtype that holds objects, None when unknown."""
    if type(dtype) is not Call or not dtype.is_of("numpy", "dtype") or type(dtype.args) is not Bag:
        return None
    text = dtype.args.items[0] if dtype.args.items else None
    state = dtype.state.items if type(dtype.state) is Bag and dtype.state.complete else []
    match = _DTYPE.match(text) if isinstance(text, str) else None
    if match is None:
        return None
    if match[1] == "O" or (len(state) > 7 and isinstance(state[7], int) and state[7] & _HAS_OBJECT):
        return "object"
    if len(state) > 5 and type(state[5]) is int and state[5] >= 0:
        return state[5]
    if match[2]:
        return int(match[2]) * (4 if match[1] == "U" else 1)
    return None
