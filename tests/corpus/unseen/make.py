"""Builds the unseen set: ``python make.py FOLDER``, in the environment of ``requirements/bench-unseen.txt``.

Real models by real libraries, of which the generator of the lists has seen neither the models nor, for the folder
``unlisted``, the libraries. What a missing library would have built is told, never silently left out.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import time
from pathlib import Path

BUILDERS = ("arrays", "scikit_learn", "boosters", "statistical", "companions", "neural", "exchange", "unlisted")


def main(folder: Path) -> int:
    """Run every builder whose libraries are there, and write down the versions."""
    sys.path.insert(0, str(Path(__file__).parent))
    needed: set[str] = set()
    for name in BUILDERS:
        builder = importlib.import_module(name)
        missing = [library for library in builder.NEEDS if _version(library) is None]
        needed |= set(builder.NEEDS)
        if missing and builder.LISTED:
            print(f"{name}: not built, {', '.join(missing)} missing", file=sys.stderr)
            continue
        began = time.monotonic()
        builder.build(folder / ("listed" if builder.LISTED else "unlisted") / name)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    versions = [f"{library} {_version(library) or 'absent'}" for library in sorted(needed)]
    (folder / "VERSIONS.txt").write_text(f"python {sys.version.split()[0]}\n" + "\n".join(versions) + "\n")
    return 0


def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
