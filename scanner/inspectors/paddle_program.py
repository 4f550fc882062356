"""PaddlePaddle programs (``.pdmodel``): the operators of every block, by a walk over the protobuf; none is run.

Field numbers: paddle/fluid/framework/framework.proto of PaddlePaddle 2.6 (ProgramDesc, BlockDesc, OpDesc). An operator is
looked up in the library by its name, so that a name on no list brings no code; weights lie in other files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.protobuf import BYTES, VARINT, fields, opening, text
from scanner.sources.blob import Blob

NAME: Final = "paddle_program"
VERSION: Final = "2"
OPERATORS: Final = 2_000_000
PYTHON: Final = frozenset({"py_func", "py_layer", "pylayer"})
OUTSIDE: Final = frozenset(
    {
        "load", "load_combine", "save", "save_combine", "read", "create_py_reader", "create_custom_reader", "open_files",
        "listen_and_serv", "send", "recv", "send_barrier", "fetch_barrier", "checkpoint_notify", "gen_nccl_id",
        "c_gen_nccl_id", "heter_listen_and_serv", "send_and_recv", "prefetch", "pull_sparse", "push_sparse",
    }
)  # fmt: skip
"""Operators that read or write files, or call other hosts."""
ENGINES: Final = frozenset({"tensorrt_engine", "lite_engine", "dlnne_engine", "openvino_engine", "run_program"})
"""Operators that hand what they hold to another runtime."""

PROGRAM_FIELDS: Final = {1: BYTES, 4: BYTES, 5: BYTES}
TAGS: Final = frozenset(bytes([number << 3 | wire]) for number, wire in PROGRAM_FIELDS.items())
BLOCK_FIELDS: Final = {1: VARINT, 2: VARINT, 3: BYTES, 4: BYTES, 5: VARINT}
"""Field numbers of a ProgramDesc and of a BlockDesc with their wire types."""
ROOT: Final = {1: b"\0", 2: b"\xff" * 9 + b"\1"}
"""Number and parent of the first block: 0, and none."""


def wants(blob: Blob) -> bool:
    """Whether the content begins with the fields of a program and, within its first block, with those of a block."""
    if blob.head[:1] not in TAGS:
        return False
    for number, wire, begin, end in opening(blob.head):
        if PROGRAM_FIELDS.get(number) != wire:
            return False
        if number == 1:
            inside = [*opening(blob.head[begin:end])]
            known = all(BLOCK_FIELDS.get(field) == kind for field, kind, _, _ in inside)
            return bool(inside) and known and (end <= blob.size or _is_root(blob.head[begin:end]))
    return False


def _is_root(block: bytes) -> bool:
    found = {number: block[begin:end] for number, wire, begin, end in opening(block) if wire == VARINT}
    return all(found.get(number) == value for number, value in ROOT.items())


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one program; empty evidence without a root block. Raises NotExaminable for one that is cut."""
    builder = EvidenceBuilder(NAME)
    if not _has_root(blob):
        return builder.build()
    builder.state(blob.ref, "format", "paddle", blob.location)
    operators = {*_operators(view(blob))}
    reasons = [*_reasons(operators)]
    state_reasons(builder, blob, reasons, f"{len(operators)} kinds of operators that only compute")
    return builder.build()


def _has_root(blob: Blob) -> bool:
    """Whether some block is the first one, whatever the order of its fields."""
    if any(number == 1 and _is_root(blob.head[begin:end]) for number, _, begin, end in opening(blob.head)):
        return True
    try:
        blocks = [value for number, value in fields(view(blob)) if number == 1 and isinstance(value, memoryview)]
        return any(
            {(1, 0), (2, (1 << 64) - 1)} <= {one for one in fields(block) if isinstance(one[1], int)}
            for block in blocks
        )
    except NotExaminable:
        return False


def _operators(data: memoryview) -> Iterator[str]:
    count = 0
    for number, block in fields(data):
        if number != 1 or not isinstance(block, memoryview):
            continue
        for inner, operator in fields(block):
            if inner != 4 or not isinstance(operator, memoryview):
                continue
            count += 1
            if count > OPERATORS:
                raise NotExaminable(OVER_LIMIT, f"more than {OPERATORS} operators")
            yield from (text(value) for field, value in fields(operator) if field == 3)


def _reasons(operators: set[str]) -> Iterator[Reason]:
    for name in sorted(operators):
        if name in PYTHON:
            yield Reason("paddle-python-operator", f"operator {name} runs Python code", "blocks", "malicious")
        elif name in OUTSIDE:
            yield Reason("paddle-outside-operator", f"operator {name}", "blocks", "unknown")
        elif name in ENGINES:
            yield Reason("paddle-engine", f"operator {escape(name)}", "blocks", "unknown")
