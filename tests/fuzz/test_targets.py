"""Every parser is fuzzed, from a sample that it reads; what once broke one never does again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scanner.collectors.registry import COLLECTORS
from scanner.errors import NotExaminable
from scanner.inspectors.registry import INSPECTORS
from tests.fuzz import components, documents, readers, targets
from tests.fuzz.registry import TARGETS
from tests.fuzz.seeds import keywords, seeds_of
from tests.fuzz.targets import Target, TooSlow, check

CRASHES = Path(__file__).resolve().parent / "crashes"
RECORDS = Path(__file__).resolve().parents[2] / "scanner" / "records"
REFUSES = {"compiled_engine"}
"""Components whose one statement is that nothing can be examined."""
SILENT = {"unread_records"}
"""Components that state nothing but what is missing."""


def test_every_component_is_a_target_and_no_two_targets_have_one_name() -> None:
    assert set(TARGETS) >= {*COLLECTORS, *INSPECTORS} - {"git"}
    assert len(TARGETS) == sum(len(group.targets()) for group in (components, readers, documents))
    assert set(components.NAMES) <= {*COLLECTORS, *INSPECTORS}


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_target_starts_from_what_its_parser_reads(name: str) -> None:
    target = TARGETS[name]
    seeds = seeds_of(target)
    assert seeds and len(set(seeds)) == len(seeds)
    read = [found for data in seeds if (found := _read(target, data)) is not None]
    assert read or name in REFUSES
    if name in components.NAMES and name not in REFUSES | SILENT:
        assert any(one.statements or one.artifacts for found in read for one in found)


def _read(target: Target, data: bytes) -> list[object] | None:
    """What the parser makes of a seed, None where it refuses it."""
    try:
        found = target.read(data)
    except target.allowed:
        return None
    return found if isinstance(found, list) else []


@pytest.mark.parametrize("path", sorted(CRASHES.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_broke_a_parser_breaks_none_now(path: Path) -> None:
    check(TARGETS[path.parent.name], path.read_bytes())


def test_another_error_than_the_documented_one_is_let_through() -> None:
    def broken(data: bytes) -> None:
        raise NotExaminable("unreadable", "x") if data else KeyError(data)

    target = Target("x", broken, (NotExaminable,), targets.ending(""), targets)
    check(target, b"documented")
    with pytest.raises(KeyError):
        check(target, b"")


def test_a_parser_without_an_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(data: bytes) -> None:
        while True:
            try:
                time.sleep(1)
            except Exception:
                continue

    monkeypatch.setattr(targets, "SECONDS", 0.05)
    with pytest.raises(TooSlow):
        check(Target("x", endless, (Exception,), targets.ending(""), targets), b"")


def test_keywords_are_the_constants_of_a_parser() -> None:
    words = keywords(TARGETS["gguf_header"])
    assert all(line.startswith('"') and line.endswith('"') for line in words.splitlines())
    assert "".join(f"\\x{byte:02x}" for byte in b"GGUF") in words


def test_what_a_nested_parser_lets_out_is_seen_in_the_examination(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_blob: object) -> None:
        raise KeyError

    monkeypatch.setattr(INSPECTORS["numpy_array"], "inspect", broken)
    with pytest.raises(AssertionError, match="numpy_array met KeyError"):
        readers.examined(next(data for data in seeds_of(TARGETS["numpy_array"]) if data.startswith(b"\x93NUMPY")))
