"""Opcodes and stream structure: the payload is found however it is spelled, hidden or followed by damage."""

from __future__ import annotations

import base64
import struct

import assembler as asm
import pytest

from scanner.inspectors.pickle import Budget, analyse

SYSTEM = asm.name("os", "system")
CALL = asm.call(SYSTEM, asm.text("true"))
SAFE = asm.call(asm.stack_name("collections", "OrderedDict"))
FUNCTION = asm.name("torch.nn.functional", "relu")

MALICIOUS = {
    "protocol 0": b"cos\nsystem\n(S'true'\ntR.",
    "protocol 0 with memo": b"cos\nsystem\np0\n(S'true'\np1\ntp2\nRp3\n.",
    "inst": b"(S'true'\nios\nsystem\n.",
    "obj": asm.pickle(asm.MARK, SYSTEM, asm.text("true"), asm.OBJ),
    "newobj": asm.pickle(SYSTEM, asm.text("true"), asm.TUPLE1, asm.NEWOBJ),
    "newobj_ex": asm.pickle(SYSTEM, asm.text("true"), asm.TUPLE1, asm.EMPTY_DICT, asm.NEWOBJ_EX),
    "ext1": asm.pickle(b"\x82\x01", asm.EMPTY_TUPLE, asm.REDUCE),
    "ext2": asm.pickle(b"\x83\x01\x01"),
    "ext4": asm.pickle(b"\x84\x01\x01\x01\x00"),
    "proto twice": asm.pickle(asm.proto(2), CALL),
    "proto in the middle": asm.pickle(asm.NONE, asm.proto(4), CALL),
    "proto missing": asm.pickle(CALL, protocol=None),
    "frame too short": asm.pickle(asm.frame(1), CALL),
    "frame too long": asm.pickle(asm.frame(1 << 40), CALL),
    "frame in a frame": asm.pickle(asm.frame(99), asm.frame(50), CALL),
    "names from binput": asm.pickle(
        asm.text("os"), asm.binput(7), asm.POP, asm.text("system"), asm.binput(9), asm.POP,
        asm.call(asm.binget(7) + asm.binget(9) + asm.STACK_GLOBAL, asm.text("true")),
    ),
    "names from long_binput": asm.pickle(
        asm.text("os"), asm.long_binput(70_000), asm.POP,
        asm.call(b"j" + struct.pack("<I", 70_000) + asm.text("system") + asm.STACK_GLOBAL),
    ),
    "names from memoize after a gap": asm.pickle(
        asm.text("x"), asm.binput(5), asm.POP, asm.text("os"), asm.MEMOIZE, asm.POP,
        asm.call(asm.binget(1) + asm.text("system") + asm.STACK_GLOBAL),
    ),
    "memo overwritten": asm.pickle(
        asm.text("math"), asm.binput(0), asm.POP, asm.text("os"), asm.binput(0), asm.POP,
        asm.call(asm.binget(0) + asm.text("system") + asm.STACK_GLOBAL),
    ),
    "text put and get": b"Vos\np3\n0g3\nVsystem\n\x93(tR.",
    "put after dup": asm.pickle(
        asm.text("os"), asm.DUP, asm.binput(1), asm.POP, asm.text("system"), asm.STACK_GLOBAL, asm.EMPTY_TUPLE, asm.REDUCE
    ),
    "decoys popped": asm.pickle(
        asm.text("os"), asm.text("decoy"), asm.POP, asm.MARK, asm.NONE, asm.POP_MARK, asm.text("system"),
        asm.STACK_GLOBAL, asm.EMPTY_TUPLE, asm.REDUCE,
    ),
    "pop takes the mark": asm.pickle(
        asm.text("os"), asm.MARK, asm.POP, asm.text("system"), asm.STACK_GLOBAL, asm.EMPTY_TUPLE, asm.REDUCE
    ),
    "escaped string": b"S'o\\x73'\nS'sys\\x74em'\n\x93)R.",
    "escaped unicode": b"V\\u006fs\nVsyste\\u006d\n\x93)R.",
    "binstring names": asm.pickle(asm.old_text("os"), asm.old_text("system"), asm.STACK_GLOBAL, asm.EMPTY_TUPLE, asm.REDUCE),
    "binunicode8 names": asm.pickle(asm.text8("os"), asm.text8("system"), asm.STACK_GLOBAL, asm.EMPTY_TUPLE, asm.REDUCE),
    "computed module": asm.pickle(
        asm.call(asm.stack_name("_codecs", "encode"), asm.text("bf"), asm.text("latin1")), asm.text("system"), asm.STACK_GLOBAL
    ),
    "computed name": asm.pickle(asm.text("os"), SAFE, asm.STACK_GLOBAL),
    "name too long to keep": asm.pickle(asm.text("os." * 3000), asm.text("system"), asm.STACK_GLOBAL),
    "result popped": asm.pickle(CALL, asm.POP, asm.NONE),
    "deep in a list": asm.pickle(asm.EMPTY_LIST * 300, CALL, asm.APPEND * 300),
    "behind many values": asm.pickle(asm.EMPTY_LIST, asm.MARK, asm.small(1) * 5_000, CALL, asm.APPENDS),
    "build on a function": asm.pickle(FUNCTION, asm.EMPTY_DICT, asm.text("a"), asm.NONE, asm.SETITEM, asm.BUILD),
    "build with slots on a class": asm.pickle(
        asm.name("torch.nn.modules.linear", "Linear"), asm.NONE, asm.EMPTY_DICT, asm.text("forward"), FUNCTION, asm.SETITEM,
        asm.TUPLE2, asm.BUILD,
    ),
    "item set on a reference": asm.pickle(FUNCTION, asm.text("a"), asm.NONE, asm.SETITEM),
    "items set on a reference": asm.pickle(FUNCTION, asm.MARK, asm.text("a"), asm.NONE, asm.SETITEMS),
    "appended to a reference": asm.pickle(FUNCTION, asm.NONE, asm.APPEND),
    "appends to a reference": asm.pickle(FUNCTION, asm.MARK, asm.NONE, asm.APPENDS),
    "added to a reference": asm.pickle(FUNCTION, asm.MARK, asm.NONE, asm.ADDITEMS),
    "inside a persistent id": asm.pickle(CALL, asm.BINPERSID),
    "class of a persistent id": asm.pickle(
        asm.MARK, asm.text("storage"), SYSTEM, asm.text("0"), asm.text("cpu"), asm.small(1), asm.TUPLE, asm.BINPERSID
    ),
    "class of a persistent module called": asm.pickle(
        asm.MARK, asm.text("module"), SYSTEM, asm.text("f"), asm.text("s"), asm.TUPLE, asm.BINPERSID, b")R"
    ),
    "dict opcode": asm.pickle(asm.MARK, asm.text("k"), CALL, asm.DICT),
    "list opcode": asm.pickle(asm.MARK, CALL, asm.LIST),
    "frozenset opcode": asm.pickle(asm.MARK, CALL, asm.FROZENSET),
    "set member": asm.pickle(asm.EMPTY_SET, asm.MARK, CALL, asm.ADDITEMS),
    "before a broken opcode": asm.proto(4) + CALL + b"\xff",
    "before the end of the file": asm.proto(4) + CALL,
    "before a bad length": asm.proto(4) + CALL + b"B\xff\xff\xff\x7f",
    "before a stack underflow": asm.proto(4) + CALL + b"RRR.",
    "before a bad memo entry": asm.proto(4) + CALL + asm.binget(99) + b".",
    "before bad UTF-8": asm.proto(4) + CALL + b"\x8c\x01\xff.",
    "before a bad protocol": asm.proto(4) + CALL + asm.proto(9) + b".",
    "behind a broken opcode": asm.proto(4) + b"\xff" + CALL + b".",
    "behind a broken opcode, whole pickle": b"\xff\xff" + asm.pickle(CALL),
    "second pickle": asm.pickle(asm.NONE) + asm.pickle(CALL),
    "second pickle of protocol 0": asm.pickle(asm.NONE) + b"cos\nsystem\n(S'true'\ntR.",
    "second pickle behind junk": asm.pickle(asm.NONE) + b"junk\xff\xfejunk" + asm.pickle(CALL),
    "second pickle behind zeros": asm.pickle(asm.NONE) + b"\0" * 100 + asm.pickle(CALL),
    "pickle in a bytes value": asm.pickle(asm.data(asm.pickle(CALL))),
    "pickle in a bytes value, twice": asm.pickle(asm.data(asm.pickle(asm.data(asm.pickle(CALL))))),
    "pickle as base64 text": asm.pickle(asm.text(base64.b64encode(asm.pickle(CALL)).decode())),
    "memo index bomb": asm.pickle(asm.NONE, asm.long_binput(0x7FFFFFFF)),
    "memo index bomb as text": b"Np99999999999\n.",
    "integer of 200,000 digits": b"I" + b"9" * 200_000 + b"\n.",
    "long of 200,000 digits": b"L" + b"9" * 200_000 + b"L\n.",
    "long4 of a megabyte": asm.pickle(b"\x8b" + struct.pack("<i", 1 << 20) + b"\x01" * (1 << 20)),
    "length of an exabyte": asm.pickle(b"\x8e" + struct.pack("<Q", 1 << 60), b"abc"),
}  # fmt: skip


