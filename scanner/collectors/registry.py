"""Every collector that ships, by name; nothing registers itself."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from scanner.collectors import (
    croissant,
    debian_copyright,
    dockerfile,
    dpkg,
    dvc,
    git,
    github_actions,
    gitlab_ci,
    huggingface_cache,
    huggingface_config,
    huggingface_download,
    kubeflow,
    kubernetes,
    lfs,
    lineage_file,
    mlflow_model,
    mlflow_registry,
    mlflow_store,
    model_card,
    notebook,
    oci_image,
    openlineage,
    os_release,
    poetry_lock,
    pylock,
    python_metadata,
    requirements,
    signature_bundle,
    tabular,
    uv_lock,
)

COLLECTORS: Final[dict[str, ModuleType]] = {
    module.NAME: module
    for module in (
        croissant,
        debian_copyright,
        dockerfile,
        dpkg,
        dvc,
        git,
        github_actions,
        gitlab_ci,
        huggingface_cache,
        huggingface_config,
        huggingface_download,
        kubeflow,
        kubernetes,
        lfs,
        lineage_file,
        mlflow_model,
        mlflow_registry,
        mlflow_store,
        model_card,
        notebook,
        oci_image,
        openlineage,
        os_release,
        poetry_lock,
        pylock,
        python_metadata,
        requirements,
        signature_bundle,
        tabular,
        uv_lock,
    )
}
