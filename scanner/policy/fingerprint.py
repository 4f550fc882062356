"""Stable identities and fingerprints: what stays the same when versions, places and messages change (section 12)."""

from __future__ import annotations

import hashlib
import json

from scanner import identity
from scanner.graph import ArtifactView

SCHEMA = "lading-finding/1"


def identity_of(view: ArtifactView) -> str:
    """``kind:identity`` of an artifact, without version and, where the kind has a name, without digest."""
    return f"{view.ref.kind}:{_by_kind(view)}"


def _by_kind(view: ArtifactView) -> str:
    kind = view.ref.kind
    scheme, _, rest = view.ref.key.partition(":")
    if kind == "package":
        return _package(view.purl or view.ref.key)
    if kind in ("file", "notebook", "document"):
        return view.locations[0].path if view.locations else rest
    if kind == "image":
        return _repository(view.name)
    if kind in ("layer", "signature"):
        digest = view.digests.get("sha256")
        return f"sha256:{digest}" if digest else view.ref.key
    if kind == "commit":
        repository = view.groups.get("repository")
        return f"{repository}@{rest}" if isinstance(repository, str) else rest
    if kind in ("run", "signer", "deployment", "pipeline"):
        system, _, record = rest.partition("/")
        return f"{system}:{record.partition('#')[2]}" if kind == "run" and scheme == "record" else rest
    return view.name


def _package(purl: str) -> str:
    try:
        return identity.without_version(purl)
    except ValueError:
        return purl


def _repository(name: str) -> str:
    repository = name.partition("@")[0]
    head, slash, last = repository.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def fingerprint(rule: str, condition: str, subject: str, culprit: str) -> str:
    """sha256 (hex) that recognises a finding again; ``culprit`` is an identity, a list member's key, or empty."""
    text = json.dumps([SCHEMA, rule, condition, subject, culprit], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
