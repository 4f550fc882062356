"""Runs one builder in a process of its own: ``python -m tests.bench.models.build NAME FOLDER``.

The frameworks do not share a process well, and one that fails or hangs must not end the others.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import subprocess
import sys
import warnings
from pathlib import Path

from tests.bench.models import builders

SECONDS = 300


def names() -> list[str]:
    """Every builder, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(builders.__path__))


def built(name: str, folder: Path) -> str | None:
    """Have ``name`` save its models below ``folder``; None, or why not all of them are there."""
    needs = importlib.import_module(f"{builders.__name__}.{name}").NEEDS
    missing = [one for one in needs if importlib.util.find_spec(one) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    folder.mkdir()
    command = [sys.executable, "-m", f"{__package__}.build", name, str(folder)]
    try:
        told = subprocess.run(command, timeout=SECONDS, capture_output=True, text=True, errors="replace")
    except subprocess.TimeoutExpired:
        return f"stopped after {SECONDS} s"
    last = next((line for line in reversed(told.stderr.splitlines()) if line.strip()), f"code {told.returncode}")
    return f"failed: {last[:200]}" if told.returncode else None


def main() -> None:
    """Run the builder that the command line names."""
    name, folder = sys.argv[1:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(f"{builders.__name__}.{name}").build(Path(folder))


if __name__ == "__main__":
    main()
