"""Collectors that recognise their record by content stay silent on files that are something else."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from scanner.collectors.registry import COLLECTORS
from scanner.sources.blob import Blob
from scanner.sources.directory import Handle, open_blob, walk

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = (
    "croissant",
    "evidently",
    "feast",
    "huggingface_cache",
    "kubeflow",
    "ml_metadata",
    "openlineage",
    "saved_model",
    "technical_documentation",
    "tensorflow_serving",
    "tfdv",
    "wandb",
)
RECORDS = {
    f"{system}/{name}"
    for system, names in {
        "croissant": ["croissant.json"],
        "evidently": ["report.json", "snapshot.json"],
        "feast": ["feature_store.yaml", "data/registry.db"],
        "kubeflow": ["pipeline.yaml"],
        "ml_metadata": ["metadata.db"],
        "openlineage": ["events.ndjson"],
        "tensorflow": [
            "models.config",
            *(f"fraud/{number}/{name}.pb" for number in (1, 2, 3) for name in ("fingerprint", "saved_model")),
        ],
        "tfdv": ["anomalies.pbtxt", "schema.pbtxt", "SchemaDiff.pb"],
        "wandb": ["run-4sdvx1xs.wandb"],
    }.items()
    for name in names
}
"""Every record of these systems among the samples."""


def opened(handles: list[Handle]) -> Iterator[Blob]:
    for handle in handles:
        try:
            yield open_blob(handle)
        except OSError:
            # Another process may have removed a file of the work tree since it was listed.
            continue


def handles(root: Path) -> list[Handle]:
    return [item for item in walk(root, "") if isinstance(item, Handle)]


def wanted(blobs: Iterator[Blob]) -> set[str]:
    modules: list[ModuleType] = [COLLECTORS[name] for name in SYSTEMS]
    return {blob.path for blob in blobs for module in modules if module.wants(blob)}


@pytest.mark.parametrize("seed", range(3))
def test_files_of_packages_are_left_alone(seed: int) -> None:
    found = handles(Path(sysconfig.get_paths()["purelib"]))
    assert wanted(opened(Random(seed).sample(found, min(200, len(found))))) == set()


@pytest.mark.parametrize("folder", ["scanner", "docs", "policies", "fixtures/fraud-detection"])
def test_other_files_of_this_repository_are_left_alone(folder: str) -> None:
    found = [one for one in handles(ROOT / folder) if "__pycache__" not in one.path]
    assert wanted(opened(Random(1).sample(found, min(400, len(found))))) == set()


def test_every_record_among_the_samples_is_wanted_and_nothing_else() -> None:
    assert wanted(opened(handles(ROOT / "tests/collectors/data"))) == RECORDS
