"""Terraform's lock file and module manifest: providers and modules as packages, and how they are fixed.

Sources: dependency lock file documentation; ``.terraform/modules/modules.json`` as ``terraform init`` writes it.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Json, Location
from scanner.records import hcl_blocks, json_bounded
from scanner.records.plain import Plain, at, mappings, text, texts
from scanner.records.references import is_commit, without_credentials
from scanner.sources.blob import Blob, ends_with

NAME: Final = "terraform_lock"
VERSION: Final = "1"
ENTRIES: Final = 5_000
REGISTRY: Final = "registry.terraform.io"


def wants(blob: Blob) -> bool:
    """``.terraform.lock.hcl``, or ``modules.json`` in the folder where ``terraform init`` writes it."""
    return blob.name == ".terraform.lock.hcl" or ends_with(blob, (".terraform/modules/modules.json",))


def collect(blob: Blob) -> Evidence:
    """Packages and their pinning. Raises NotExaminable when the record cannot be read."""
    builder = EvidenceBuilder(NAME)
    if blob.name == ".terraform.lock.hcl":
        for block in hcl_blocks.load(blob.text()).of_type("provider")[:ENTRIES]:
            place = blob.at(f"line {block.line}")
            version = text(block.attributes.get("version"))
            if not (len(block.labels) == 1 and _package(builder, block.labels[0], version, place, _hashed(block))):
                builder.missed(place, UNREADABLE, "provider without a full address or version")
    else:
        _read_modules(builder, blob, json_bounded.loads(blob.text()))
    return builder.build()


def _hashed(block: hcl_blocks.Block) -> bool:
    return any(one.startswith(("zh:", "h1:")) for one in texts(block.attributes.get("hashes")))


def _package(builder: EvidenceBuilder, address: str, version: str | None, place: Location, hashed: bool) -> bool:
    """State the package ``[host/]namespace/name[/system]``; returns whether the address is one."""
    parts = address.split("/")
    host = parts.pop(0) if "." in parts[0] else REGISTRY
    if version is None or len(parts) not in (2, 3) or not all(parts):
        return False
    qualifiers = {} if host == REGISTRY else {"repository_url": host}
    name, namespace = parts[-1], "/".join(parts[:-1])
    purl = identity.package_url("terraform", name, version, namespace, qualifiers)
    ref = builder.artifact(
        identity.package(purl), place, name="/".join(parts), version=version, purl=purl, resolved=True
    )
    pinning: dict[str, Json] = {"exact": True, "hashed": hashed}
    builder.state(ref, "purl", purl, place)
    builder.state(ref, "pinning", pinning, place)
    return True


def _read_modules(builder: EvidenceBuilder, blob: Blob, data: Plain) -> None:
    modules = mappings(at(data, "Modules"))
    if len(modules) > ENTRIES:
        raise NotExaminable(OVER_LIMIT, f"more than {ENTRIES} modules")
    origins: list[Json] = []
    for module in modules:
        source, version = text(module.get("Source")) or "", text(module.get("Version"))
        if not source or source.startswith((".", "/")):
            continue
        place = blob.at(f"module {text(module.get('Key'), 100)}")
        if version is not None:
            _package(builder, source.partition("//")[0], version, place, hashed=False)
        else:
            origins.append(_origin(source))
    if origins:
        ref = builder.artifact(identity.placed("deployment", blob.path), blob.location, name=blob.path)
        builder.state(ref, "origins", origins, blob.location)


def _origin(source: str) -> Json:
    """A module taken from an address: ``git::https://host/path?ref=revision``."""
    revision = next(iter(parse_qs(source.partition("?")[2]).get("ref", [])), None)
    pinned = revision is not None and is_commit(revision)
    return {
        "source": without_credentials(source.removeprefix("git::")),
        "revision": revision,
        "pinned": pinned,
        "verified": None,
    }
