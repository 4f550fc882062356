"""Alias clusters: records that describe one flaw under several ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

LARGEST_CLUSTER: Final = 20
"""Records of one cluster above which a wrong alias is more likely than one flaw; reported, not split."""

_PREFERENCE: Final = ("MAL-", "CVE-", "GHSA-", "PYSEC-", "GO-", "RUSTSEC-")


def clusters(aliases: Iterable[tuple[str, tuple[str, ...]]]) -> Mapping[str, str]:
    """For each record id the id that names its cluster, given (record id, aliases) of all records.

    Two records belong together when a chain of aliases joins them, also through ids without a record. Malicious-package
    records stay alone: a package that is malware is not the flaw that a CVE describes.
    """
    parent: dict[str, str] = {}

    def root(identifier: str) -> str:
        while parent.setdefault(identifier, identifier) != identifier:
            parent[identifier] = parent[parent[identifier]]
            identifier = parent[identifier]
        return identifier

    records = []
    for identifier, others in aliases:
        records.append(identifier)
        root(identifier)
        if identifier.startswith("MAL-"):
            continue
        for other in others:
            if not other.startswith("MAL-"):
                first, second = sorted((root(identifier), root(other)), key=preference)
                parent[second] = first
    return {identifier: root(identifier) for identifier in records}


def preference(identifier: str) -> tuple[int, str]:
    """The sort key that puts the id to show first: CVE, GHSA, PYSEC, GO, RUSTSEC, then vendors."""
    for place, prefix in enumerate(_PREFERENCE):
        if identifier.startswith(prefix):
            return place, identifier
    return len(_PREFERENCE), identifier
