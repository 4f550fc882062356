"""Feast feature stores: feature views, what they are derived from, and how far they were materialised.

Source: field numbers of ``Registry``, ``FeatureView``, ``DataSource`` in Feast 0.67. ``registry.db`` is a protobuf message
despite its name; a registry in a database or in a bucket is told as not collected. ``features.py`` is code and never read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, SOURCE_UNREACHABLE, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records import yaml_events
from scanner.records.plain import Plain, at, mapping, text
from scanner.records.protobuf import Message
from scanner.records.references import without_credentials
from scanner.records.times import from_seconds
from scanner.sources.blob import Blob

NAME: Final = "feast"
VERSION: Final = "1"
SETTINGS: Final = "feature_store.yaml"
VIEWS: Final = 20_000
_REGISTRY: Final = b"\x1a\x011"
"""Field 3, the version of the registry's schema, which has been ``1`` so far."""
_VIEWS: Final = {6: (4, 7), 14: (4, 10), 8: (3, 0)}
"""Fields of feature views, stream views and on-demand views → where these have their features and their batch source.

An on-demand view is computed from others when it is asked for and has no source of its own.
"""
_FILE: Final = 11


def wants(blob: Blob) -> bool:
    """The settings of a feature store, or a registry file."""
    if blob.name == SETTINGS:
        return True
    known = blob.content if blob.content is not None else blob.head
    return blob.name in ("registry.db", "registry.pb") and blob.head[:1] in b"\x0a\x1a" and _REGISTRY in known


def collect(blob: Blob) -> Evidence:
    """The feature views of a registry; of settings, whether their registry is here. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    if blob.name == SETTINGS:
        _state_registry(builder, blob, mapping(yaml_events.load(blob.text())).get("registry"))
        return builder.build()
    registry = Message(memoryview(blob.read()))
    if registry.text(3) != "1":
        raise NotExaminable(UNREADABLE, "registry of another version")
    reader = _Registry(blob, builder, _root(blob))
    views = [(view, *numbers) for number, numbers in _VIEWS.items() for view in registry.messages(number)]
    if len(views) > VIEWS:
        raise NotExaminable(OVER_LIMIT, f"more than {VIEWS} feature views")
    for view, features, source in views:
        reader.state_view(view, features, source)
    return builder.build()


def _state_registry(builder: EvidenceBuilder, blob: Blob, registry: Plain) -> None:
    """A registry that is a file beside the settings is read by itself; any other one is told."""
    path = text(registry) or text(at(registry, "path"))
    kind = text(at(registry, "registry_type")) or "file"
    place = blob.at("registry")
    if path is None:
        builder.missed(place, UNREADABLE, "settings without a registry")
    elif kind != "file" or "://" in path or identity.beside(blob.path, path) is None:
        builder.missed(place, SOURCE_UNREACHABLE, "feature registry that is no file beside its settings")
    elif blob.near is not None and blob.near(path) is None:
        builder.missed(place, SOURCE_UNREACHABLE, "feature registry that is not here")


def _root(blob: Blob) -> str:
    """The folder that paths of the registry start from, relative to it: that of the settings, where they are near."""
    for folder in ("", "../", "../../"):
        if blob.near is not None and blob.near(folder + SETTINGS) is not None:
            return folder
    return ""


@dataclass(frozen=True, slots=True)
class _Registry:
    blob: Blob
    builder: EvidenceBuilder
    root: str

    def state_view(self, view: Message, features: int, source: int) -> None:
        """State one view; ``features`` and ``source`` are the fields that its kind has them in."""
        spec, meta = view.message(1), view.message(2)
        name, project = spec.text(1)[:200], spec.text(2)[:200]
        if not name:
            self.builder.missed(self.blob.location, UNREADABLE, "feature view without a name")
            return
        place = self.blob.at(f"feature view {name[:100]}")
        ref = identity.record("dataset", "feast", self.blob.path, f"{project}/{name}")
        self.builder.artifact(ref, place, name=name, resolved=False)
        names = {feature.text(1)[:500] for feature in spec.messages(features)}
        columns: list[Json] = [*sorted(names - {""})]
        self.builder.state(ref, "columns", columns, place)
        for origin, note in self._sources(spec.message(source)):
            proof = Proof.INFERRED if identity.scheme_of(origin) == "path" else Proof.DECLARED
            self.builder.relate(ref, "derived_from", origin, proof, place, note)
        self._state_dates(ref, meta, place)

    def _sources(self, source: Message) -> Iterator[tuple[ArtifactRef, str]]:
        """What a batch source reads, with the column that is its event time."""
        uri, name = source.message(_FILE).text(2)[:500], source.text(20)[:200]
        note = f"event time {source.text(3)[:100]}" if source.text(3) else ""
        if uri and "://" not in uri and (path := identity.beside(self.blob.path, self.root + uri)) is not None:
            yield self.builder.artifact(identity.at_path("dataset", path), name=name or uri, resolved=False), note
        elif uri:
            address = without_credentials(uri)
            yield self.builder.artifact(identity.named("dataset", address), name=address, resolved=False), note
        elif name:
            ref = identity.record("dataset", "feast", self.blob.path, f"source {name}")
            yield self.builder.artifact(ref, name=name, resolved=False), note

    def _state_dates(self, ref: ArtifactRef, meta: Message, place: Location) -> None:
        """A view is as new as the end of its last materialisation."""
        ends = (_time(interval.message(2)) for interval in meta.messages(3))
        newest = max((time for time in ends if time is not None), default=None)
        if newest is not None:
            self.builder.state(ref, "as_of", {"time": newest, "basis": "record"}, place)
        found = (("created", _time(meta.message(1))), ("updated", _time(meta.message(2))), ("materialised", newest))
        dates: list[Json] = [
            {"id": id, "what": f"feature view {id}", "time": time, "basis": "record"} for id, time in found if time
        ]
        self.builder.state(ref, "dates", dates, place)


def _time(message: Message) -> str | None:
    return from_seconds(message.integer(1) or 0)
