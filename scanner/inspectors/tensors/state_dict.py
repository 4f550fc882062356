"""What ``data.pkl`` of a torch archive says of tensors: names and views into storages.

The few opcodes that torch writes are followed over plain values and symbols; nothing is imported, called or loaded, and any
other opcode ends the reading. Whether the pickle is harmless is another matter: the pickle inspector says that.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable

OPCODES: Final = 1_000_000
VALUES: Final = 300_000
DEPTH: Final = 40
MODULE_PARTS: Final = frozenset({"_parameters", "_buffers", "_modules"})
"""Attributes of a torch module that its ``state_dict`` leaves out of the names."""
STORAGES: Final = {
    "FloatStorage": "F32", "DoubleStorage": "F64", "HalfStorage": "F16", "BFloat16Storage": "BF16", "LongStorage": "I64",
    "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8", "BoolStorage": "BOOL",
    "ComplexFloatStorage": "C64", "ComplexDoubleStorage": "C128", "UntypedStorage": "",
}  # fmt: skip
DTYPES: Final = {
    "torch.uint16": "U16", "torch.uint32": "U32", "torch.uint64": "U64", "torch.float8_e4m3fn": "F8_E4M3",
    "torch.float8_e5m2": "F8_E5M2", "torch.float8_e4m3fnuz": "F8_E4M3FNUZ", "torch.float8_e5m2fnuz": "F8_E5M2FNUZ",
    "torch.float8_e8m0fnu": "F8_E8M0",
}  # fmt: skip
"""Types without a storage class of their own, which ``_rebuild_tensor_v3`` is told."""


@dataclass(frozen=True, slots=True)
class View:
    """A contiguous tensor in the storage ``key``, from element ``offset``."""

    key: str
    dtype: str
    offset: int
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    text: str


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: str


@dataclass(slots=True, eq=False)
class _Box:
    """A dict, list or object: pairs of a key and a value. ``module`` for an object with attributes."""

    pairs: list[tuple[Any, Any]] = field(default_factory=list)
    module: bool = False


_MARK: Final = object()


def read_views(data: bytes) -> list[tuple[str, View]]:
    """Every tensor by its dotted name. Raises NotExaminable when a storage is used in a way that is not understood."""
    reader = _Reader()
    try:
        value = reader.run(data)
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, struct.error):
        raise NotExaminable(UNREADABLE, "a pickle that torch did not write") from None
    found = list(_views(value))
    if {view.key for _, view in found} != reader.storages:
        raise NotExaminable(UNSUPPORTED, "a storage that is no plain tensor")
    return [(".".join(path), view) for path, view in _unwrapped(found, value)]


class _Reader:
    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.storages: set[str] = set()

    def run(self, data: bytes) -> Any:
        """The value of the first pickle. Raises what a pickle of another maker leads to, and NotExaminable."""
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count >= OPCODES:
                raise NotExaminable(OVER_LIMIT, f"more than {OPCODES} opcodes")
            if opcode.name == "STOP":
                return self.stack.pop()
            self._step(opcode.name, argument)
        raise ValueError

    def _step(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in _LITERALS:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in ("BINPUT", "LONG_BINPUT"):
            self.memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self.memo[argument])
        elif name in ("EMPTY_DICT", "EMPTY_LIST"):
            stack.append(_Box())
        elif name in _TUPLES:
            stack[-_TUPLES[name] :] = [tuple(stack[-_TUPLES[name] :])]
        elif name == "TUPLE":
            stack.append(tuple(self._to_mark()))
        elif name in ("SETITEMS", "SETITEM"):
            items = self._to_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            _box(stack[-1]).pairs += zip(items[::2], items[1::2], strict=True)
        elif name in ("APPENDS", "APPEND"):
            items = self._to_mark() if name == "APPENDS" else [stack.pop()]
            box = _box(stack[-1])
            box.pairs += [(str(len(box.pairs) + number), item) for number, item in enumerate(items)]
        elif name == "GLOBAL":
            stack.append(_Name(argument.replace(" ", ".")))
        elif name == "STACK_GLOBAL":
            stack[-2:] = [_Name(f"{stack[-2]}.{stack[-1]}")]
        elif name == "BINPERSID":
            stack.append(self._storage(stack.pop()))
        elif name in ("REDUCE", "NEWOBJ"):
            arguments = stack.pop()
            stack.append(_called(stack.pop(), arguments))
        elif name == "BUILD":
            state = stack.pop()
            if stack[-1].__class__ is _Box and stack[-1].module:
                stack[-1].pairs.append(("", state))
        elif name not in ("PROTO", "FRAME"):
            raise ValueError

    def _to_mark(self) -> list[Any]:
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise ValueError
        items = self.stack[place + 1 :]
        del self.stack[place:]
        return items

    def _storage(self, pid: Any) -> _Storage:
        kind, of, key, _, _ = pid
        if kind != "storage" or not isinstance(of, _Name) or not isinstance(key, str):
            raise ValueError
        self.storages.add(key)
        return _Storage(key, STORAGES[of.text.rpartition(".")[2]])


_LITERALS: Final = frozenset(
    ("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
     "SHORT_BINBYTES", "BINBYTES", "SHORT_BINSTRING", "BINSTRING")
)  # fmt: skip
_CONSTANTS: Final = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": (), "MARK": _MARK}
_TUPLES: Final = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def _box(value: Any) -> _Box:
    if not isinstance(value, _Box):
        raise ValueError
    return value


def _called(callee: Any, arguments: Any) -> Any:
    """What a call gives: a view, the tensor inside a parameter, an ordered dict, or an object of unknown content."""
    name = callee.text if isinstance(callee, _Name) else ""
    if name in ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3"):
        storage, offset, shape, strides = arguments[:4]
        if not isinstance(storage, _Storage) or not all(
            type(one) is int and one >= 0 for one in (offset, *shape, *strides)
        ):
            raise ValueError
        kind = arguments[6] if name.endswith("v3") else None
        dtype = DTYPES[kind.text] if isinstance(kind, _Name) else storage.dtype
        if not dtype or not _contiguous(shape, strides):
            raise NotExaminable(UNSUPPORTED, "a tensor of another type or layout")
        return View(storage.key, dtype, offset, shape)
    if name in ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"):
        return arguments[0]
    if name == "collections.OrderedDict" and not arguments:
        return _Box()
    if name.startswith(("torch._utils.", "torch._tensor.")):
        raise NotExaminable(UNSUPPORTED, "a tensor of another kind")
    return _Box([("", part) for part in arguments], module=True)


def _contiguous(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether the elements lie in C order without gaps; a side of one element may have any stride."""
    expected = 1
    for side, stride in zip(reversed(shape), reversed(strides), strict=True):
        if side != 1 and stride != expected:
            return 0 in shape
        expected *= side
    return True