@pytest.mark.parametrize("case", MALICIOUS)
def test_malicious(case: str) -> None:
    report = analyse(MALICIOUS[case])
    assert report.verdict == "malicious", report.reasons


NOT_EXAMINED = {
    "empty": (b"", "empty"),
    "protocol only": (asm.proto(4), "truncated"),
    "proto without its number": (b"\x80", "truncated"),
    "no stop": (asm.proto(4) + asm.NONE, "truncated"),
    "string cut": (asm.proto(4) + b"\x8c\x09abc", "truncated"),
    "line without end": (b"Vabc", "truncated"),
    "frame header cut": (asm.proto(4) + b"\x95\x01", "truncated"),
    "unknown opcode": (asm.proto(4) + b"\xff", "bad-opcode"),
    "protocol 6": (asm.pickle(asm.NONE, protocol=6), "bad-protocol"),
    "stop on an empty stack": (asm.pickle(), "bad-stack"),
    "tuple without a mark": (asm.pickle(asm.TUPLE), "bad-stack"),
    "obj without a class": (asm.pickle(asm.MARK, asm.OBJ), "bad-stack"),
    "call of plain data": (asm.pickle(asm.small(1), asm.EMPTY_TUPLE, asm.REDUCE), "bad-stack"),
    "item set on plain data": (asm.pickle(asm.small(1), asm.small(1), asm.APPEND), "bad-stack"),
    "names that are numbers": (asm.pickle(asm.small(1), asm.small(2), asm.STACK_GLOBAL), "bad-stack"),
    "missing memo entry": (asm.pickle(asm.binget(3)), "bad-memo"),
    "negative memo index": (b"Np-1\n.", "bad-operand"),
    "memo index that is no number": (b"Npx\n.", "bad-operand"),
    "float that is no number": (b"Fx\n.", "bad-operand"),
    "string without quotes": (b"Sabc\n.", "bad-operand"),
    "bad UTF-8": (asm.pickle(b"\x8c\x01\xff"), "bad-operand"),
    "negative long4": (asm.pickle(b"\x8b\xff\xff\xff\xff"), "bad-operand"),
    "text behind the pickle": (asm.pickle(asm.NONE) + b"hello world", "trailing-data"),
}


