"""``python -m scanner.inspectors.pickle.listing FOLDER WHEEL...``: write the lists of the libraries given."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scanner.inspectors.pickle.listing.classes import Listed, Refused, list_library
from scanner.inspectors.pickle.listing.files import merged, render, write_index
from scanner.inspectors.pickle.listing.source import Library, World
from scanner.inspectors.pickle.listing.wheels import Wheel, read_wheel


def main(arguments: list[str]) -> int:
    """Write ``LIBRARY.txt`` for each library that the wheels hold, and the index."""
    parser = argparse.ArgumentParser(prog="listing", description="Known-safe lists from published wheels.")
    parser.add_argument("folder", type=Path, help="folder of the lists")
    parser.add_argument("wheels", type=Path, nargs="*", help="wheels, several versions of a library as you like")
    parser.add_argument("--only", action="append", default=[], help="write this library alone; the others are context")
    parser.add_argument("--refused", action="store_true", help="print what is not listed, with the reason")
    options = parser.parse_args(arguments)
    projects: dict[str, list[Wheel]] = {}
    for path in options.wheels:
        wheel = read_wheel(path)
        projects.setdefault(wheel.name, []).append(wheel)
    gc.disable()  # syntax trees are kept to the end, and looking through them again and again takes most of the time
    newest = {name: Library(max(wheels, key=_version)) for name, wheels in projects.items()}
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, wheels in sorted(projects.items()):
        if options.only and name not in options.only:
            continue
        context = [library for other, library in newest.items() if other != name]
        versions = [_listed(wheel, newest[name], context) for wheel in sorted(wheels, key=_version)]
        entries = merged(versions)
        if entries:
            (options.folder / f"{name}.txt").write_text(render(wheels, entries), encoding="utf-8")
        refused = [one for version in versions for one in version if isinstance(one, Refused)]
        sys.stdout.write(f"{name}: {len(wheels)} wheels, {len(entries)} entries, {len(refused)} refused\n")
        if options.refused:
            sys.stdout.writelines(f"  {one.module}.{one.name}: {one.why}\n" for one in refused)
    write_index(options.folder)
    return 0


def _listed(wheel: Wheel, newest: Library, context: list[Library]) -> list[Listed | Refused]:
    library = newest if newest.wheel is wheel else Library(wheel)
    world = World([*context, library])
    return list(list_library(world, library))


def _version(wheel: Wheel) -> Version:
    try:
        return Version(wheel.version)
    except InvalidVersion:
        return Version("0")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
