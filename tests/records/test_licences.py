"""What people write as a licence, and the SPDX ids it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing

from scanner.records.licences import FREE_TEXT, UNKNOWN, licence_ids


@pytest.mark.parametrize(
    ("stated", "ids"),
    [
        ("MIT", ["MIT"]),
        ("mit", ["MIT"]),
        ("The MIT License.", ["MIT"]),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", ["Apache-2.0", "MIT", "MPL-2.0"]),
        ("Apache  License,\n Version 2.0", ["Apache-2.0"]),
        ("GPL-3.0+", ["GPL-3.0-or-later"]),
        ("GPL-2+ and BSD-3-clause", ["BSD-3-Clause", "GPL-2.0-or-later"]),
        ("LGPLv2.1", ["LGPL-2.1-only"]),
        ("Apache-2.0 WITH LLVM-exception", ["Apache-2.0 WITH LLVM-exception"]),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0 OR MIT",
            ["GPL-2.0-only WITH Classpath-exception-2.0", "MIT"],
        ),
        ("LicenseRef-acme", ["LicenseRef-acme"]),
    ],
)
def test_reads_expressions_and_common_spellings(stated: str, ids: list[str]) -> None:
    assert licence_ids([stated]) == ids


@pytest.mark.parametrize(
    "stated", ["BSD", "Proprietary", "((((", "MIT AND", "MIT WITH no-such-exception", "AGPL-2", "x" * 501, "(" * 400]
)
def test_says_so_when_a_text_names_no_known_licence(stated: str) -> None:
    assert licence_ids([stated]) == [UNKNOWN]


def test_keeps_the_known_part_beside_the_unknown_one() -> None:
    assert licence_ids(["Apache-2.0 OR house-rules"]) == ["Apache-2.0", UNKNOWN]


@pytest.mark.parametrize("stated", ["", "  ", "UNKNOWN", "none"])
def test_a_filler_states_nothing(stated: str) -> None:
    assert licence_ids([stated]) == []


def test_every_spelling_leads_to_an_id_of_the_spdx_list() -> None:
    known = get_spdx_licensing().known_symbols
    assert [name for name in FREE_TEXT.values() if name not in known] == []


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_text_gives_sorted_ids_without_white_space_at_the_ends(stated: list[str]) -> None:
    ids = licence_ids(stated)
    assert ids == sorted(set(ids))
    assert all(name and name == name.strip() for name in ids)
