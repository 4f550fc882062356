"""How long a user waits before anything happens."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(("command", "most"), [("--version", 12), ("--help", 12)])
def test_start_against_bare_python(benchmark: Any, run: Any, best: Any, command: str, most: int) -> None:
    floor = best(lambda: run("-c", "pass"))
    benchmark.pedantic(run, ("-m", "scanner", command), rounds=5, warmup_rounds=1)
    ratio = benchmark.stats.stats.min / floor
    benchmark.extra_info |= {"bare python s": floor, "ratio": ratio}
    assert ratio < most
