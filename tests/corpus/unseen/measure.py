"""Scans the unseen set and holds it to its bounds: ``python -m tests.corpus.unseen.measure FOLDER [--show]``.

No file is malicious or not examined, and at most one in a hundred of the libraries that have a list is unknown. Of
libraries without a list the figure is printed and not bounded: unknown is the right verdict there. So it is for what
:data:`NEEDS_REVIEW` names, which is counted by itself.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from scanner.inspection import VERDICTS, Inspected, inspect_paths

UNKNOWN_ALLOWED: Final = 0.01
JOBS: Final = 2
REVIEW: Final = "needs-review"
NEEDS_REVIEW: Final[Mapping[str, str]] = {
    "evaluated-text": "loading it evaluates text of the file, so that a person has to look at the text",
}
"""Reason codes of what is truly dangerous in honest files too: unknown is right, and no list could make it safe."""
COLUMNS: Final = (*VERDICTS, REVIEW, "none")


def verdicts(folder: Path) -> dict[str, str]:
    """The label of each file, by path below ``folder``; ``none`` where nothing was said."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    said: dict[str, list[Inspected]] = {name: [] for name in files if name != "VERSIONS.txt"}
    for one in inspect_paths([folder], JOBS):
        name = one.path.partition("!")[0]
        if name in said:
            said[name].append(one)
    return {name: label(found) for name, found in said.items()}


def label(said: Sequence[Inspected]) -> str:
    """The worst verdict about a file and its members.

    ``needs-review`` where nothing but the codes of :data:`NEEDS_REVIEW` made it unknown.
    """
    worst = min((one.verdict for one in said), key=COLUMNS.index, default="none")
    codes = {reason["code"] for one in said if one.verdict == "unknown" for reason in one.reasons}
    return REVIEW if worst == "unknown" and codes and codes <= NEEDS_REVIEW.keys() else worst


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
    yield f"{'group':<28}{'files':>7}" + "".join(f"{name:>14}" for name in COLUMNS)
    groups: dict[str, Counter[str]] = {}
    for name, verdict in found.items():
        for group in ("/".join(name.split("/")[:2]), name.partition("/")[0] + " together"):
            groups.setdefault(group, Counter())[verdict] += 1
    for group, counts in sorted(groups.items()):
        yield f"{group:<28}{counts.total():>7}" + "".join(f"{counts[name]:>14}" for name in COLUMNS)


def main(arguments: list[str]) -> int:
    """Print the table; 1 when a bound is broken."""
    found = verdicts(Path(arguments[0]))
    print("\n".join(table(found)))
    print("\n".join(f"{REVIEW} by {code}: {why}" for code, why in NEEDS_REVIEW.items()))
    if "--show" in arguments:
        print("\n".join(f"{name}: {verdict}" for name, verdict in sorted(found.items()) if verdict != "known-safe"))
    broken = breaches(found)
    if broken:
        print("\nbeyond the bounds:\n" + "\n".join(broken), file=sys.stderr)
    return 1 if broken or not found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
