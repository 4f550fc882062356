"""No damage to a model makes its inspector raise anything but NotExaminable; damage by the library's own words is told."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import pytest

from scanner.errors import NotExaminable
from scanner.inspectors.registry import INSPECTORS
from scanner.sources.blob import blob_of_bytes

MODELS = Path(__file__).parent / "models"
SAMPLES = sorted(path.name for path in MODELS.iterdir() if path.suffix not in (".py", ".R", ".txt", ".bin"))
SAMPLES += sorted(path.name for path in MODELS.glob("*.lightgbm.txt"))
OWN = {
    ".ubj": "xgboost_model",
    ".deprecated": "xgboost_binary",
    ".txt": "lightgbm_model",
    ".cbm": "catboost_model",
    ".tflite": "tflite_model",
    ".mlmodel": "coreml_model",
    ".pdmodel": "paddle_program",
    ".rda": "r_data",
    ".rds": "r_data",
    ".xml": "xml_models",
}
"""Inspectors of formats that only one inspector reads; the others look at the same content too, and are tested elsewhere."""


def module_of(name: str) -> ModuleType:
    if name.endswith(".json"):
        return INSPECTORS["catboost_json" if "catboost" in name else "xgboost_model"]
    return INSPECTORS[OWN[Path(name).suffix]]


def run(module: ModuleType, name: str, content: bytes) -> bool:
    """Whether the inspector wanted the content."""
    blob = blob_of_bytes(name, content)
    if not module.wants(blob):
        return False
    try:
        assert module.inspect(blob).by == module.NAME
    except NotExaminable as error:
        assert error.detail
    return True


@pytest.mark.parametrize("name", SAMPLES)
def test_truncated(name: str) -> None:
    content, module = (MODELS / name).read_bytes(), module_of(name)
    assert run(module, name, content)
    for length in range(min(512, len(content))):
        run(module, name, content[:length])
        run(module, name, content[: len(content) - length])
        run(module, name, content[length:])


@pytest.mark.parametrize("name", SAMPLES)
def test_flipped_bytes(name: str) -> None:
    generator = random.Random(name)
    content, module = bytearray((MODELS / name).read_bytes()), module_of(name)
    for _ in range(400):
        position = generator.randrange(len(content))
        before = content[position]
        content[position] = generator.choice((0, 1, 0x7F, 0x80, 0xFF, generator.randrange(256)))
        run(module, name, bytes(content))
        content[position] = before
