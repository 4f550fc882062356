"""Every collector that ships, by name; nothing registers itself."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from scanner.collectors import (
    dockerfile,
    dvc,
    git,
    github_actions,
    huggingface_config,
    huggingface_download,
    kubernetes,
    lfs,
    mlflow_model,
    mlflow_registry,
    mlflow_store,
    model_card,
    notebook,
    oci_image,
    python_metadata,
    signature_bundle,
    tabular,
)

COLLECTORS: Final[dict[str, ModuleType]] = {
    module.NAME: module
    for module in (
        dockerfile,
        dvc,
        git,
        github_actions,
        huggingface_config,
        huggingface_download,
        kubernetes,
        lfs,
        mlflow_model,
        mlflow_registry,
        mlflow_store,
        model_card,
        notebook,
        oci_image,
        python_metadata,
        signature_bundle,
        tabular,
    )
}
