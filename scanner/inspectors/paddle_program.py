"""PaddlePaddle programs (``.pdmodel``): the operators of every block, by a walk over the protobuf; none is run.

Field numbers: paddle/fluid/framework/framework.proto of PaddlePaddle 2.6 (ProgramDesc, BlockDesc, OpDesc). An operator is
looked up in the library by its name, so that a name on no list brings no code; weights lie in other files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import RANK, Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.protobuf import fields, text
from scanner.sources.blob import Blob

NAME: Final = "paddle_program"
VERSION: Final = "1"
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

_BEGINNING: Final = re.compile(rb"\n[\x80-\xff]{0,4}[\x00-\x7f]\x08\x00\x10\xff{9}\x01")
"""The first block: number 0, without a parent."""


def wants(blob: Blob) -> bool:
    """Whether the content begins with the block that every program begins with."""
    return _BEGINNING.match(blob.head) is not None


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one program. Raises NotExaminable for one that is cut."""
    builder = EvidenceBuilder(NAME)
    builder.state(blob.ref, "format", "paddle", blob.location)
    operators = {*_operators(view(blob))}
    reasons = [*_reasons(operators)]
    verdict = min((one.verdict for one in reasons), key=RANK.index, default="known-safe")
    state_verdict(builder, blob, "lading", verdict, reasons, f"{len(operators)} kinds of operators that only compute")
    return builder.build()


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
