from __future__ import annotations

from functools import cmp_to_key

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from scanner.advisories.matching import Match, Undetermined, in_range, match
from scanner.advisories.osv import Affected, Event, Range
from scanner.advisories.versions import DPKG, PYPI, SEMVER


def affected(
    *events: Event, versions: tuple[str, ...] = (), custom: tuple[Event, ...] = (), semver: bool = False
) -> Affected:
    ranges = (Range(semver, events),) if events else ()
    return Affected("PyPI", "demo", ranges, versions, (Range(semver, custom),) if custom else ())


FIXED_IN_2 = affected(("introduced", "1.0"), ("fixed", "2.0"))
UP_TO_2 = affected(("introduced", "0"), ("last_affected", "2.0"))
TWO_INTERVALS = affected(("fixed", "3.5"), ("introduced", "3.0"), ("fixed", "1.5"), ("introduced", "0"))
TOUCHING = affected(("introduced", "1.0"), ("fixed", "2.0"), ("introduced", "2.0"), ("fixed", "3.0"))
LIMITED = affected(("introduced", "0"), ("limit", "2.0"))
TWO_LIMITS = affected(("introduced", "0"), ("limit", "2.0"), ("limit", "3.0"))


@pytest.mark.parametrize(
    ("entry", "version", "expected"),
    [
        (FIXED_IN_2, "0.9", False),
        (FIXED_IN_2, "1.0", True),
        (FIXED_IN_2, "1.0rc1", False),
        (FIXED_IN_2, "1.9.9", True),
        (FIXED_IN_2, "2.0rc1", True),  # a pre-release of the fix is below the fix
        (FIXED_IN_2, "2.0", False),
        (FIXED_IN_2, "2.0.0", False),
        (FIXED_IN_2, "2.0.post1", False),
        (FIXED_IN_2, "1!1.5", False),  # another epoch is far above
        (FIXED_IN_2, "v1.5", True),
        (UP_TO_2, "2.0", True),
        (UP_TO_2, "2.0.post1", False),
        (UP_TO_2, "0.0.dev0", True),
        (TWO_INTERVALS, "1.4", True),
        (TWO_INTERVALS, "1.5", False),
        (TWO_INTERVALS, "2.9", False),
        (TWO_INTERVALS, "3.0", True),
        (TWO_INTERVALS, "3.5", False),
        (TOUCHING, "2.0", True),  # the fix of the first interval begins the second
        (TOUCHING, "3.0", False),
        (LIMITED, "1.9", True),
        (LIMITED, "2.0", False),
        (TWO_LIMITS, "2.5", True),  # below one limit is enough
        (TWO_LIMITS, "3.0", False),
    ],
)
def test_the_edges_of_ranges(entry: Affected, version: str, expected: bool) -> None:
    assert isinstance(match(entry, version, PYPI), Match) is expected


@pytest.mark.parametrize(
    ("entry", "version", "evidence"),
    [
        (affected(versions=("1.5",)), "1.5", "versions"),
        (affected(("introduced", "0"), ("fixed", "2.0"), versions=("1.5",)), "1.5", "both"),
        (affected(("introduced", "0"), ("fixed", "2.0"), versions=("1.5",)), "1.6", "range"),
        (affected(("introduced", "0"), ("fixed", "2.0"), versions=("2",)), "2.0", "conflict"),
        (affected(("introduced", "0"), custom=(("introduced", "0"), ("fixed", "2.0"))), "1.0", "range"),
        (affected(("introduced", "0"), custom=(("introduced", "0"), ("fixed", "2.0"))), "2.1", "conflict"),
    ],
)
def test_the_evidence_says_what_agrees(entry: Affected, version: str, evidence: str) -> None:
    outcome = match(entry, version, PYPI)
    assert isinstance(outcome, Match)
    assert outcome.evidence == evidence


