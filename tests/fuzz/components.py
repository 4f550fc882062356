"""Every registered collector and inspector as a target: what it wants, it reads, under each name it goes by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Final

from scanner import identity
from scanner.collectors.registry import COLLECTORS
from scanner.errors import NotExaminable
from scanner.inspectors.registry import INSPECTORS
from scanner.model import Evidence
from scanner.sources.blob import Blob, blob_of_bytes
from tests.fuzz.targets import Target

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "apk": ("lib/apk/db/installed",),
    "argo_workflows": ("workflow.yaml",),
    "compose": ("compose.yaml",),
    "croissant": ("croissant.json",),
    "debian_copyright": ("usr/share/doc/base/copyright",),
    "dockerfile": ("Dockerfile",),
    "dpkg": ("var/lib/dpkg/status", "var/lib/dpkg/status.d/base"),
    "dvc": ("dvc.lock", "dvc.yaml", "data/claims.csv.dvc"),
    "evidently": ("report.json",),
    "feast": ("feature_store.yaml", "registry.db"),
    "github_actions": (".github/workflows/train.yml", "action.yml"),
    "gitlab_ci": (".gitlab-ci.yml",),
    "gitops": ("application.yaml",),
    "guardduty": ("findings.json",),
    "helm": ("Chart.yaml", "Chart.lock", "values.yaml", "rendered.yaml"),
    "huggingface_cache": (
        "hub/models--acme--tiny/refs/main",
        f"hub/models--acme--tiny/snapshots/{'a' * 40}/config.json",
        f"hub/models--acme--tiny/blobs/{'b' * 64}",
    ),
    "huggingface_config": ("config.json", "adapter_config.json", "model.safetensors.index.json"),
    "huggingface_download": ("tiny/.cache/huggingface/download/model.safetensors.metadata",),
    "in_toto": ("provenance.intoto.jsonl", "statement.json", "model.sig"),
    "istio": ("policy.yaml",),
    "jenkins": ("Jenkinsfile", "build.xml", "config.xml", f"fingerprints/ab/cd/{'e' * 28}.xml"),
    "kubeflow": ("pipeline.yaml", "pipeline.json"),
    "kubernetes": ("deployment.yaml", "deployment.json"),
    "kustomize": ("kustomization.yaml",),
    "lfs": ("model.bin",),
    "lineage_file": ("lineage.yaml",),
    "ml_metadata": ("metadata.db",),
    "mlflow_model": ("MLmodel",),
    "mlflow_registry": ("mlflow.db",),
    "mlflow_store": ("mlflow.db",),
    "model_card": ("README.md",),
    "notebook": ("explore.ipynb",),
    "oci_image": ("index.json", "manifest.json", f"blobs/sha256/{'0' * 64}"),
    "openlineage": ("events.ndjson", "event.json"),
    "os_release": ("etc/os-release",),
    "poetry_lock": ("poetry.lock",),
    "pylock": ("pylock.toml",),
    "python_metadata": tuple(
        f"venv/lib/python3.11/site-packages/base-1.0.dist-info/{name}"
        for name in ("METADATA", "RECORD", "REQUESTED", "direct_url.json")
    )
    + ("lib/base.egg-info/PKG-INFO",),
    "requirements": ("requirements.txt", "requirements.in"),
    "rpm": ("var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages"),
    "saved_model": ("fraud/3/saved_model.pb", "fraud/3/fingerprint.pb"),
    "sbom_document": ("bom.json", "bom.xml", "bom.spdx"),
    "signature_bundle": ("model.sig", "bundle.sigstore.json"),
    "tabular": ("claims.csv", "claims.parquet", "claims.jsonl"),
    "technical_documentation": ("technical_documentation.md", "technical-documentation.yaml", "annex-iv.json"),
    "tensorflow_serving": ("models.config",),
    "terraform": ("terraform.tfstate", "plan.json"),
    "terraform_lock": (".terraform.lock.hcl", ".terraform/modules/modules.json"),
    "tfdv": ("anomalies.pbtxt", "schema.pbtxt", "SchemaDiff.pb", "anomalies.pb"),
    "unread_records": ("package-lock.json", "go.sum", "var/lib/rpm/Packages.db"),
    "uv_lock": ("uv.lock",),
    "vault": ("policy.hcl", "secret.yaml"),
    "wandb": ("run-1.wandb",),
    "caffe_network": ("deploy.prototxt", "content"),
    "flax_msgpack": ("flax_model.msgpack",),
    "git_config": ("HEAD",),
    "keras_config": ("config.json", "content"),
    "mxnet_symbol": ("model-symbol.json",),
    "repository_code": ("custom_generate/generate.py", "evil.pth", "handler.py", "own/own.py"),
    "repository_references": ("MLmodel", "adapter_config.json", "config.json", "modules.json"),
    "template_files": ("chat_template.jinja", "chat_template.json", "tokenizer_config.json"),
    "xml_models": ("model.pmml", "model.xml"),
    "yaml_targets": ("config.yaml", "config.json"),
}
"""The names that a component reads, where it looks at names; one for each of its ways of reading."""


def blobs(module: ModuleType, data: bytes) -> list[Blob]:
    """``data`` under every name of a component that makes it want the content. All files beside it hold the same."""

    def near(path: str) -> Blob | None:
        return named(path.rpartition("/")[2] or "content")

    def named(path: str) -> Blob:
        blob = blob_of_bytes(path, data, near)
        blob.sha256 = hashlib.sha256(data).hexdigest()
        blob.ref = identity.file(blob.sha256, blob.size, path)
        return blob

    found = [named(path) for path in NAMES.get(module.NAME, ("content",))]
    return [blob for blob in found if module.wants(blob)]


def evidence(module: ModuleType, data: bytes) -> list[Evidence]:
    """What a component states of ``data``. Raises NotExaminable after the other names were read, if one of them does."""
    read: Callable[[Blob], Evidence] = module.collect if module.NAME in COLLECTORS else module.inspect
    stated: list[Evidence] = []
    problem: NotExaminable | None = None
    for blob in blobs(module, data):
        try:
            stated.append(read(blob))
        except NotExaminable as error:
            problem = error
    if problem is not None and not stated:
        raise problem
    return stated


def targets() -> list[Target]:
    """One target for each component but ``git``, which needs a folder and is a target of its own."""
    return [
        Target(
            name,
            partial(evidence, module),
            (NotExaminable,),
            lambda path, data, module=module: bool(blobs(module, data)),
            module,
        )
        for name, module in {**COLLECTORS, **INSPECTORS}.items()
        if name != "git"
    ]