@pytest.mark.parametrize("case", NOT_EXAMINED)
def test_not_examined(case: str) -> None:
    data, code = NOT_EXAMINED[case]
    report = analyse(data)
    assert (report.verdict, [reason.code for reason in report.reasons]) == ("not-examined", [code])
    assert report.bytes_examined <= report.bytes_total


BUDGETS = {
    "opcodes": (Budget(opcodes=100), asm.pickle(asm.NONE * 200)),
    "marks": (Budget(marks=10), asm.pickle(asm.MARK * 20)),
    "stack": (Budget(stack=10), asm.pickle(asm.NONE * 10_000)),
    "memo": (Budget(memo=10), asm.pickle(asm.NONE, asm.MEMOIZE * 10_000)),
    "pickles": (Budget(pickles=3), asm.pickle(asm.NONE) * 5),
    "references": (
        Budget(references=1),
        asm.pickle(asm.stack_name("numpy", "ndarray"), asm.stack_name("numpy", "dtype")),
    ),
}


@pytest.mark.parametrize("name", BUDGETS)
def test_a_budget_exceeded_is_a_reason_that_names_it(name: str) -> None:
    budget, data = BUDGETS[name]
    report = analyse(data, budget=budget)
    assert report.verdict == "not-examined"
    assert [(reason.code, reason.detail) for reason in report.reasons] == [("over-budget", name)]


