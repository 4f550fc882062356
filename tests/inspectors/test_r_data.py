"""R data by R itself in its three encodings, and promises put together by hand."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors import r_data
from tests.inspectors.conftest import Inspect

MODELS = Path(__file__).parent / "models"


@pytest.mark.parametrize(
    ("sample", "verdict", "codes"),
    [
        *(
            (name, "known-safe", set())
            for name in (
                "plain.rds", "version2.rds", "native.rds", "ascii.rds", "lm.rds", "lm_ascii.rds", "two.rda", "ascii.rda",
                "closure.rds", "compact.rds", "s4.rds", "fitted_inside.rds",
            )
        ),
        ("bytecode.rds", "unknown", {"r-denied-call"}),
        ("call.rds", "unknown", {"r-call", "r-denied-call"}),
        ("start_up.rda", "unknown", {"r-start-up", "r-denied-call"}),
        ("promise.rds", "malicious", {"r-denied-call"}),
    ],
)  # fmt: skip
def test_data_by_r(inspected: Inspect, sample: str, verdict: str, codes: set[str]) -> None:
    groups = inspected(r_data, MODELS / sample, "data")
    assert (groups["format"], groups["code_scan"]["verdict"]) == ("r-data", verdict)
    assert {one["code"] for one in groups.get("findings", ())} == codes


def number(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


HEADER = b"X\n" + number(3, 0x40202, 0x30500, 5) + b"UTF-8"
NIL, EMPTY, UNBOUND, GLOBAL = number(254), number(242), number(252), number(253)
HAS_TAG = 1 << 10


def symbol(name: bytes) -> bytes:
    return number(1, 9, len(name)) + name


def pair(kind: int, first: bytes, rest: bytes = NIL, tag: bytes | None = None) -> bytes:
    return number(kind | (HAS_TAG if tag is not None else 0)) + (tag or b"") + first + rest


def call(name: bytes, *arguments: bytes) -> bytes:
    rest = NIL
    for one in reversed(arguments):
        rest = pair(2, one, rest)
    return pair(6, symbol(name), rest)


def promise(code: bytes, value: bytes = UNBOUND) -> bytes:
    return pair(5, value, code, tag=GLOBAL)


def vector(*items: bytes) -> bytes:
    return number(19, len(items)) + b"".join(items)


def environment(value: bytes) -> bytes:
    return number(4, 0) + EMPTY + pair(2, value, tag=symbol(b"p")) + NIL + NIL


ONE = number(13, 1, 1)
ECHO = call(b"system", number(16, 1, 9, 4) + b"echo")


@pytest.mark.parametrize(
    ("verdict", "data"),
    [
        ("malicious", promise(ECHO)),
        ("malicious", promise(ONE)),
        ("malicious", vector(ONE, promise(call(b"f")))),
        ("malicious", pair(2, promise(call(b"f")), tag=symbol(b"x"))),
        ("malicious", number(13 | 1 << 9, 1, 1) + pair(2, promise(call(b"f")), tag=symbol(b"names"))),
        ("malicious", environment(promise(ECHO))),
        ("malicious", environment(vector(promise(call(b"f"))))),
        ("malicious", environment(promise(call(b"f", call(b"g", ECHO))))),
        ("malicious", environment(promise(pair(6, call(b"::", symbol(b"base"), symbol(b"system")))))),
        ("unknown", environment(promise(call(b"f")))),
        ("unknown", environment(promise(pair(6, call(b"f"))))),
        ("known-safe", environment(promise(call(b"stop", ONE)))),
        ("known-safe", environment(promise(symbol(b"x"), value=ONE))),
        ("known-safe", vector(ONE, promise(symbol(b"x"), value=ONE))),
        ("unknown", pair(3, NIL, call(b"socketConnection"), tag=GLOBAL)),
        ("malicious", number(238) + pair(2, symbol(b"mmap_real")) + NIL + NIL),
        ("unknown", number(238) + pair(2, symbol(b"own")) + NIL + NIL),
        ("known-safe", number(238) + pair(2, symbol(b"wrap_real")) + NIL + NIL),
        ("unknown", ONE + b"more"),
    ],
)
def test_where_code_waits(inspected: Inspect, verdict: str, data: bytes) -> None:
    assert inspected(r_data, HEADER + data)["code_scan"]["verdict"] == verdict


@pytest.mark.parametrize(
    "data",
    [
        b"",
        number(99),
        number(13, 0x7FFFFFFF),
        number(19, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF),
        number(255 | 9 << 8),
        number(1, 13, 1),
        number(238, 254),
        vector(ONE)[:-2],
    ],
)
def test_what_is_broken(inspected: Inspect, data: bytes) -> None:
    with pytest.raises(NotExaminable):
        inspected(r_data, HEADER + data)


def test_depth_costs_no_stack_and_items_are_counted(inspected: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = number(19, 1) * 200_000 + ONE
    assert inspected(r_data, HEADER + deep)["code_scan"]["verdict"] == "known-safe"
    monkeypatch.setattr(r_data, "ITEMS", 1_000)
    with pytest.raises(NotExaminable) as caught:
        inspected(r_data, HEADER + deep)
    assert caught.value.reason == OVER_LIMIT


@pytest.mark.parametrize("text", [b"X\n", b"A\nnew line", b"RDX3\nX\n", b"B\n\x09\0\0\0", b"A\n3\nx\n"])
def test_other_content_gets_no_word(inspected: Inspect, text: bytes) -> None:
    assert inspected(r_data, text) == {}
