"""Writes the corpus and the benign models of the libraries that are installed.

    python -m tests.bench.models.write ROOT INDEX

INDEX gets one JSON object: ``item`` (file below ROOT to item), ``family`` (item to family and label), ``absent`` (builders
that saved nothing or not everything, with the reason).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.bench.models import build
from tests.corpus import benign_families
from tests.corpus.corpus import FAMILIES
from tests.corpus.family import write_corpus


def main() -> None:
    """Write the hostile and the benign families, then one folder a builder; there every file is an item."""
    root, index = map(Path, sys.argv[1:])
    item: dict[str, str] = {}
    family: dict[str, tuple[str, str]] = {}
    absent: list[str] = []
    for part, families in (("hostile", FAMILIES), ("benign", benign_families.FAMILIES)):
        for folder, (one, _) in write_corpus(families, root / part).items():
            name = f"{part}/{folder}"
            family[name] = (one.name, one.label)
            for path in sorted((root / name).rglob("*")):
                if path.is_file() and not path.is_symlink():
                    item[path.relative_to(root).as_posix()] = name
    (root / "saved").mkdir()
    for builder in build.names():
        target = root / "saved" / builder
        reason = build.built(builder, target)
        if reason is not None:
            absent.append(f"{builder}: {reason}")
        for path in sorted(target.rglob("*")):
            if path.is_file():
                file = path.relative_to(root).as_posix()
                item[file] = file
                family[file] = (f"saved/{builder}", "benign")
    index.write_text(json.dumps({"item": item, "family": family, "absent": absent}))


if __name__ == "__main__":
    main()
