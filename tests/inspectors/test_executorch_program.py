"""Programs exported by ExecuTorch itself, whole and bent."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors import executorch_program
from scanner.records.flatbuffer import Buffer, Table
from scanner.sources.blob import blob_of_bytes
from tests.corpus.flat import Table as Made
from tests.corpus.flat import flatbuffer
from tests.inspectors.conftest import Inspect

DATA = Path(__file__).parent / "data"
PLAIN = (DATA / "plain.pte").read_bytes()
END, BASE = struct.unpack_from("<QQ", PLAIN, 16)
CALL = b"\x80\x04cos\nsystem\n(Vecho pte\ntR."
ELF = b"\x7fELF\x02\x01\x01" + bytes(57)


def codes(inspected: Inspect, content: bytes | Path) -> set[str]:
    groups = inspected(executorch_program, content)
    return {one["code"] for one in groups.get("findings", ())}


def patched(position: int, content: bytes) -> bytes:
    return PLAIN[:position] + content + PLAIN[position + len(content) :]


def method() -> Table:
    return Buffer(memoryview(PLAIN)).root().tables(1)[0]


def place(table: Table, field: int) -> int:
    found = table._place(field)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("sample", "verdict", "expected"),
    [("plain", "known-safe", []), ("xnnpack", "unknown", ["executorch-delegate"])],
)
def test_programs_by_executorch(inspected: Inspect, sample: str, verdict: str, expected: list[str]) -> None:
    groups = inspected(executorch_program, DATA / f"{sample}.pte")
    assert groups["code_scan"]["verdict"] == verdict
    assert [one["code"] for one in groups.get("findings", ())] == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PLAIN + bytes(200), set()),
        (PLAIN + b"x" * 10, {"executorch-unread-bytes"}),
        (PLAIN + ELF, {"executorch-unread-bytes", "payload-program"}),
        (PLAIN + CALL, {"executorch-unread-bytes", "payload-pickle", "runs-code"}),
        (patched(END, b"x" * 8), {"executorch-unread-bytes"}),
    ],
    ids=["zeros", "bytes behind", "program behind", "pickle behind", "bytes between"],
)
def test_bytes_that_belong_to_nothing(inspected: Inspect, content: bytes, expected: set[str]) -> None:
    groups = inspected(executorch_program, content)
    assert {one["code"] for one in groups.get("findings", ())} == expected
    assert (groups["code_scan"]["verdict"] == "known-safe") == (not expected)


@pytest.mark.parametrize("name", [b"mine::relu", b"aten::save"])
def test_operators_outside_of_pytorch_or_of_files(inspected: Inspect, name: bytes) -> None:
    assert codes(inspected, PLAIN.replace(b"aten::relu", name)) == {"executorch-operator"}


@pytest.mark.parametrize("padding", [b"", bytes(20)], ids=["to its end", "with zeros behind"])
def test_a_constant_that_is_a_pickle(inspected: Inspect, padding: bytes) -> None:
    """The first constant has 48 bytes at the start of the only segment."""
    content = patched(BASE, CALL.replace(b"pte", b"pte" + b"." * (48 - len(CALL) - len(padding))) + padding)
    groups = inspected(executorch_program, content)
    assert "payload-pickle" in {one["code"] for one in groups["findings"]}
    assert groups["code_scan"]["verdict"] == ("unknown" if padding else "malicious")


def test_indices_beyond_what_they_point_into(inspected: Inspect) -> None:
    step = method().tables(5)[0].tables(2)[1].table(1)
    assert step is not None
    for position in (place(step, 0), step.place_of(1), method().place_of(3), constant()):
        assert codes(inspected, patched(position, struct.pack("<i", 1000))) == {"executorch-structure"}
        assert codes(inspected, patched(position, struct.pack("<i", -2))) == {"executorch-structure"}


def constant() -> int:
    """Where the first tensor with a constant names it."""
    held = (value.table(1) for value in method().tables(2) if value.number(0, 1) == executorch_program.TENSOR)
    return next(place(one, 5) for one in held if one is not None and one.number(5, 4))


@pytest.mark.parametrize("cut", [64, 400, END - 1, BASE + 4, len(PLAIN) - 1])
def test_a_cut_program_is_told(inspected: Inspect, cut: int) -> None:
    with pytest.raises(NotExaminable):
        inspected(executorch_program, PLAIN[:cut])


@pytest.mark.parametrize(
    "content",
    [
        flatbuffer(Made({0: bytes(4)}), b"ET12"),
        flatbuffer(Made({1: [Made({0: b"    "})]}), b"ET13"),
        flatbuffer(Made({0: bytes(4)}), b"BP08"),
        patched(24, struct.pack("<Q", 1 << 40)),
        patched(16, struct.pack("<Q", 8)),
    ],
    ids=["no method", "another version", "bundled", "segments beyond the end", "no room for itself"],
)
def test_what_is_not_examined(inspected: Inspect, content: bytes) -> None:
    with pytest.raises(NotExaminable):
        inspected(executorch_program, content)


@given(st.data())
def test_a_program_bent_anywhere_is_never_an_exception(data: st.DataObject) -> None:
    content = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    blob = blob_of_bytes("bent.pte", bytes(content))
    try:
        assert executorch_program.inspect(blob).by == "executorch_program"
    except NotExaminable as error:
        assert error.detail
