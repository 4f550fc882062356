"""Whole files: pickles in a row, the legacy torch stream, storages inside plain pickles."""

from __future__ import annotations

import mmap
from pathlib import Path

import assembler as asm
import pytest

from scanner.inspectors.pickle import analyse
from scanner.inspectors.pickle.legacy_torch import MAGIC

DATA = Path(__file__).parent / "data"
PAYLOAD = asm.call(asm.name("os", "system"), asm.text("true"))


def legacy(*, magic: bytes = b"", stored: bytes = b"", keys: bytes = asm.EMPTY_LIST, item: bytes = asm.NONE) -> bytes:
    """A legacy torch stream with one storage of two floats, parts of it replaced."""
    pid = asm.MARK + asm.text("storage") + asm.name("torch", "FloatStorage") + asm.text("7") + asm.text("cpu")
    storage = pid + asm.small(2) + asm.NONE + asm.TUPLE + asm.BINPERSID
    parts = [
        magic or asm.pickle(asm.integer(MAGIC), protocol=2),
        asm.pickle(b"M\xe9\x03", protocol=2),
        asm.pickle(asm.EMPTY_DICT, protocol=2),
        asm.pickle(storage, item, asm.TUPLE2, protocol=2),
        asm.pickle(keys, asm.text("7"), asm.APPEND, protocol=2),
    ]
    return b"".join(parts) + (stored or (2).to_bytes(8, "little") + b"\x80\x04cos" + b"\xff" * 3)


def test_the_legacy_stream_of_torch_is_followed_through_its_storages() -> None:
    report = analyse(legacy())
    assert (report.verdict, report.pickles, report.bytes_examined) == ("known-safe", 5, report.bytes_total)


PLANTED = {
    "in the magic number": legacy(magic=asm.pickle(PAYLOAD, asm.POP, asm.integer(MAGIC))),
    "in the object": legacy(item=PAYLOAD),
    "in the keys": legacy(keys=asm.EMPTY_LIST + PAYLOAD + asm.APPEND),
    "as a sixth pickle": legacy() + asm.pickle(PAYLOAD),
    "behind junk": legacy() + b"\1\2\3" + asm.pickle(PAYLOAD),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_payload_anywhere_in_the_legacy_stream_is_found(case: str) -> None:
    assert analyse(PLANTED[case]).verdict == "malicious"


def test_storages_that_do_not_fit_are_trailing_data() -> None:
    report = analyse(legacy(stored=(1 << 40).to_bytes(8, "little") + b"x"))
    assert [reason.code for reason in report.reasons] == ["trailing-data"]


def test_a_wrong_magic_number_leaves_the_storages_unexplained() -> None:
    assert analyse(legacy(magic=asm.pickle(asm.integer(MAGIC + 1)))).verdict == "not-examined"


def test_a_large_object_of_data_in_a_legacy_stream() -> None:
    item = asm.data(b"x" * 1_100_000)
    parts = [asm.integer(MAGIC), b"M\xe9\x03", asm.EMPTY_DICT, item, asm.EMPTY_LIST]
    content = b"".join(asm.pickle(part, protocol=2) for part in parts)
    report = analyse(content)
    assert (report.verdict, report.pickles, report.bytes_examined) == ("known-safe", 5, len(content))


def test_a_tensor_in_a_plain_pickle_is_safe_only_with_a_safe_stream() -> None:
    load = asm.stack_name("torch.storage", "_load_from_bytes")
    assert analyse(asm.pickle(asm.call(load, asm.data(legacy())))).verdict == "known-safe"
    assert analyse((DATA / "torch_tensor_plain.pkl").read_bytes()).verdict == "known-safe"
    for content in (b"", asm.pickle(asm.NONE), legacy(item=PAYLOAD), legacy() + b"more"):
        report = analyse(asm.pickle(asm.call(load, asm.data(content))))
        assert "nested-load" in [reason.code for reason in report.reasons]
        assert report.verdict == "malicious"


def test_many_tensors_in_a_plain_pickle_are_safe() -> None:
    load = asm.stack_name("torch.storage", "_load_from_bytes")
    tensors = (asm.call(load, asm.data(legacy(item=asm.integer(number)))) for number in range(100, 300))
    assert analyse(asm.pickle(asm.MARK, *tensors, asm.LIST)).verdict == "known-safe"


def test_pickles_in_a_row_are_counted_and_padding_is_accepted() -> None:
    report = analyse(asm.pickle(asm.NONE) * 3 + b"\0" * 20 + b"\n")
    assert (report.verdict, report.pickles, report.bytes_examined) == ("known-safe", 3, report.bytes_total)


def test_coverage_stops_where_the_parse_stopped() -> None:
    first = asm.pickle(asm.NONE)
    report = analyse(first + b"not a pickle")
    assert (report.pickles, report.bytes_examined) == (1, len(first))


def test_protocol_and_opcodes_are_reported() -> None:
    report = analyse(asm.pickle(asm.NONE, protocol=3))
    assert (report.protocol, report.opcodes) == (3, 3)
    assert analyse(b"N.").protocol is None


def test_a_mapped_file_gives_the_same_report(tmp_path: Path) -> None:
    content = (DATA / "sk_forest.joblib").read_bytes() + asm.pickle(PAYLOAD)
    path = tmp_path / "model"
    path.write_bytes(content)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert analyse(mapped) == analyse(content)
