"""Collectors of delivery systems leave the files of others alone."""

from __future__ import annotations

import random
import sysconfig
from pathlib import Path
from types import ModuleType

import pytest

from scanner.collectors import (
    argo_workflows,
    compose,
    gitops,
    guardduty,
    helm,
    in_toto,
    istio,
    jenkins,
    kustomize,
    lineage_file,
    sbom_document,
    terraform,
    terraform_lock,
    vault,
)
from scanner.sources.blob import HEAD, SMALL, Blob

MODULES = (
    argo_workflows,
    compose,
    gitops,
    guardduty,
    helm,
    in_toto,
    istio,
    jenkins,
    kustomize,
    lineage_file,
    sbom_document,
    terraform,
    terraform_lock,
    vault,
)
ROOT = Path(__file__).resolve().parents[2]


def others() -> list[Path]:
    """200 files of this repository's code and of installed packages, always the same of the same set.

    Packages keep bills of materials of their own in a folder ``sboms`` (PEP 770) or as ``.cdx.json``; these are meant to be found.
    """
    found = [path for folder in (ROOT / "scanner", ROOT / "policies", ROOT / "docs") for path in folder.rglob("*.*")]
    found += list(Path(sysconfig.get_paths()["purelib"]).rglob("*.*"))
    files = sorted(
        path for path in found if path.is_file() and "sboms" not in path.parts and not path.name.endswith(".cdx.json")
    )
    names = [path for path in files if path.suffix in (".json", ".yaml", ".yml", ".xml", ".hcl")]
    chosen = random.Random(7)
    return chosen.sample(files, 150) + chosen.sample(names, min(50, len(names)))


def opened(path: Path) -> Blob:
    data = path.read_bytes()
    return Blob(path.as_posix(), len(data), data[:HEAD], lambda: path.open("rb"), data if len(data) <= SMALL else None)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.NAME)
def test_files_of_others_are_not_wanted(module: ModuleType) -> None:
    assert [path for path in others() if module.wants(opened(path))] == []
