"""Log entries are read one way only."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.signing.log_entry import expect_log_entry
from scanner.signing.result import Rejected
from tests.signing.helpers import changed
from tests.signing.rig import Rig


@pytest.fixture(scope="module")
def entry(rig: Rig) -> dict[str, Any]:
    return rig.log_entry({"kind": "hashedrekord", "apiVersion": "0.0.1", "spec": {}})


def test_an_entry_as_clients_write_it(entry: dict[str, Any]) -> None:
    expect_log_entry(entry)
    expect_log_entry({"logIndex": "0", "integratedTime": None, "inclusionProof": {"hashes": []}})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["logIndex"], " 5"),
        (["logIndex"], "5\n"),
        (["logIndex"], "05"),
        (["logIndex"], "+5"),
        (["logIndex"], "٥"),
        (["logIndex"], 5),
        (["integratedTime"], "1" * 21),
        (["logId", "keyId"], "YQ==\n"),
        (["logId", "keyId"], "YQ"),
        (["logId"], "YQ=="),
        (["kindVersion", "kind"], ""),
        (["inclusionProof", "hashes"], ["YQ=="] * 65),
        (["inclusionProof", "hashes"], "YQ=="),
        (["inclusionProof", "hashes"], ["Y Q=="]),
        (["canonicalizedBody"], "-_8="),
        (["unknown"], "x"),
        (["inclusionProof", "log_index"], "5"),
    ],
)
def test_another_way_of_writing_is_refused(entry: dict[str, Any], path: list[str | int], value: Any) -> None:
    with pytest.raises(Rejected):
        expect_log_entry(changed(entry, path, value))