def _views(value: Any) -> Iterator[tuple[tuple[str, ...], View]]:
    """Tensors reached from a value over dicts, lists, tuples and attributes, without recursion."""
    todo: list[tuple[tuple[str, ...], int, Any]] = [((), 0, value)]
    for _ in range(VALUES):
        if not todo:
            return
        path, depth, one = todo.pop()
        if depth > DEPTH or len(todo) > VALUES:
            break
        if isinstance(one, View):
            yield path, one
        elif isinstance(one, _Box):
            todo += [(_longer(path, key), depth + 1, part) for key, part in one.pairs]
        elif isinstance(one, tuple):
            todo += [(_longer(path, str(number)), depth + 1, part) for number, part in enumerate(one)]
    raise NotExaminable(OVER_LIMIT, f"more than {VALUES} values, or values nested deeper than {DEPTH}")


def _longer(path: tuple[str, ...], key: Any) -> tuple[str, ...]:
    text = key if isinstance(key, str) else str(key) if type(key) is int else "?"
    return path if not text or text in MODULE_PARTS else (*path, text)


def _unwrapped(found: list[tuple[tuple[str, ...], View]], value: Any) -> list[tuple[tuple[str, ...], View]]:
    """Names without the keys of outer dicts that hold all tensors between them, as in ``{"state_dict": {...}}``."""
    while isinstance(value, _Box) and not value.module and found:
        outer = found[0][0][:1]
        inner = [part for key, part in value.pairs if (key,) == outer]
        if len(inner) != 1 or not isinstance(inner[0], _Box) or any(path[:1] != outer for path, _ in found):
            break
        found, value = [(path[1:], view) for path, view in found], inner[0]
    return found
