"""Several statements about one group become one value."""

from __future__ import annotations

import itertools

import pytest

from scanner.fold import fold_group
from scanner.model import Json

CASES: list[tuple[str, str, list[Json], Json]] = [
    ("file", "code_scan", [{"verdict": "known-safe", "reason": None}, {"verdict": "unknown", "reason": "x"}], {"verdict": "unknown", "reason": "x"}),
    ("dataset", "as_of", [{"time": "2025-10-01T00:00:00Z", "basis": "mtime"}, {"time": "2024-06-28T00:00:00Z", "basis": "content"}], {"time": "2024-06-28T00:00:00Z", "basis": "content"}),
    ("package", "pinning", [{"exact": True, "hashed": True}, {"exact": True, "hashed": False}], {"exact": True, "hashed": False}),
    ("model", "remote_code", [{"present": False}, {"present": True}], {"present": True}),
    ("package", "licences", [["MIT"], ["Apache-2.0", "MIT"]], ["Apache-2.0", "MIT"]),
    ("model", "card", [{"licence": None, "intended_use": "a", "updated": None}, {"licence": "MIT", "intended_use": None, "updated": None}], {"licence": "MIT", "intended_use": "a", "updated": None}),
    ("file", "examined", [{"state": "examined", "reason": None}, {"state": "partly", "reason": "x"}], {"state": "partly", "reason": "x"}),
    ("dataset", "drift", [{"share": 0.5, "measured": "2025-01-01T00:00:00Z"}, {"share": 0.1, "measured": "2025-02-01T00:00:00Z"}, {"share": 0.9, "measured": "2024-03-01T00:00:00Z"}], {"share": 0.1, "measured": "2025-02-01T00:00:00Z"}),
    ("dataset", "undated_drift", [{"share": 0.5}, {"share": 1e-05}, {"share": 1.0}], {"share": 1.0}),
    ("deployment", "image_pinned", [{"by_digest": True}, {"by_digest": False}], {"by_digest": False}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "group", "values", "expected"), CASES, ids=[case[1] for case in CASES])
def test_fold(kind: str, group: str, values: list[Json], expected: Json) -> None:
    for order in itertools.permutations(values):
        assert fold_group(kind, group, list(order)) == expected


def test_a_list_with_keys_keeps_one_member_for_each_key() -> None:
    low = {"id": "GHSA-1", "type": "a"}
    other = {"id": "GHSA-2", "type": "b"}
    assert fold_group("notebook", "secrets", [[low], [other, low]]) == [low, other]


def test_an_unknown_group_is_an_error() -> None:
    with pytest.raises(KeyError):
        fold_group("file", "colour", ["red"])
