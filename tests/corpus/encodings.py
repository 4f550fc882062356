"""The ways in which a pickle can name a function and call it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from tests.inspectors.pickle import assembler as asm

Encoding = Callable[[str, str, bytes], bytes]
"""(module, name, argument) to a whole pickle; the argument is a string that is echoed, as opcodes."""


def argument(text: str) -> bytes:
    """The harmless argument that names the item, as a string that protocol 0 knows too."""
    return b"V" + f"echo {text}".encode() + b"\n"


def call_of(reference: bytes, value: bytes) -> bytes:
    """REDUCE with one argument."""
    return asm.call(reference, value)


def _quoted(text: str) -> bytes:
    return b"S'" + "".join(f"\\x{ord(letter):02x}" for letter in text).encode() + b"'\n"


def _escaped(text: str) -> bytes:
    return b"V" + "".join(f"\\u{ord(letter):04x}" for letter in text).encode() + b"\n"


def _memoised(module: str, name: str, value: bytes) -> bytes:
    names = asm.text(module) + asm.MEMOIZE + asm.POP + asm.text(name) + asm.MEMOIZE + asm.POP
    return asm.pickle(names, asm.call(asm.binget(0) + asm.binget(1) + asm.STACK_GLOBAL, value))


def _old_memo(module: str, name: str, value: bytes) -> bytes:
    put = asm.text(module) + b"p7\n0" + asm.text(name) + asm.long_binput(300) + asm.POP
    get = b"g7\n" + b"j" + struct.pack("<I", 300)
    return asm.pickle(put, asm.call(get + asm.STACK_GLOBAL, value))


def _overwritten(module: str, name: str, value: bytes) -> bytes:
    decoy = asm.text("collections") + asm.binput(0) + asm.POP + asm.text("OrderedDict") + asm.binput(1) + asm.POP
    real = asm.text(module) + asm.binput(0) + asm.POP + asm.text(name) + asm.binput(1) + asm.POP
    return asm.pickle(decoy, real, asm.call(asm.binget(0) + asm.binget(1) + asm.STACK_GLOBAL, value))


def _duplicated(module: str, name: str, value: bytes) -> bytes:
    twice = asm.text(module) + asm.DUP + asm.binput(3) + asm.POP
    return asm.pickle(asm.call(twice + asm.text(name) + asm.STACK_GLOBAL, value))


def _decoys(module: str, name: str, value: bytes) -> bytes:
    noise = asm.MARK + asm.small(1) + asm.NONE + asm.POP_MARK + asm.EMPTY_DICT + asm.POP
    return asm.pickle(noise, asm.call(noise + asm.stack_name(module, name), noise + value), asm.POP, asm.NONE)


def _framed(module: str, name: str, value: bytes) -> bytes:
    body = asm.call(asm.stack_name(module, name), value) + asm.STOP
    return asm.proto(4) + asm.frame(len(body)) + body


def _reference_by_memo(module: str, name: str, value: bytes) -> bytes:
    kept = asm.stack_name(module, name) + asm.MEMOIZE + asm.POP
    return asm.pickle(kept, asm.EMPTY_LIST, asm.call(asm.binget(0), value), asm.APPEND)


def _deep(module: str, name: str, value: bytes) -> bytes:
    inner = asm.call(asm.stack_name(module, name), value)
    return asm.pickle(asm.EMPTY_LIST * 40, asm.EMPTY_DICT, asm.text("k"), inner, asm.SETITEM, asm.APPEND * 40)


ENCODINGS: Final[dict[str, Encoding]] = {
    "global-p0": lambda m, n, v: asm.pickle(call_of(asm.name(m, n), v), protocol=None),
    "global-p2": lambda m, n, v: asm.pickle(call_of(asm.name(m, n), v), protocol=2),
    "global-p5": lambda m, n, v: asm.pickle(call_of(asm.name(m, n), v), protocol=5),
    "stack-global": lambda m, n, v: asm.pickle(call_of(asm.stack_name(m, n), v)),
    "stack-global-p5": lambda m, n, v: asm.pickle(call_of(asm.stack_name(m, n), v), protocol=5),
    "inst": lambda m, n, v: asm.pickle(asm.MARK, v, asm.inst(m, n), protocol=None),
    "obj": lambda m, n, v: asm.pickle(asm.MARK, asm.name(m, n), v, asm.OBJ, protocol=1),
    "newobj": lambda m, n, v: asm.pickle(asm.stack_name(m, n), v, asm.TUPLE1, asm.NEWOBJ),
    "newobj-ex": lambda m, n, v: asm.pickle(asm.stack_name(m, n), v, asm.TUPLE1, asm.EMPTY_DICT, asm.NEWOBJ_EX),
    "long-strings": lambda m, n, v: asm.pickle(call_of(asm.text8(m) + asm.text8(n) + asm.STACK_GLOBAL, v)),
    "old-strings": lambda m, n, v: asm.pickle(call_of(asm.old_text(m) + asm.old_text(n) + asm.STACK_GLOBAL, v)),
    "quoted": lambda m, n, v: asm.pickle(call_of(_quoted(m) + _quoted(n) + asm.STACK_GLOBAL, v)),
    "escaped": lambda m, n, v: asm.pickle(call_of(_escaped(m) + _escaped(n) + asm.STACK_GLOBAL, v)),
    "memoised": _memoised,
    "old-memo": _old_memo,
    "overwritten-memo": _overwritten,
    "duplicated": _duplicated,
    "decoys": _decoys,
    "framed": _framed,
    "reference-by-memo": _reference_by_memo,
    "deep": _deep,
    "reference-only": lambda m, n, v: asm.pickle(asm.EMPTY_LIST, v, asm.APPEND, asm.stack_name(m, n), asm.APPEND),
}
"""Name to encoding."""
