"""The committed cut of real advisories is what its recipe and its manifest say."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from scanner.advisories.store import AdvisoryStore


@pytest.fixture
def recipe(cut: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("cut", cut / "cut.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_it_covers_the_packages_of_the_recipe(cut_store: AdvisoryStore, recipe: ModuleType) -> None:
    assert all(cut_store.affected("PyPI", name) for name in recipe.PACKAGES)
    assert cut_store.problems == ()


def test_it_is_dated_for_the_fixtures_and_says_its_true_age(cut: Path, cut_store: AdvisoryStore) -> None:
    assert cut_store.snapshot_time == "2025-10-15T00:00:00Z"
    assert cut_store.incompleteness("PyPI") is None
    databases = json.loads((cut / "manifest.json").read_bytes())["databases"]
    assert databases["PyPI"]["source_snapshot"] == "2024-10-10T17:35:05Z"


def test_it_is_small_and_names_its_licences(cut: Path) -> None:
    assert sum(file.stat().st_size for file in cut.rglob("*") if file.is_file()) < 150_000
    readme = (cut / "README.md").read_text(encoding="utf-8")
    assert all(word in readme for word in ("CC-BY-4.0", "CC0-1.0", "PyPA Advisory Database", "CISA"))


@pytest.mark.shared
def test_the_recipe_gives_the_same_records_again(shared: Path, cut: Path, recipe: ModuleType, tmp_path: Path) -> None:
    recipe.main(shared / "advisories", tmp_path)
    assert contents(tmp_path / "PyPI" / "all.zip") == contents(cut / "PyPI" / "all.zip")
    assert (tmp_path / "kev.json").read_bytes() == (cut / "kev.json").read_bytes()
