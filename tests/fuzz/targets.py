"""What is fuzzed: every parser under a name, the errors it may raise, and which samples make it start."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Final

SECONDS: Final = 20
"""Time for one input; generous, because only a reader without a bound passes it."""


class TooSlow(BaseException):
    """A reader went on beyond :data:`SECONDS`; no parser that catches every Exception may swallow it."""


@dataclass(frozen=True, slots=True)
class Target:
    """One parser. ``read`` gives it bytes the way the product does and raises what it raises, else AssertionError.

    ``allowed`` are the errors it documents; ``starts`` tells from path and content whether a sample is read by it;
    ``module`` is where its keywords are taken from.
    """

    name: str
    read: Callable[[bytes], object]
    allowed: tuple[type[Exception], ...]
    starts: Callable[[str, bytes], bool]
    module: ModuleType


def check(target: Target, data: bytes) -> None:
    """Read ``data``. Raises whatever the parser must not let out, and :class:`TooSlow`."""
    with _limited():
        try:
            target.read(data)
        except target.allowed:
            pass


@contextmanager
def _limited() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous or signal.SIG_DFL)


def ending(*suffixes: str) -> Callable[[str, bytes], bool]:
    """Samples whose path ends so."""
    return lambda path, data: path.endswith(suffixes)


def holding(*marks: bytes) -> Callable[[str, bytes], bool]:
    """Samples with one of these marks among their first bytes."""
    return lambda path, data: any(mark in data[:512] for mark in marks)


def seeded(name: str) -> Callable[[str, bytes], bool]:
    """Only the samples of ``tests/fuzz/seeds/NAME``."""
    return lambda path, data: path.startswith(f"{name}/seed")