def test_reasons_are_bounded_and_still_weigh() -> None:
    report = analyse(asm.pickle(*(asm.name("m", f"x{i}") for i in range(50)), CALL), budget=Budget(reasons=5))
    assert (report.verdict, len(report.reasons)) == ("malicious", 6)
    assert report.reasons[-1].code == "runs-code"


def test_foreign_text_is_escaped_and_short() -> None:
    report = analyse(asm.pickle(asm.stack_name("m\x1b[31m\n", "é" * 600)))
    (reason,) = report.reasons
    assert reason.detail.isascii() and reason.detail.isprintable() and len(reason.detail) <= 200


def test_persistent_ids_of_torch_are_data_and_others_are_unknown() -> None:
    storage = asm.stack_name("torch", "FloatStorage")
    known = asm.MARK + asm.text("storage") + storage + asm.text("0") + asm.text("cpu") + asm.small(3) + asm.TUPLE
    assert analyse(asm.pickle(known, asm.BINPERSID)).verdict == "known-safe"
    for data in (b"Pabc\n.", asm.pickle(asm.small(1), asm.BINPERSID)):
        assert [reason.code for reason in analyse(data).reasons] == ["persistent-id"]


def test_state_that_plants_a_special_attribute_is_unknown() -> None:
    state = asm.EMPTY_DICT + asm.text("__setstate__") + asm.stack_name("numpy", "log") + asm.SETITEM
    assert analyse(asm.pickle(SAFE, state, asm.BUILD)).verdict == "unknown"


def test_buffers_out_of_band_are_data() -> None:
    assert analyse(asm.pickle(b"\x97\x98", protocol=5)).verdict == "known-safe"


def test_analyse_is_deterministic_and_takes_any_buffer() -> None:
    data = asm.pickle(CALL, asm.stack_name("a", "b"), asm.TUPLE2)
    assert analyse(data) == analyse(memoryview(data)) == analyse(data)


def test_repeating_a_container_costs_no_quadratic_time() -> None:
    many = (
        asm.EMPTY_DICT
        + asm.MARK
        + (asm.small(1) + asm.stack_name("numpy", "log")) * 2_000
        + asm.SETITEMS
        + asm.binput(0)
    )
    target = asm.call(asm.stack_name("collections", "Counter")) + asm.binput(1)
    report = analyse(asm.pickle(many, target, (asm.binget(0) + asm.BUILD) * 20_000))
    assert "over-budget" in [reason.code for reason in report.reasons]


def test_a_tall_stack_is_a_reason() -> None:
    report = analyse(asm.pickle(asm.EMPTY_LIST * 100_000), budget=Budget(stack=50_000))
    assert [(reason.code, reason.detail) for reason in report.reasons] == [("over-budget", "stack")]
