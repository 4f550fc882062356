"""Every registered collector and inspector as a target: what it wants, it reads, under each name it goes by."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Final

from scanner import identity
from scanner.collectors.registry import COLLECTORS
from scanner.errors import NotExaminable
from scanner.fold import fold_group
from scanner.inspectors.registry import INSPECTORS
from scanner.model import Evidence
from scanner.policy.conform import problem
from scanner.result import to_json
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.vocabulary import groups_of
from tests.fuzz.targets import Target

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "apk": ("lib/apk/db/installed",),
    "argo_workflows": ("workflow.yaml",),
    "compose": ("compose.yaml",),
    "croissant": ("croissant.json",),
    "debian_copyright": ("usr/share/doc/base/copyright",),
    "dockerfile": ("Dockerfile",),
    "dpkg": ("var/lib/dpkg/status", "var/lib/dpkg/status.d/base"),
    "dpkg_files": ("var/lib/dpkg/info/base.list", "var/lib/dpkg/info/base.md5sums"),
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
    "rpm": ("var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages", "var/lib/rpm/Packages.db"),
    "saved_model": ("fraud/3/saved_model.pb", "fraud/3/fingerprint.pb"),
    "sbom_document": ("bom.json", "bom.xml", "bom.spdx"),
    "signature_bundle": ("model.sig", "bundle.sigstore.json"),
    "tabular": ("claims.csv", "claims.parquet", "claims.jsonl"),
    "technical_documentation": ("technical_documentation.md", "technical-documentation.yaml", "annex-iv.json"),
    "tensorflow_serving": ("models.config",),
    "terraform": ("terraform.tfstate", "plan.json"),
    "terraform_lock": (".terraform.lock.hcl", ".terraform/modules/modules.json"),
    "tfdv": ("anomalies.pbtxt", "schema.pbtxt", "SchemaDiff.pb", "anomalies.pb"),
    "unread_records": ("package-lock.json", "go.sum"),
    "uv_lock": ("uv.lock",),
    "vault": ("policy.hcl", "secret.yaml"),
    "wandb": ("run-1.wandb",),
    "caffe_network": ("deploy.prototxt", "content"),
    "flax_msgpack": ("flax_model.msgpack",),
    "git_config": ("HEAD",),
    "hidden_executable": ("model.bin",),
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
    """``data`` under every name of a component that makes it want the content; each kept, and read as a large file is.

    All files beside it hold the same.
    """

    def near(path: str) -> Blob | None:
        return named(path.rpartition("/")[2] or "content")

    def named(path: str) -> Blob:
        blob = blob_of_bytes(path, data, near)
        blob.sha256 = hashlib.sha256(data).hexdigest()
        blob.ref = identity.file(blob.sha256, blob.size, path)
        return blob

    found = [named(path) for path in NAMES.get(module.NAME, ("content",))]
    found += [replace(blob, content=None) for blob in found]
    return [blob for blob in found if module.wants(blob)]


def evidence(module: ModuleType, data: bytes) -> list[Evidence]:
    """What a component states of ``data``. Raises NotExaminable when no name of the content can be read."""
    read: Callable[[Blob], Evidence] = module.collect if module.NAME in COLLECTORS else module.inspect
    stated: list[Evidence] = []
    refusal: NotExaminable | None = None
    for blob in blobs(module, data):
        try:
            stated.append(read(blob))
        except NotExaminable as error:
            refusal = error
    for one in stated:
        expect_sound(one)
    if refusal is not None and not stated:
        raise refusal
    return stated


def expect_sound(found: Evidence) -> None:
    """What all the rest relies on: values in the form of the vocabulary, which fold, can be written and can be sent."""
    for one in found.statements:
        group = groups_of(one.subject.kind)[one.predicate]
        wrong = problem(group.type, fold_group(one.subject.kind, one.predicate, [one.value]), one.predicate)
        assert wrong is None, f"{found.by}: {wrong}"
    json.dumps(to_json([one.value for one in found.statements]), allow_nan=False)
    for artifact in found.artifacts:
        texts = (artifact.name, artifact.version, artifact.purl, *dict(artifact.digests).values())
        assert all(text is None or isinstance(text, str) for text in texts), f"{found.by}: {artifact}"
    pickle.dumps(found)


def _starts(module: ModuleType, path: str, data: bytes) -> bool:
    """Whether a sample is one that a scan would show to the component under the sample's own name."""
    own = path.startswith(f"{module.NAME}/seed")
    return (own or module.wants(blob_of_bytes(path, data))) and bool(blobs(module, data))


def targets() -> list[Target]:
    """One target for each component but ``git``, which needs a folder and is a target of its own."""
    return [
        Target(
            name,
            partial(evidence, module),
            (NotExaminable,),
            partial(_starts, module),
            module,
        )
        for name, module in {**COLLECTORS, **INSPECTORS}.items()
        if name != "git"
    ]
