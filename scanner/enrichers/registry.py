"""Every enricher, in the order in which they run: identity first, then structure, then what follows from both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from scanner.enrichers import (
    advisories,
    champions,
    changed_files,
    containment,
    copies,
    debian_packages,
    digest_joins,
    engine_verdicts,
    folders,
    freshness,
    helm_templates,
    images,
    impossible_dates,
    kustomize_bases,
    lineage,
    loader_risks,
    model_records,
    models,
    package_files,
    python_environment,
    reference_joins,
    repository_joins,
    same_tensors,
    signatures,
    storage_findings,
    stray_code,
    system_packages,
    training_origins,
    work_trees,
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
    Enricher(engine_verdicts.NAME, engine_verdicts.VERSION, engine_verdicts.enrich),
    Enricher(models.NAME, models.VERSION, models.enrich),
    Enricher(reference_joins.NAME, reference_joins.VERSION, reference_joins.enrich),
    Enricher(model_records.NAME, model_records.VERSION, model_records.enrich),
    Enricher(folders.NAME, folders.VERSION, folders.enrich),
    Enricher(repository_joins.NAME, repository_joins.VERSION, repository_joins.enrich),
    Enricher(helm_templates.NAME, helm_templates.VERSION, helm_templates.enrich),
    Enricher(kustomize_bases.NAME, kustomize_bases.VERSION, kustomize_bases.enrich),
    Enricher(images.NAME, images.VERSION, images.enrich),
    Enricher(debian_packages.NAME, debian_packages.VERSION, debian_packages.enrich),
    Enricher(work_trees.NAME, work_trees.VERSION, work_trees.enrich),
    Enricher(system_packages.NAME, system_packages.VERSION, system_packages.enrich),
    Enricher(package_files.NAME, package_files.VERSION, package_files.enrich),
    Enricher(python_environment.NAME, python_environment.VERSION, python_environment.enrich),
    Enricher(lineage.NAME, lineage.VERSION, lineage.enrich),
    Enricher(same_tensors.NAME, same_tensors.VERSION, same_tensors.enrich),
    Enricher(containment.NAME, containment.VERSION, containment.enrich),
    Enricher(loader_risks.NAME, loader_risks.VERSION, loader_risks.enrich),
    Enricher(storage_findings.NAME, storage_findings.VERSION, storage_findings.enrich),
    Enricher(signatures.NAME, signatures.VERSION, signatures.enrich),
    Enricher(advisories.NAME, advisories.VERSION, advisories.enrich),
    Enricher("lineage_groups", lineage.VERSION, lineage.state_groups),
    Enricher(changed_files.NAME, changed_files.VERSION, changed_files.enrich),
    Enricher(champions.NAME, champions.VERSION, champions.enrich),
    Enricher(freshness.NAME, freshness.VERSION, freshness.enrich),
    Enricher(impossible_dates.NAME, impossible_dates.VERSION, impossible_dates.enrich),
    Enricher(training_origins.NAME, training_origins.VERSION, training_origins.enrich),
    Enricher(stray_code.NAME, stray_code.VERSION, stray_code.enrich),
    Enricher(copies.NAME, copies.VERSION, copies.enrich),
)
