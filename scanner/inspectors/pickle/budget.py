"""How much work one file may cause. Exceeding a budget ends as a reason that names it, never as an exception."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bounds for one call of ``analyse``; every figure is per file."""

    opcodes: int = 50_000_000
    """Opcodes interpreted one by one (data skipped by pattern does not count)."""
    marks: int = 10_000
    """Open marks at one time."""
    stack: int = 2_000_000
    """Values on the stack at one time."""
    memo: int = 2_000_000
    """Memo entries of one pickle."""
    work: int = 20_000_000
    """Items looked at again because the pickle repeats a container as argument, state or saved memo."""
    depth: int = 8
    """Pickles inside pickles."""
    pickles: int = 4_096
    """Pickles in a row."""
    starts: int = 64
    """Places tried as a pickle start in bytes that are not reached by the stream itself."""
    raw_bytes: int = 256 * 1024 * 1024
    """Bytes searched without a parse (after a broken opcode, behind the last pickle)."""
    references: int = 10_000
    """Distinct references reported."""
    reasons: int = 1_000
    """Reasons reported."""
