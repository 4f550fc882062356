"""Types that are pickles are found in the footers of the real writer, and nothing in other tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors import arrow_schema

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("name", ["plain.parquet", "plain.feather"])
def test_ordinary_tables(inspected: Any, name: str) -> None:
    assert inspected(arrow_schema, DATA / name) == {}


@pytest.mark.parametrize("name", ["pickled.parquet", "pickled.feather"])
def test_a_type_that_is_a_pickle(inspected: Any, name: str) -> None:
    found = inspected(arrow_schema, DATA / name)
    assert found["code_scan"]["verdict"] == "malicious"
    assert {"arrow-pickled-type", "runs-code"} <= {one["code"] for one in found["findings"]}
    assert [one["name"] for one in found["imports"]] == ["?", "os.system"]  # what follows the pickle is not followed


def test_a_type_whose_pickle_does_nothing(inspected: Any) -> None:
    data = (DATA / "pickled.feather").read_bytes().replace(b"cos\nsystem\n(S'echo'\ntR.", b"I1\n.".ljust(23))
    found = inspected(arrow_schema, data)
    assert [one["code"] for one in found["findings"]] == ["arrow-pickled-type"]
    assert found["code_scan"]["verdict"] == "unknown"


def footer(length: int, data: bytes = b"", mark: bytes = b"PAR1") -> bytes:
    return b"PAR1" + data + length.to_bytes(4, "little") + mark


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PAR1" + bytes(20), UNREADABLE),
        (footer(100, bytes(20)), UNREADABLE),
        (footer(arrow_schema.FOOTER + 1), OVER_LIMIT),
        (footer(4, bytes(20), b"PARE"), UNREADABLE),
        (b"PAR1", UNREADABLE),
    ],
)
def test_footers_that_cannot_be_read(inspected: Any, content: bytes, reason: str) -> None:
    with pytest.raises(NotExaminable) as caught:
        inspected(arrow_schema, content)
    assert caught.value.reason == reason


def test_many_names_and_pickles_end(inspected: Any) -> None:
    data = (arrow_schema.TYPE + b"\x80\x04N." * 20) * 2_000
    found = inspected(arrow_schema, footer(len(data), data))
    assert found["code_scan"]["verdict"] == "unknown"
