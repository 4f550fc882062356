from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.graph import Graph
from scanner.model import Proof
from scanner.policy import quantifiers
from scanner.policy.quantifiers import Along, Reach, SearchLimit, reached
from scanner.policy.world import World
from tests.policy.builders import bare

NAMES = "abcdefgh"
TYPES = ("derived_from", "trained_on")
edges = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(TYPES), st.sampled_from(NAMES), st.sampled_from(list(Proof))),
    max_size=20,
)
alongs = st.builds(Along, st.sampled_from([TYPES, TYPES[:1]]), st.sampled_from(list(Proof)), st.booleans())
subsets = st.sets(st.sampled_from(range(len(NAMES))))


def world(links: list[tuple[str, str, str, Proof]]) -> World:
    kinds = dict.fromkeys(NAMES, "model")
    evidence = [bare(kinds, [(a, type, b)], proof) for a, type, b, proof in links if a != b]
    return World(Graph.fold([bare(kinds, []), *evidence]))


def simple_paths(found: World, start: int, along: Along) -> Iterator[tuple[int, ...]]:
    """All ways without a repeated artifact (a return to the start ends a way), by brute force."""
    todo: list[tuple[int, ...]] = [(start,)]
    while todo:
        path = todo.pop()
        for target, _, _ in found.onward(path[-1], along.types, along.proof):
            if target in path[1:]:
                continue
            yield (*path, target)
            if target != start and not along.direct:
                todo.append((*path, target))


@settings(max_examples=300)
@given(edges, subsets, alongs)
def test_both_searches_find_what_brute_force_finds(
    links: list[tuple[str, str, str, Proof]], wanted: set[int], along: Along
) -> None:
    found = world(links)
    reach = Reach(found, wanted, along)
    for start in range(len(found)):
        paths = [path for path in simple_paths(found, start, along) if path[-1] in wanted]
        best = min(paths, key=lambda path: (len(path), path), default=None)
        back, onward = reach.path(start), list(reach.ways(start))
        assert (start in reach) == (best is not None)
        assert back == next(iter(onward), None)
        assert {way[-1].target for way in onward} == {path[-1] for path in paths}
        assert [len(way) for way in onward] == sorted(len(way) for way in onward)
        if best is not None and back is not None:
            assert (start, *(way.target for way in back)) == best
            assert all(way.proof >= along.proof and way.type in along.types for way in back)


@given(edges, alongs)
def test_reached_is_what_brute_force_reaches(links: list[tuple[str, str, str, Proof]], along: Along) -> None:
    found = world(links)
    for start in range(len(found)):
        assert reached(found, [start], along) == {path[-1] for path in simple_paths(found, start, along)}


def test_an_artifact_reaches_itself_only_on_a_cycle() -> None:
    chain = world([("a", "derived_from", "b", Proof.DECLARED)])
    assert 0 not in Reach(chain, [0], Along(TYPES))
    cycle = world([("a", "derived_from", "b", Proof.DECLARED), ("b", "derived_from", "a", Proof.DECLARED)])
    path = Reach(cycle, [0], Along(TYPES)).path(0)
    assert path is not None and [way.target for way in path] == [1, 0]


def test_the_strongest_of_two_relationships_is_shown() -> None:
    found = world([("a", "derived_from", "b", Proof.INFERRED), ("a", "trained_on", "b", Proof.SIGNED)])
    path = Reach(found, [1], Along(TYPES)).path(0)
    assert path is not None and (path[0].type, path[0].proof) == ("trained_on", Proof.SIGNED)


def test_a_search_that_grows_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantifiers, "MAX_VISITS", 2)
    found = world([("a", "derived_from", name, Proof.DECLARED) for name in "bcd"])
    with pytest.raises(SearchLimit):
        list(Reach(found, [7], Along(TYPES)).ways(0))
