from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.records.wandb_log import BLOCK, records
from scanner.sources.blob import blob_of_bytes

START = b":W&B\xe1\xbe\x00"
SAMPLE = Path(__file__).parents[1] / "collectors/data/wandb/run-4sdvx1xs.wandb"


def part(type: int, data: bytes) -> bytes:
    return struct.pack("<IHB", zlib.crc32(bytes([type]) + data), len(data), type) + data


def log(contents: list[bytes]) -> bytes:
    """A log written as the client does: records cut at the ends of blocks, which a header never crosses."""
    out = bytearray(START)
    for content in contents:
        first, rest = True, content
        while first or rest:
            room = BLOCK - len(out) % BLOCK
            if room < 7:
                out += b"\0" * room
                continue
            piece, rest = rest[: room - 7], rest[room - 7 :]
            out += part({(1, 1): 1, (1, 0): 2, (0, 0): 3, (0, 1): 4}[first, not rest], piece)
            first = False
    return bytes(out)


def read(data: bytes) -> list[bytes]:
    return [bytes(one) for one in records(blob_of_bytes("run.wandb", data))]


@given(st.lists(st.integers(1, 100_000).map(lambda size: b"x" * size), max_size=6))
def test_records_across_blocks_are_put_together(contents: list[bytes]) -> None:
    assert read(log(contents)) == contents


def test_a_record_may_begin_with_the_last_header_that_fits_into_a_block() -> None:
    contents = [b"x" * (2 * 32768 - 7 - 3 * 7), b"y" * 10]
    assert read(log(contents)) == contents


def test_a_real_log_is_read_to_its_end() -> None:
    assert len(read(SAMPLE.read_bytes())) == 17


def test_a_log_cut_anywhere_gives_its_whole_records_and_says_that_it_breaks_off() -> None:
    data = SAMPLE.read_bytes()
    whole = read(data)
    for end in range(7, len(data), 13):
        found: list[bytes] = []
        try:
            for one in records(blob_of_bytes("run.wandb", data[:end])):
                found.append(bytes(one))
        except NotExaminable as error:
            assert error.detail == "log that breaks off"
        assert found == whole[: len(found)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b":W&B",
        b"\x89LevelDB",
        b":W&B\xe1\xbe\x01",
        START + part(1, b"a")[:-1] + b"b",
        START + part(7, b"a"),
        START + part(3, b"a"),
        START + part(2, b"a") + part(1, b"b"),
        START + part(2, b"a"),
        START + struct.pack("<IHB", 0, 65535, 1) + b"\0" * 65535,
    ],
)
def test_a_broken_log_is_told(data: bytes) -> None:
    with pytest.raises(NotExaminable):
        read(data)
