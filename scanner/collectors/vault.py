"""Vault: what an access policy allows, and which secrets a workload asks for by annotation or ExternalSecret.

Sources: Vault policy syntax, annotations of the Vault agent injector, External Secrets Operator API. Paths are told, secrets
are not here to be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Json
from scanner.records import hcl_blocks
from scanner.records.kubernetes_objects import KubernetesObject
from scanner.records.manifests import manifest_objects, mentions, object_name, object_ref
from scanner.records.plain import Plain, at, mapping, mappings, text, texts
from scanner.sources.blob import Blob

NAME: Final = "vault"
VERSION: Final = "1"
PATHS: Final = 5_000
_PATH: Final = re.compile(rb'^[ \t]*path[ \t]+"[^"\n]*"[ \t]*\{[^{}]*?\b(?:capabilities|policy)\b', re.MULTILINE)
_INJECTED: Final = "vault.hashicorp.com/agent-inject-secret-"
_ROLE: Final = "vault.hashicorp.com/role"
_OLD: Final[Mapping[str, tuple[str, ...]]] = {
    "deny": ("deny",),
    "read": ("read", "list"),
    "write": ("create", "read", "update", "delete", "list"),
    "sudo": ("create", "read", "update", "delete", "list", "sudo"),
}
"""What ``policy =``, the older way to write capabilities, stands for."""


def wants(blob: Blob) -> bool:
    """An HCL file with paths and capabilities, or a manifest that mentions Vault or external secrets."""
    if blob.name.endswith(".hcl"):
        return _PATH.search(blob.content or blob.head) is not None
    return mentions(blob, b"vault.hashicorp.com/", b"external-secrets.io/")


def collect(blob: Blob) -> Evidence:
    """Secret access of the policy or of each workload. Raises NotExaminable when the record cannot be read."""
    builder = EvidenceBuilder(NAME)
    if blob.name.endswith(".hcl"):
        blocks = [block for block in hcl_blocks.load(blob.text()).of_type("path") if len(block.labels) == 1]
        access = _accesses([(block.labels[0], _capabilities(block)) for block in blocks])
        if access:
            builder.state(blob.ref, "secret_access", access, blob.location)
        return builder.build()
    for item, place in manifest_objects(blob):
        if access := _accesses([(path, ()) for path in sorted(set(_asked(item)))]):
            ref = object_ref("deployment", blob, item, place)
            builder.artifact(ref, place, name=object_name(item))
            builder.state(ref, "secret_access", access, place)
    return builder.build()


def _accesses(found: list[tuple[str, tuple[str, ...]]]) -> list[Json]:
    if len(found) > PATHS:
        raise NotExaminable(OVER_LIMIT, f"more than {PATHS} paths")
    return [{"path": path[:500], "capabilities": list(capabilities)} for path, capabilities in found]


def _capabilities(block: hcl_blocks.Block) -> tuple[str, ...]:
    stated = texts(block.attributes.get("capabilities"))
    return tuple(sorted(set(stated))) or _OLD.get(text(block.attributes.get("policy")) or "", ())


def _asked(item: KubernetesObject) -> Iterator[str]:
    """Paths that an object asks for: by annotations of itself or of its pods, or as an ExternalSecret."""
    templates = (at(item.fields, "spec", "template"), at(item.fields, "spec", "jobTemplate", "spec", "template"))
    for noted in (item.annotations, *(mapping(at(one, "metadata", "annotations")) for one in templates)):
        role = text(noted.get(_ROLE))
        for key, value in noted.items():
            if key.startswith(_INJECTED) and (path := text(value)) is not None:
                yield f"{path} as {role}" if role else path
    if item.kind in ("ExternalSecret", "ClusterExternalSecret") and item.group == "external-secrets.io":
        spec: Plain = item.fields.get("spec")
        spec = at(spec, "externalSecretSpec") or spec
        store = text(at(spec, "secretStoreRef", "name")) or ""
        wanted = [at(one, "remoteRef") for one in mappings(at(spec, "data"))]
        wanted += [at(one, "extract") for one in mappings(at(spec, "dataFrom"))]
        for one in wanted:
            if (path := text(at(one, "key"))) is not None:
                yield f"{store}/{path}" if store else path
