"""joblib's arrays inside the stream: sized exactly, and no hiding place."""

from __future__ import annotations

import assembler as asm
import pytest

from scanner.inspectors.pickle import analyse

PAYLOAD = asm.call(asm.name("os", "system"), asm.text("true"))


def dtype(code: str) -> bytes:
    return asm.call(asm.stack_name("numpy", "dtype"), asm.text(code), b"\x89", b"\x88")


def tuple_of(*parts: bytes) -> bytes:
    return asm.MARK + b"".join(parts) + asm.TUPLE


def wrapper(shape: bytes, kind: bytes, *, alignment: bool = True, module: str = "joblib.numpy_pickle") -> bytes:
    """A NumpyArrayWrapper up to and with its BUILD."""
    state = [asm.text("shape") + shape, asm.text("order") + asm.text("C"), asm.text("dtype") + kind]
    if alignment:
        state.append(asm.text("numpy_array_alignment_bytes") + asm.small(16))
    new = asm.stack_name(module, "NumpyArrayWrapper") + asm.EMPTY_TUPLE + asm.NEWOBJ
    return new + asm.EMPTY_DICT + asm.MARK + b"".join(state) + asm.SETITEMS + asm.BUILD


def padded(content: bytes, padding: bytes = b"\xff" * 3) -> bytes:
    return bytes([len(padding)]) + padding + content


TWO = tuple_of(asm.small(2))

SIZES = {
    "float64": (wrapper(TWO, dtype("f8")), padded(b"\x93" * 16)),
    "bool": (wrapper(TWO, dtype("b1")), padded(b"\x01\x00")),
    "text": (wrapper(TWO, dtype("U3")), padded(b"a\0\0\0" * 6)),
    "bytes": (wrapper(TWO, dtype("S3")), padded(b"abcdef")),
    "no dimension": (wrapper(asm.EMPTY_TUPLE, dtype("f4")), padded(b"abcd")),
    "empty": (wrapper(tuple_of(asm.small(0), asm.small(9)), dtype("f4")), padded(b"")),
    "old file": (wrapper(TWO, dtype("f4"), alignment=False), b"\x93" * 8),
    "objects": (wrapper(TWO, dtype("O8")), asm.pickle(asm.NONE, protocol=5)),
    "size from the state": (
        wrapper(
            TWO,
            dtype("V8")
            + tuple_of(asm.small(3), asm.text("|"), *[asm.NONE] * 3, asm.small(8), asm.small(1), asm.small(16))
            + asm.BUILD,
        ),
        padded(b"x" * 16),
    ),
    "structure with objects": (
        wrapper(
            TWO,
            dtype("V8")
            + tuple_of(asm.small(3), asm.text("|"), *[asm.NONE] * 3, asm.small(8), asm.small(1), asm.small(63))
            + asm.BUILD,
        ),
        asm.pickle(asm.NONE),
    ),
}


@pytest.mark.parametrize("case", SIZES)
def test_the_array_is_stepped_over_exactly(case: str) -> None:
    head, array = SIZES[case]
    report = analyse(asm.pickle(head + array))
    assert (report.verdict, report.bytes_examined) == ("known-safe", report.bytes_total), report.reasons
    assert analyse(asm.pickle(head + array + PAYLOAD)).verdict == "malicious"


@pytest.mark.parametrize("alignment", [True, False])
def test_the_copy_of_joblib_in_old_scikit_learn_writes_the_same(alignment: bool) -> None:
    module = "sklearn.externals.joblib.numpy_pickle"
    head = wrapper(TWO, dtype("f8"), alignment=alignment, module=module)
    array = padded(b"\x93" * 16) if alignment else b"\x93" * 16
    report = analyse(asm.pickle(head + array))
    assert (report.verdict, report.bytes_examined) == ("known-safe", report.bytes_total), report.reasons
    assert analyse(asm.pickle(head + array + PAYLOAD)).verdict == "malicious"
    assert analyse(asm.pickle(asm.name("sklearn.externals.joblib", "load"))).verdict == "malicious"


UNSIZED = {
    "dtype unknown": wrapper(TWO, asm.text("f8")),
    "dtype with unknown letter": wrapper(TWO, dtype("Z9")),
    "no size": wrapper(TWO, dtype("V")),
    "negative shape": wrapper(tuple_of(asm.integer(-5)), dtype("f8")),
    "shape of texts": wrapper(tuple_of(asm.text("9")), dtype("f8")),
    "beyond the end": wrapper(tuple_of(asm.integer(1 << 40)), dtype("f8")),
}


@pytest.mark.parametrize("case", UNSIZED)
def test_an_array_without_a_size_is_not_examined_and_searched(case: str) -> None:
    assert analyse(asm.pickle(UNSIZED[case] + padded(b"abc"))).verdict == "not-examined"
    assert analyse(asm.pickle(UNSIZED[case] + padded(b"abc") + PAYLOAD)).verdict == "malicious"


def test_padding_must_be_what_joblib_writes() -> None:
    head, content = wrapper(TWO, dtype("f4")), b"12345678"
    report = analyse(asm.pickle(head + padded(content, b"cos\nsystem\n")))
    assert [reason.code for reason in report.reasons] == ["array-padding"]
    report = analyse(asm.pickle(head + padded(content, b"")))
    assert report.verdict == "not-examined"


def test_a_payload_inside_the_object_pickle_is_found() -> None:
    assert analyse(asm.pickle(wrapper(TWO, dtype("O")) + asm.pickle(PAYLOAD))).verdict == "malicious"


def test_an_old_array_that_plain_pickle_would_run_is_found() -> None:
    """Without padding a plain unpickler goes on inside the array, whatever joblib would do."""
    array = PAYLOAD + b"." + b"\0" * 100
    shape = tuple_of(asm.small(len(array)))
    assert analyse(asm.pickle(wrapper(shape, dtype("b1"), alignment=False) + array)).verdict == "malicious"


def test_an_old_array_of_noise_changes_nothing() -> None:
    """Read as opcodes these bytes append to the list, fetch an extension code and stop."""
    noise = b"K\x01a" + b"\x82\x05a" + b"."
    array = wrapper(tuple_of(asm.small(len(noise))), dtype("b1"), alignment=False) + noise
    body = asm.EMPTY_LIST + asm.MARK + array + array + asm.APPENDS
    report = analyse(asm.pickle(body))
    assert (report.verdict, report.bytes_examined) == ("known-safe", report.bytes_total), report.reasons


def test_object_arrays_nest_only_so_deep() -> None:
    inner = asm.pickle(asm.NONE)
    for _ in range(20):
        inner = asm.pickle(wrapper(TWO, dtype("O")) + inner)
    report = analyse(inner)
    assert [(reason.code, reason.detail) for reason in report.reasons] == [("over-budget", "depth")]
