"""Files about which the engines that read them give different verdicts.

The silence of an engine is no verdict, and neither is a file that it could not read: only verdicts can differ.
"""

from __future__ import annotations

from typing import Final

from scanner.enrichers.context import Context
from scanner.graph import Graph
from scanner.model import Evidence, EvidenceBuilder, Location
from scanner.records.plain import mappings
from scanner.vocabulary import CODE_VERDICTS

NAME: Final = "engine_verdicts"
VERSION: Final = "1"


def enrich(graph: Graph, context: Context) -> Evidence:
    """For every file that two engines looked at: what they said where they said different things, else nothing."""
    builder = EvidenceBuilder(NAME)
    for ref in graph.refs("file"):
        view = graph.artifact(ref)
        said = mappings(view.groups.get("engines"))
        if len(said) < 2:
            continue
        verdicts = [(str(one["engine"]), str(one["verdict"])) for one in said if one["verdict"] in CODE_VERDICTS]
        differ = len({verdict for _, verdict in verdicts}) > 1
        told = ", ".join(f"{engine}: {verdict}" for engine, verdict in sorted(verdicts))
        place = view.locations[0] if view.locations else Location(".")
        builder.state(ref, "engine_disagreement", [told] if differ else [], place)
    return builder.build()