def test_the_fix_is_the_next_one_of_the_branch() -> None:
    branches = affected(("introduced", "1.0"), ("fixed", "1.4"), ("introduced", "2.0"), ("fixed", "2.3"))
    assert match(branches, "1.2", PYPI) == Match("range", ("1.4",))
    assert match(branches, "2.2", PYPI) == Match("range", ("2.3",))


def test_no_known_fix_is_an_empty_list() -> None:
    assert match(affected(("introduced", "0")), "1.0", PYPI) == Match("range", ())


def test_a_coarse_range_takes_its_fix_from_the_custom_range() -> None:
    entry = affected(("introduced", "0"), custom=(("introduced", "0"), ("fixed", "2.0.0")), semver=True)
    assert match(entry, "1.2.3", SEMVER) == Match("range", ("2.0.0",), coarse=True)


def test_a_custom_range_that_makes_no_sense_changes_nothing() -> None:
    entry = affected(("introduced", "0"), custom=(("introduced", "0"), ("fixed", "main-7")), semver=True)
    assert match(entry, "1.2.3", SEMVER) == Match("range", (), coarse=True)


def test_neither_ranges_nor_versions_is_no_match() -> None:
    assert match(affected(), "1.0", PYPI) is None


def test_a_bound_that_is_no_version_leaves_the_pair_undetermined() -> None:
    entry = affected(("introduced", "0"), ("fixed", "not/a/version"))
    assert isinstance(match(entry, "1.0-1", DPKG), Undetermined)


def test_an_enumerated_version_matches_without_any_known_order() -> None:
    entry = affected(("introduced", "0"), ("fixed", "2.0"), versions=("1.5",))
    assert match(entry, "1.5", None) == Match("versions", ())
    assert isinstance(match(entry, "1.6", None), Undetermined)


def test_semver_ranges_need_no_order_of_the_ecosystem() -> None:
    entry = affected(("introduced", "0"), ("fixed", "2.0.0"), semver=True)
    assert match(entry, "1.5.0", None) == Match("range", ("2.0.0",))


VERSIONS = st.sampled_from(["0.9", "1.0", "1.1", "1.5rc1", "1.5", "2.0.dev1", "2.0", "2.0.post1", "3.0"])
EVENTS = st.lists(
    st.tuples(st.sampled_from(["introduced", "fixed", "last_affected", "limit"]), VERSIONS | st.just("0")), max_size=6
)


def reference(version: str, events: list[Event]) -> bool:
    """The evaluation written out in the schema's terms, by pairwise comparison instead of keys."""

    def compare(left: str, right: str) -> int:
        first, second = Version(left), Version(right)
        return (first > second) - (first < second)

    def before(first: Event, second: Event) -> int:
        start_first, start_second = first == ("introduced", "0"), second == ("introduced", "0")
        if start_first or start_second:
            return start_second - start_first
        rank = ["fixed", "last_affected", "introduced"]
        return compare(first[1], second[1]) or rank.index(first[0]) - rank.index(second[0])

    limits = [bound for kind, bound in events if kind == "limit"]
    if limits and not any(compare(version, bound) < 0 for bound in limits):
        return False
    affected_here = False
    for kind, bound in sorted((e for e in events if e[0] != "limit"), key=cmp_to_key(before)):
        if kind == "introduced" and (bound == "0" or compare(version, bound) >= 0):
            affected_here = True
        elif (kind, compare(version, bound)) in (("fixed", 0), ("fixed", 1), ("last_affected", 1)):
            affected_here = False
    return affected_here


@given(version=VERSIONS, events=EVENTS)
def test_the_walk_agrees_with_the_reference(version: str, events: list[Event]) -> None:
    assert in_range(PYPI.key(version), tuple(events), PYPI) is reference(version, events)


@given(version=VERSIONS, orders=EVENTS.flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
def test_the_order_of_events_does_not_matter(version: str, orders: tuple[list[Event], list[Event]]) -> None:
    given_order, other_order = orders
    key = PYPI.key(version)
    assert in_range(key, tuple(given_order), PYPI) is in_range(key, tuple(other_order), PYPI)
