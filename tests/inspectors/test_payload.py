"""What is no number: programs, archives and pickles are told by how data begin, numbers never."""

from __future__ import annotations

import random
import struct

import pytest

from scanner.inspectors.payload import opening_reasons, payload_reasons

CALL = b"cos\nsystem\n(S'true'\ntR."
"""A pickle that would call os.system; never loaded."""
BUILT = b"\x80\x04\x95\x15\0\0\0\0\0\0\0\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R."


def codes(data: bytes) -> list[str]:
    return [one.code for one in opening_reasons(data[:4096], len(data), "byte 0", "a tensor")]


@pytest.mark.parametrize("pickle", [CALL, BUILT])
def test_pickles_are_told_at_once(pickle: bytes) -> None:
    assert codes(pickle.ljust(64, b"\0")) == ["payload-pickle"]
    assert codes(pickle + random.Random(1).randbytes(9_000)) == ["payload-pickle"]


def test_a_whole_pickle_brings_its_reasons() -> None:
    told = {one.code: one.at for one in payload_reasons(memoryview(BUILT + bytes(8)), 7, "a tensor")}
    assert told["payload-pickle"] == "byte 7"
    assert "runs-code" in told


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (b"\x7fELF", "payload-program"),
        (b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0", "payload-program"),
        (b"PK\x03\x04", "payload-archive"),
        (b"7z\xbc\xaf\x27\x1c", "payload-archive"),
        (b"\xfd7zXZ\0", "payload-archive"),
    ],
)
def test_programs_and_archives(start: bytes, code: str) -> None:
    assert codes(start + bytes(100)) == [code]


def test_numbers_are_no_payload() -> None:
    generator = random.Random(7)
    for opening in (b"", b"\x80\x02", b"\x80\x04", b"\x80\x05\x95", b"c", b"(", b"\x78\x9c", b"\x5d\0\0", b"BZh9"):
        for _ in range(300):
            assert codes(opening + generator.randbytes(200)) == []
    for value in (0.0, 1.0, -1.5, 3.25e-3):
        assert codes(struct.pack("<50f", *[value] * 50)) == []


def test_what_is_too_short_holds_nothing() -> None:
    assert codes(b"\x7fELF") == []
