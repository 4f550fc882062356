"""Writes the corpus and the benign models of the libraries that are installed.

    python -m tests.bench.models.write ROOT INDEX

INDEX gets one JSON object: ``item`` (file below ROOT to item), ``family`` (item to family and label), ``absent`` (builders
whose libraries are not there).
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import pkgutil
import sys
from pathlib import Path

from tests.bench.models import builders
from tests.corpus import benign_families
from tests.corpus.corpus import FAMILIES
from tests.corpus.family import write_corpus


def main() -> None:
    """Write every family, then one folder a builder."""
    root, index = map(Path, sys.argv[1:])
    item: dict[str, str] = {}
    family: dict[str, tuple[str, str]] = {}
    absent: list[str] = []
    for folder, (one, _) in write_corpus((*FAMILIES, *benign_families.FAMILIES), root).items():
        family[folder] = (one.name, one.label)
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                item[path.relative_to(root).as_posix()] = folder
    for module in pkgutil.iter_modules(builders.__path__):
        builder = importlib.import_module(f"{builders.__name__}.{module.name}")
        missing = [name for name in builder.NEEDS if importlib.util.find_spec(name) is None]
        if missing:
            absent.append(f"{module.name} (needs {', '.join(missing)})")
            continue
        folder = f"saved__{module.name}"
        (root / folder).mkdir()
        builder.build(root / folder)
        for path in sorted((root / folder).iterdir()):
            item[f"{folder}/{path.name}"] = f"{folder}/{path.name}"
            family[f"{folder}/{path.name}"] = (f"benign/{module.name}", "benign")
    index.write_text(json.dumps({"item": item, "family": family, "absent": absent}))


if __name__ == "__main__":
    main()
