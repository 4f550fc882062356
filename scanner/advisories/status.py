"""What a store holds, for ``lading advisories status``."""

from __future__ import annotations

from typing import Any

from scanner.advisories.store import AdvisoryStore


def status(store: AdvisoryStore) -> dict[str, Any]:
    """Digest, age, coverage and problems of a store, as JSON-ready data."""
    return {
        "digest": store.digest,
        "snapshot_time": store.snapshot_time,
        "ecosystems": {name: store.incompleteness(name) or "complete" for name in store.ecosystems},
        "malicious_packages": "loaded" if store.holds_malicious() else "not loaded",
        "counts": store.counts(),
        "sources": [
            {
                "name": source.name,
                "records": source.records,
                "digest": source.digest,
                "snapshot_time": source.snapshot_time,
                "snapshot_basis": source.snapshot_basis,
                "licence": source.licence,
            }
            for source in store.sources
        ],
        "problems": [
            {"source": problem.source, "member": problem.member, "reason": problem.reason} for problem in store.problems
        ],
    }
