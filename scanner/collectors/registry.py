"""Every collector that ships, by name; nothing registers itself."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from scanner.collectors import (
    dvc,
    git,
    huggingface_config,
    huggingface_download,
    kubernetes,
    lfs,
    mlflow_model,
    mlflow_registry,
    mlflow_store,
    model_card,
    oci_image,
    python_metadata,
    signature_bundle,
)

COLLECTORS: Final[dict[str, ModuleType]] = {
    module.NAME: module
    for module in (
        dvc,
        git,
        huggingface_config,
        huggingface_download,
        kubernetes,
        lfs,
        mlflow_model,
        mlflow_registry,
        mlflow_store,
        model_card,
        oci_image,
        python_metadata,
        signature_bundle,
    )
}
