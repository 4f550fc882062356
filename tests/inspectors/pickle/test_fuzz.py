"""No bytes raise out of ``analyse``, and damage never turns a file known-safe that was malicious."""

from __future__ import annotations

import random
from pathlib import Path

import assembler as asm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.inspectors.pickle import Budget, analyse, looks_like_pickle
from scanner.inspectors.pickle.opcodes import OPCODES

DATA = Path(__file__).parent / "data"
SAMPLES = sorted(path.name for path in DATA.iterdir() if path.suffix != ".txt")
PAYLOAD = asm.call(asm.name("os", "system"), asm.text("true"))
QUICK = Budget(opcodes=200_000)


@pytest.mark.parametrize("part", range(4))
def test_truncated_samples(part: int) -> None:
    for name in SAMPLES[part::4]:
        content = (DATA / name).read_bytes()
        for length in range(0, min(512, len(content)), 3):
            report = analyse(content[:length], budget=QUICK)
            assert report.verdict in ("not-examined", "unknown", "known-safe"), (name, length, report.reasons)
            assert report.bytes_examined <= length


@pytest.mark.parametrize("part", range(4))
def test_flipped_bytes(part: int) -> None:
    generator = random.Random(part)
    for name in SAMPLES[part::4]:
        content = bytearray((DATA / name).read_bytes())
        for _ in range(60):
            position = generator.randrange(len(content))
            before = content[position]
            content[position] = generator.randrange(256)
            report = analyse(bytes(content), budget=QUICK)
            looks_like_pickle(bytes(content), len(content))
            assert report.bytes_examined <= report.bytes_total
            content[position] = before


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    report = analyse(content, budget=QUICK)
    assert report.bytes_examined <= report.bytes_total
    looks_like_pickle(content, len(content))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([bytes([opcode.code]) for opcode in OPCODES]) | st.binary(max_size=3), max_size=80))
def test_any_opcodes_after_a_payload_leave_it_malicious(tail: list[bytes]) -> None:
    assert analyse(asm.proto(4) + PAYLOAD + b"".join(tail), budget=QUICK).verdict == "malicious"
