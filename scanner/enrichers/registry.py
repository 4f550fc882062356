"""Every enricher, in the order in which they run: identity first, then structure, then what follows from both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from scanner.enrichers import (
    advisories,
    containment,
    debian_packages,
    digest_joins,
    folders,
    images,
    lineage,
    model_records,
    models,
    package_files,
    python_environment,
    reference_joins,
    signatures,
    storage_findings,
)
from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import Evidence


class Enricher(NamedTuple):
    """One pass over the whole graph."""

    name: str
    version: str
    enrich: Callable[[Graph, Context], Evidence]


ENRICHERS: Final = (
    Enricher(digest_joins.NAME, digest_joins.VERSION, digest_joins.enrich),
    Enricher(models.NAME, models.VERSION, models.enrich),
    Enricher(reference_joins.NAME, reference_joins.VERSION, reference_joins.enrich),
    Enricher(model_records.NAME, model_records.VERSION, model_records.enrich),
    Enricher(folders.NAME, folders.VERSION, folders.enrich),
    Enricher(images.NAME, images.VERSION, images.enrich),
    Enricher(debian_packages.NAME, debian_packages.VERSION, debian_packages.enrich),
    Enricher(package_files.NAME, package_files.VERSION, package_files.enrich),
    Enricher(python_environment.NAME, python_environment.VERSION, python_environment.enrich),
    Enricher(lineage.NAME, lineage.VERSION, lineage.enrich),
    Enricher(containment.NAME, containment.VERSION, containment.enrich),
    Enricher(storage_findings.NAME, storage_findings.VERSION, storage_findings.enrich),
    Enricher(signatures.NAME, signatures.VERSION, signatures.enrich),
    Enricher(advisories.NAME, advisories.VERSION, advisories.enrich),
    Enricher("lineage_groups", lineage.VERSION, lineage.state_groups),
)
