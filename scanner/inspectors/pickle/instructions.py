"""What each opcode does to the machine: one function an opcode, gathered in ``HANDLERS`` by opcode byte.

A handler gets the machine and the offset behind the opcode byte, and returns the offset of the next opcode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from scanner.inspectors.pickle import literals
from scanner.inspectors.pickle.fills import drop_data, fold_fill, needs_parts
from scanner.inspectors.pickle.inband import skip_array, stands_for_array
from scanner.inspectors.pickle.machine import Broken, Machine, Stopped
from scanner.inspectors.pickle.opcodes import BY_NAME, HIGHEST_PROTOCOL
from scanner.inspectors.pickle.symbols import OPAQUE, Bag, Call, Ref, Value

Handler: TypeAlias = Callable[[Machine, int], int]


def _bad_opcode(machine: Machine, position: int) -> int:
    raise Broken("bad-opcode", f"byte 0x{machine.data[position - 1]:02x}")


def _proto(machine: Machine, position: int) -> int:
    protocol = machine.data[position]
    if protocol > HIGHEST_PROTOCOL:
        raise Broken("bad-protocol", f"protocol {protocol}")
    machine.protocol = max(protocol, machine.protocol or 0)
    return position + 1


def _frame(machine: Machine, position: int) -> int:
    machine.slice(position, 8)
    return position + 8


def _stop(machine: Machine, position: int) -> int:
    if not machine.stack:
        raise Broken("bad-stack", "STOP without a value")
    raise Stopped


def _pop(machine: Machine, position: int) -> int:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.stack.pop()
    return position


def _pop_mark(machine: Machine, position: int) -> int:
    machine.pop_to_mark()
    return position


def _dup(machine: Machine, position: int) -> int:
    machine.shared_reads += 1
    machine.stack.append(machine.stack[-1])
    return position


def _mark(machine: Machine, position: int) -> int:
    if machine.folds:
        end = fold_fill(machine, position - 1)
        if end is not None:
            return end
    machine.push_mark()
    return position


def _memoize(machine: Machine, position: int) -> int:
    machine.memo.add(machine.stack[-1])
    return position


def _put(machine: Machine, position: int) -> int:
    index, position = literals.decimal(machine, position)
    if index < 0:
        raise Broken("bad-operand", "negative memo index")
    machine.store(index)
    return position


def _binput(machine: Machine, position: int) -> int:
    machine.store(machine.data[position])
    return position + 1


def _long_binput(machine: Machine, position: int) -> int:
    machine.store(int.from_bytes(machine.slice(position, 4), "little"))
    return position + 4


def _recall(machine: Machine, index: int) -> None:
    value = machine.recall(index)
    if type(value) is Bag:
        machine.shared_reads += 1
    machine.stack.append(value)


def _get(machine: Machine, position: int) -> int:
    index, position = literals.decimal(machine, position)
    _recall(machine, index)
    return position


def _binget(machine: Machine, position: int) -> int:
    _recall(machine, machine.data[position])
    return position + 1


def _long_binget(machine: Machine, position: int) -> int:
    _recall(machine, int.from_bytes(machine.slice(position, 4), "little"))
    return position + 4


def _empty(kind: Literal["tuple", "list", "dict", "set"]) -> Handler:
    def handler(machine: Machine, position: int) -> int:
        machine.stack.append(Bag(kind))
        return position

    return handler


def _gather(kind: Literal["tuple", "list", "dict", "set"]) -> Handler:
    def handler(machine: Machine, position: int) -> int:
        items = machine.pop_to_mark()
        machine.stack.append(Bag(kind, items))
        return position

    return handler


def _tuple_of(count: int) -> Handler:
    def handler(machine: Machine, position: int) -> int:
        stack = machine.stack
        if len(stack) < count:
            raise Broken("bad-stack")
        items = stack[-count:]
        stack[-count:] = [Bag("tuple", items)]
        return position

    return handler


def _fill(machine: Machine, items: list[Value], how: str, at: int) -> None:
    target = machine.stack[-1]
    if type(target) is Bag:
        needs_parts(target)
        target.extend(items)
    elif type(target) is Call:
        if target.state is None:
            target.state = Bag("list")
        if type(target.state) is Bag:
            target.state.extend(items)
    elif type(target) is Ref:
        machine.judge.change(target, how, at)
    else:
        raise Broken("bad-stack", f"{how} on plain data")


def _append(machine: Machine, position: int) -> int:
    item = machine.stack.pop()
    _fill(machine, [item], "APPEND", position - 1)
    return position


def _appends(machine: Machine, position: int) -> int:
    _fill(machine, machine.pop_to_mark(), "APPENDS", position - 1)
    return position


def _setitem(machine: Machine, position: int) -> int:
    value = machine.stack.pop()
    key = machine.stack.pop()
    _fill(machine, [key, value], "SETITEM", position - 1)
    return position


def _setitems(machine: Machine, position: int) -> int:
    _fill(machine, machine.pop_to_mark(), "SETITEMS", position - 1)
    return position


def _additems(machine: Machine, position: int) -> int:
    _fill(machine, machine.pop_to_mark(), "ADDITEMS", position - 1)
    return position


def _global(machine: Machine, position: int) -> int:
    ref, end = literals.two_lines(machine, position)
    machine.stack.append(ref)
    return end


def _stack_global(machine: Machine, position: int) -> int:
    name = machine.stack.pop()
    module = machine.stack.pop()
    named = machine.judge.named_by(module, name, position - 1)
    if named is None:
        raise Broken("bad-stack", "STACK_GLOBAL on values that are no strings")
    machine.stack.append(named)
    return position


def _extension(width: int) -> Handler:
    def handler(machine: Machine, position: int) -> int:
        code = int.from_bytes(machine.slice(position, width), "little")
        machine.stack.append(machine.judge.extension(code, position - 1))
        return position + width

    return handler


def _call(machine: Machine, callee: Value, args: Value, at: int, *, made: bool = False) -> None:
    """Push the result of ``callee(*args)``; calling plain data breaks, as it does in the real machine."""
    if type(callee) not in (Ref, Call) and callee is not OPAQUE:
        raise Broken("bad-stack", "call of plain data")
    if machine.folded:
        needs_parts(callee, args, *(args.items if type(args) is Bag else ()))
    known = args.items if type(args) is Bag and args.complete else None
    machine.stack.append(machine.judge.call(callee, known, at, made=made) or Call(callee, args))


def _reduce(machine: Machine, position: int) -> int:
    args = machine.stack.pop()
    _call(machine, machine.stack.pop(), args, position - 1)
    return position


def _newobj(machine: Machine, position: int) -> int:
    args = machine.stack.pop()
    _call(machine, machine.stack.pop(), args, position - 1, made=True)
    return position


def _newobj_ex(machine: Machine, position: int) -> int:
    keywords = machine.stack.pop()
    args = machine.stack.pop()
    callee = machine.stack.pop()
    if machine.folded:
        needs_parts(args, keywords, *(keywords.items if type(keywords) is Bag else ()))
    if type(args) is Bag and type(keywords) is Bag and args.complete and keywords.complete:
        args = Bag("tuple", args.items + keywords.items)
    else:
        args = OPAQUE
    _call(machine, callee, args, position - 1, made=True)
    return position


def _inst(machine: Machine, position: int) -> int:
    ref, end = literals.two_lines(machine, position)
    items = machine.pop_to_mark()
    _call(machine, ref, Bag("tuple", items), position - 1, made=not items)
    return end


def _obj(machine: Machine, position: int) -> int:
    items = machine.pop_to_mark()
    if not items:
        raise Broken("bad-stack", "OBJ without a class")
    _call(machine, items[0], Bag("tuple", items[1:]), position - 1, made=len(items) == 1)
    return position


def _build(machine: Machine, position: int) -> int:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if machine.folded:
        needs_parts(target, state, *(state.items if type(state) is Bag and state.kind == "tuple" else ()))
    machine.judge.build(target, state, position - 1)
    if stands_for_array(target):
        return skip_array(machine, state, position)
    if machine.folds and type(target) is Call and type(state) is Bag:
        drop_data(machine, target, state)
    return position


def _persid(machine: Machine, position: int) -> int:
    end = literals.line_end(machine, position)
    machine.stack.append(machine.judge.persistent(None, position - 1))
    return end


def _binpersid(machine: Machine, position: int) -> int:
    pid = machine.stack.pop()
    if machine.folded:
        needs_parts(pid, *(pid.items if type(pid) is Bag else ()))
    machine.stack.append(machine.judge.persistent(pid, position - 1))
    if type(pid) is Bag and len(pid.items) >= 5 and type(pid.items[1]) is Ref:
        machine.storages[str(pid.items[2])] = pid.items[1].name
    return position


def _same(machine: Machine, position: int) -> int:
    return position


def _next_buffer(machine: Machine, position: int) -> int:
    machine.stack.append(OPAQUE)
    return position


_BY_OPCODE: Final[dict[str, Handler]] = {
    "PROTO": _proto, "FRAME": _frame, "STOP": _stop, "POP": _pop, "POP_MARK": _pop_mark, "DUP": _dup, "MARK": _mark,
    "MEMOIZE": _memoize, "PUT": _put, "BINPUT": _binput, "LONG_BINPUT": _long_binput,
    "GET": _get, "BINGET": _binget, "LONG_BINGET": _long_binget,
    "EMPTY_TUPLE": _empty("tuple"), "EMPTY_LIST": _empty("list"), "EMPTY_DICT": _empty("dict"),
    "EMPTY_SET": _empty("set"), "TUPLE": _gather("tuple"), "LIST": _gather("list"), "DICT": _gather("dict"),
    "FROZENSET": _gather("set"), "TUPLE1": _tuple_of(1), "TUPLE2": _tuple_of(2), "TUPLE3": _tuple_of(3),
    "APPEND": _append, "APPENDS": _appends, "SETITEM": _setitem, "SETITEMS": _setitems, "ADDITEMS": _additems,
    "GLOBAL": _global, "STACK_GLOBAL": _stack_global,
    "EXT1": _extension(1), "EXT2": _extension(2), "EXT4": _extension(4),
    "REDUCE": _reduce, "NEWOBJ": _newobj, "NEWOBJ_EX": _newobj_ex, "INST": _inst, "OBJ": _obj, "BUILD": _build,
    "PERSID": _persid, "BINPERSID": _binpersid, "NEXT_BUFFER": _next_buffer, "READONLY_BUFFER": _same,
    **literals.HANDLERS,
}  # fmt: skip


def _table() -> list[Handler]:
    table: list[Handler] = [_bad_opcode] * 256
    for name, handler in _BY_OPCODE.items():
        table[BY_NAME[name]] = handler
    return table


HANDLERS: Final = _table()
