from __future__ import annotations

import pickletools

from scanner.inspectors.pickle.instructions import HANDLERS
from scanner.inspectors.pickle.opcodes import BY_NAME, LENGTH_WIDTH, OPCODES, Operand

_OPERAND_OF = {
    None: Operand.NONE, 1: Operand.ONE, 2: Operand.TWO, 4: Operand.FOUR, 8: Operand.EIGHT,
    pickletools.UP_TO_NEWLINE: Operand.LINE,
    pickletools.TAKEN_FROM_ARGUMENT1: Operand.SIZED_1,
    pickletools.TAKEN_FROM_ARGUMENT4: Operand.SIZED_4,
    pickletools.TAKEN_FROM_ARGUMENT4U: Operand.SIZED_4,
    pickletools.TAKEN_FROM_ARGUMENT8U: Operand.SIZED_8,
}  # fmt: skip


def test_the_table_is_that_of_the_standard_library() -> None:
    expected = {}
    for opcode in pickletools.opcodes:
        operand = _OPERAND_OF[opcode.arg.n if opcode.arg else None]
        expected[opcode.name] = (ord(opcode.code), Operand.TWO_LINES if opcode.name in ("GLOBAL", "INST") else operand)
    assert {opcode.name: (opcode.code, opcode.operand) for opcode in OPCODES} == expected
    assert len(OPCODES) == 68


def test_every_opcode_has_a_handler_and_no_other_byte_has_one() -> None:
    bad = HANDLERS[0xFF]
    assert {code for code in range(256) if HANDLERS[code] is not bad} == set(BY_NAME.values())


def test_length_widths() -> None:
    assert LENGTH_WIDTH[BY_NAME["BINUNICODE"]] == 4
    assert len(LENGTH_WIDTH) == 10 + 1
