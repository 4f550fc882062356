"""The section "Inventory": what is in the release, and one row for each model and data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from scanner.reports.html.lookup import Lookup
from scanner.reports.html.times import age, day, moment
from scanner.result import ArtifactResult

MOST_ROWS: Final = 200
NOT_RECORDED: Final = "not recorded"
_COUNTED: Final = (
    "package", "image", "model", "dataset", "run", "pipeline", "deployment", "notebook", "document", "file", "commit"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model: when it was made, in what form, who signed it, how old its data is, and how it was tested."""

    id: str
    label: str
    updated: str
    basis: str
    format: str
    signature: str
    data_age: str
    evaluation: str


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """One data set: its newest moment and what that rests on, size and licence."""

    label: str
    as_of: str
    age: str
    basis: str
    rows: str
    licences: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Counts by kind, and the first rows of both tables with their full length."""

    counts: tuple[tuple[str, int], ...]
    models: tuple[ModelRow, ...]
    model_total: int
    datasets: tuple[DatasetRow, ...]
    dataset_total: int


def inventory(look: Lookup) -> Inventory:
    """What the release holds."""
    numbers = Counter(item.kind for item in look.artifacts.values())
    models = [item for item in look.of_kind("model") if item.resolved]
    datasets = list(look.of_kind("dataset"))
    return Inventory(
        counts=tuple((kind if numbers[kind] == 1 else f"{kind}s", numbers[kind]) for kind in _COUNTED if numbers[kind]),
        models=tuple(_model(look, item) for item in models[:MOST_ROWS]),
        model_total=len(models),
        datasets=tuple(_dataset(look, item) for item in datasets[:MOST_ROWS]),
        dataset_total=len(datasets),
    )


def _model(look: Lookup, model: ArtifactResult) -> ModelRow:
    updated = look.text(model.id, "updated", "at")
    return ModelRow(
        id=model.id,
        label=look.label(model.id),
        updated=day(updated) if updated else NOT_RECORDED,
        basis=look.text(model.id, "updated", "basis") if updated else "",
        format=look.text(model.id, "format") or "unknown",
        signature=look.text(model.id, "signing", "state") or "not looked at",
        data_age=_data_age(look, model.id),
        evaluation=_evaluation(look, model.id),
    )


def _data_age(look: Lookup, model: str) -> str:
    """Age of the oldest data set the model was trained on, directly or through its run."""
    data = set(_targets(look, model, "trained_on"))
    for run in _targets(look, model, "generated_by"):
        data |= {id for id in _targets(look, run, "used") if look.kind(id) == "dataset"}
    if not data:
        return "no training data on record"
    times = sorted(time for id in data if moment(time := look.text(id, "as_of", "time")) is not None)
    undated = len(data) - len(times)
    oldest = age(times[0], look.result.as_of) if times else "no date on record"
    return f"{oldest}, {undated} without a date" if times and undated else oldest


def _targets(look: Lookup, id: str, type: str) -> Iterable[str]:
    return [item.target for item in look.outgoing(id) if item.type == type]


def _evaluation(look: Lookup, model: str) -> str:
    metrics = [
        f"{item['name']} {item['value']}" for item in look.members(model, "metrics") if {"name", "value"} <= set(item)
    ]
    tests = [
        f"on {look.label(item.target)} ({item.proof})" for item in look.outgoing(model) if item.type == "tested_on"
    ]
    overlap = look.evidence(model, "evaluation", "overlaps_training") is True
    said = [*metrics[:3], *tests, "test data is training data" if overlap else ""]
    return " · ".join(item for item in said if item) or "none on record"


def _dataset(look: Lookup, item: ArtifactResult) -> DatasetRow:
    time = look.text(item.id, "as_of", "time")
    rows = look.evidence(item.id, "rows")
    licences: Mapping[bool, str] = {True: "none stated", False: "not looked at"}
    return DatasetRow(
        label=look.label(item.id),
        as_of=day(time) if time else NOT_RECORDED,
        age=age(time, look.result.as_of) if time else "",
        basis=look.text(item.id, "as_of", "basis"),
        rows=str(rows) if isinstance(rows, int) else "",
        licences=", ".join(look.strings(item.id, "licences")) or licences["licences" in item.evidence],
    )
