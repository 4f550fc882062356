"""NumPy arrays as NumPy writes them are judged by what their pickles hold; bytes that NumPy never writes are reasons."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.inspectors import numpy_array
from scanner.inspectors.numpy_array import item_size

DATA = Path(__file__).parent / "data"
PAYLOAD = b"cos\nsystem\n(S'true'\ntR."
PLAIN = [path.name for path in sorted(DATA.glob("*.npy")) if not path.name.startswith("object")]


def array(header: str, data: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    raw = header.encode("latin-1")
    width = 2 if version[0] == 1 else 4
    return b"\x93NUMPY" + bytes(version) + len(raw).to_bytes(width, "little") + raw + data


def header(descr: str, shape: str = "(1,)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"


def codes(groups: dict[str, Any]) -> set[str]:
    return {one["code"] for one in groups["findings"]}


@pytest.mark.parametrize("name", PLAIN)
def test_numbers_and_texts_are_data(inspected: Any, name: str) -> None:
    assert inspected(numpy_array, DATA / name)["code_scan"] == {"verdict": "known-safe", "reason": "numbers only"}


@pytest.mark.parametrize("name", ["objects.npy", "object_fields.npy"])
def test_harmless_objects(inspected: Any, name: str) -> None:
    assert inspected(numpy_array, DATA / name)["code_scan"]["verdict"] == "known-safe"


@pytest.mark.parametrize("descr", ["'|O'", "'O'", "[('x', '<f4'), ('y', [('z', '|O')])]", "('|O', (1,))"])
def test_pickle_of_objects_is_judged(inspected: Any, descr: str) -> None:
    found = inspected(numpy_array, array(header(descr), PAYLOAD))
    assert found["code_scan"]["verdict"] == "malicious"
    assert found["findings"][0]["detail"] == "os.system"


def test_offset_counts_from_the_start_of_the_file(inspected: Any) -> None:
    content = array(header("'|O'"), PAYLOAD)
    found = inspected(numpy_array, content)
    assert found["findings"][0]["at"] == f"offset {content.index(PAYLOAD):#x}"


def test_pickle_behind_numbers(inspected: Any) -> None:
    found = inspected(numpy_array, (DATA / "floats.npy").read_bytes() + PAYLOAD)
    assert found["code_scan"]["verdict"] == "malicious"
    assert "npy-trailing-pickle" in codes(found)
    harmless = inspected(numpy_array, (DATA / "floats.npy").read_bytes() + pickle.dumps([1], protocol=4))
    assert harmless["code_scan"]["verdict"] == "unknown"


def test_bytes_behind_numbers(inspected: Any) -> None:
    found = inspected(numpy_array, (DATA / "floats.npy").read_bytes() + b"more")
    assert codes(found) == {"npy-trailing-bytes"}


def test_header_of_python_2(inspected: Any) -> None:
    found = inspected(numpy_array, array("{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L), }", bytes(8)))
    assert found["code_scan"]["verdict"] == "known-safe"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (array(header("'<f8'", "(2,)"), bytes(15)), UNREADABLE),
        (array(header("'<f8'", "(-1,)")), UNREADABLE),
        (array(header("__import__('os').system('true')")), UNREADABLE),
        (array("[1, 2]"), UNREADABLE),
        (array("(" * 3000 + ")" * 3000), UNREADABLE),
        (array("(" * 5000), OVER_LIMIT),
        (array("-" * 60000 + "1"), UNREADABLE),
        (array(header("'i4,O'")), UNSUPPORTED),
        (array(header("[" * 50 + "('x', '<f4')" + "]" * 50)), UNSUPPORTED),
        (array(header("'<f8'"), version=(4, 0)), UNSUPPORTED),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{", OVER_LIMIT),
        (array(header("'|O'"), b"\x80\x04\x95"), UNREADABLE),
    ],
)
def test_broken(inspected: Any, content: bytes, reason: str) -> None:
    with pytest.raises(NotExaminable) as caught:
        inspected(numpy_array, content)
    assert caught.value.reason == reason


@given(st.sampled_from("biufcSV"), st.integers(0, 10**9), st.lists(st.integers(0, 5), max_size=3))
def test_size_of_an_element(kind: str, width: int, shape: list[int]) -> None:
    count = 1
    for one in shape:
        count *= one
    assert item_size(f"<{kind}{width}") == width
    assert item_size((f"<{kind}{width}", tuple(shape))) == width * count
    assert item_size([("a", f"<{kind}{width}"), ("b", "<U2")]) == width + 8
