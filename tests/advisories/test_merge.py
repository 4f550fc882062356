from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from scanner.advisories.merge import clusters, preference


def test_a_chain_of_aliases_is_one_flaw_in_any_order() -> None:
    chain = [("PYSEC-1", ("GHSA-1",)), ("GHSA-1", ("CVE-1",)), ("GO-1", ("CVE-1",))]
    for order in permutations(chain):
        assert clusters(order) == dict.fromkeys(("PYSEC-1", "GHSA-1", "GO-1"), "CVE-1")


def test_an_alias_without_a_record_still_joins() -> None:
    assert clusters([("PYSEC-1", ("CVE-1",)), ("RUSTSEC-1", ("CVE-1",))]) == {"PYSEC-1": "CVE-1", "RUSTSEC-1": "CVE-1"}


def test_malicious_packages_join_nothing() -> None:
    rows = [("MAL-1", ("CVE-1", "GHSA-1")), ("GHSA-1", ("CVE-1", "MAL-1"))]
    assert clusters(rows) == {"MAL-1": "MAL-1", "GHSA-1": "CVE-1"}


def test_the_best_known_id_comes_first() -> None:
    ids = ["VENDOR-1", "RUSTSEC-1", "GO-1", "PYSEC-1", "GHSA-1", "CVE-2", "CVE-1"]
    assert sorted(ids, key=preference) == ["CVE-1", "CVE-2", "GHSA-1", "PYSEC-1", "GO-1", "RUSTSEC-1", "VENDOR-1"]


IDS = st.sampled_from([f"{prefix}-{n}" for prefix in ("CVE", "GHSA", "PYSEC") for n in range(4)])


@given(st.dictionaries(IDS, st.lists(IDS, max_size=3)))
def test_aliases_always_share_a_cluster(rows: dict[str, list[str]]) -> None:
    named = clusters((identifier, tuple(aliases)) for identifier, aliases in rows.items())
    assert named.keys() == rows.keys()
    for identifier, aliases in rows.items():
        assert all(named[alias] == named[identifier] for alias in aliases if alias in named)
    reversed_rows = dict(reversed(rows.items()))
    assert named == clusters((identifier, tuple(aliases)) for identifier, aliases in reversed_rows.items())
