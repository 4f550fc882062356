"""Scans the unseen set and holds it to its bounds: ``python -m tests.corpus.unseen.measure FOLDER [--show]``.

No file is malicious or not examined, and at most one in a hundred of the libraries that have a list is unknown. Of
libraries without a list the figure is printed and not bounded: unknown is the right verdict there.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from scanner.inspection import VERDICTS, inspect_paths

UNKNOWN_ALLOWED: Final = 0.01
JOBS: Final = 2


def verdicts(folder: Path) -> dict[str, str]:
    """The worst verdict about each file, by path below ``folder``; ``none`` where nothing was said."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    found = {name: "none" for name in files if name != "VERSIONS.txt"}
    for one in inspect_paths([folder], JOBS):
        name = one.path.partition("!")[0]
        if name in found:
            found[name] = min(found[name], one.verdict, key=_rank)
    return found


def _rank(verdict: str) -> int:
    return VERDICTS.index(verdict) if verdict in VERDICTS else len(VERDICTS)


def breaches(found: Mapping[str, str]) -> list[str]:
    """What breaks the bounds, one line each; empty when all hold."""
    lines = [
        f"{name}: {verdict}" for name, verdict in found.items() if verdict in ("malicious", "not-examined", "none")
    ]
    listed = {name: verdict for name, verdict in found.items() if name.startswith("listed/")}
    unknown = [name for name, verdict in listed.items() if verdict == "unknown"]
    if len(unknown) > UNKNOWN_ALLOWED * len(listed):
        lines += [f"{name}: unknown" for name in unknown]
    return lines


def table(found: Mapping[str, str]) -> Iterator[str]:
    """Counts by group and by verdict."""
    columns = (*VERDICTS, "none")
    yield f"{'group':<28}{'files':>7}" + "".join(f"{name:>14}" for name in columns)
    groups: dict[str, Counter[str]] = {}
    for name, verdict in found.items():
        for group in ("/".join(name.split("/")[:2]), name.partition("/")[0] + " together"):
            groups.setdefault(group, Counter())[verdict] += 1
    for group, counts in sorted(groups.items()):
        yield f"{group:<28}{counts.total():>7}" + "".join(f"{counts[name]:>14}" for name in columns)


def main(arguments: list[str]) -> int:
    """Print the table; 1 when a bound is broken."""
    found = verdicts(Path(arguments[0]))
    print("\n".join(table(found)))
    if "--show" in arguments:
        print("\n".join(f"{name}: {verdict}" for name, verdict in sorted(found.items()) if verdict != "known-safe"))
    broken = breaches(found)
    if broken:
        print("\nbeyond the bounds:\n" + "\n".join(broken), file=sys.stderr)
    return 1 if broken or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
