"""OSV records as the loopback service gives them: normalised, so that a strict client cannot stumble.

Per package one ``affected`` entry under the canonical name, times to the second, only bounds that parse, and as aliases
the whole cluster. (pip-audit 2.10 fails on, or loses fixes to, each of the alternatives.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scanner.advisories.ecosystems import NotAuditable, Target, advisory_name, is_unicode, target_of
from scanner.advisories.lookup import find_hits
from scanner.advisories.matching import sort_events
from scanner.advisories.osv import Affected, Event, Range
from scanner.advisories.store import Advisory, AdvisoryStore
from scanner.advisories.versions import InvalidVersion, Order, order_of
from scanner.advisories.versions.pypi import is_pep440

_TIME_NOT_KNOWN: Final = "1970-01-01T00:00:00Z"
"""``modified`` is required by the schema; some databases do not publish it."""


class BadQuery(ValueError):
    """A query that names no package."""


def advisories_for(store: AdvisoryStore, query: Mapping[str, Any]) -> list[Advisory]:
    """The advisories for one OSV query; without a version all of the package. Raises BadQuery."""
    target = _target(query)
    if target.version:
        return [hit.advisory for hit in find_hits(store, target).found]
    name = advisory_name(target.ecosystem, target.name)
    known = {advisory.id: advisory for advisory, _ in store.affected(target.ecosystem, name) if not advisory.withdrawn}
    return [known[identifier] for identifier in sorted(known)]


def document(store: AdvisoryStore, advisory: Advisory) -> dict[str, Any]:
    """One advisory as an OSV record."""
    by_package: dict[tuple[str, str], list[Affected]] = {}
    for entry in store.packages_of(advisory.id):
        by_package.setdefault((entry.ecosystem, entry.name), []).append(entry)
    related = {i for record in store.cluster(advisory.cluster) for i in (record.id, *record.aliases)}
    record = {
        "schema_version": "1.7.0",
        "id": advisory.id,
        "modified": modified(advisory),
        "published": advisory.published,
        "aliases": sorted({*advisory.aliases, *related} - {advisory.id}),
        "summary": advisory.summary,
        "affected": [_affected(entries) for _, entries in sorted(by_package.items())],
        "database_specific": {"severity": advisory.rating.level.upper()},
    }
    if advisory.withdrawn:
        record["withdrawn"] = modified(advisory)
    return {name: value for name, value in record.items() if value is not None}


def modified(advisory: Advisory) -> str:
    """When the record was last changed, as far as known."""
    return advisory.modified or advisory.published or _TIME_NOT_KNOWN


def _target(query: Mapping[str, Any]) -> Target:
    package = query.get("package")
    version = query.get("version", "")
    if not isinstance(package, dict) or not isinstance(version, str):
        raise BadQuery("package and version are needed")
    if not all(is_unicode(value) for value in (*package.values(), version) if isinstance(value, str)):
        raise BadQuery("not Unicode")
    purl, ecosystem, name = (package.get(field) for field in ("purl", "ecosystem", "name"))
    if isinstance(purl, str):
        found = target_of(f"{purl}@{version}" if version else purl)
        if isinstance(found, NotAuditable):
            raise BadQuery(found.reason)
        return found
    if not isinstance(ecosystem, str) or not isinstance(name, str):
        raise BadQuery("package needs purl, or ecosystem and name")
    return Target(ecosystem, name, version.partition("+")[0] if ecosystem == "PyPI" else version)


def _affected(entries: list[Affected]) -> dict[str, Any]:
    first = entries[0]
    order = order_of(first.ecosystem)
    ranges = [usable for entry in entries for usable in (_usable(r, order) for r in entry.ranges) if usable.events]
    versions = {version for entry in entries for version in entry.versions}
    return {
        "package": {"ecosystem": first.ecosystem, "name": first.name},
        "ranges": [
            {"type": "SEMVER" if r.semver else "ECOSYSTEM", "events": [{kind: bound} for kind, bound in r.events]}
            for r in _joined(ranges, order)
        ],
        "versions": sorted(versions),
    }


def _usable(entry: Range, order: Order | None) -> Range:
    if order is None:
        return entry
    return Range(entry.semver, tuple(event for event in entry.events if _has_key(event, order)))


def _has_key(event: Event, order: Order) -> bool:
    bound = event[1]
    if bound in ("0", "*"):
        return True
    if order.name == "PEP 440":
        return is_pep440(bound)
    try:
        order.key(bound)
    except InvalidVersion:
        return False
    return True


def _joined(ranges: list[Range], order: Order | None) -> list[Range]:
    """One range in place of several when their intervals do not overlap: pip-audit reads the first range only."""
    if len(ranges) < 2 or order is None or len({r.semver for r in ranges}) > 1:
        return ranges
    events = tuple(sort_events(tuple(dict.fromkeys(event for r in ranges for event in r.events)), order))
    begins = [kind == "introduced" for kind, _ in events]
    alternating = all(begins[i] == (i % 2 == 0) for i in range(len(begins)))
    limited = any(kind == "limit" for r in ranges for kind, _ in r.events)
    return [Range(ranges[0].semver, events)] if alternating and not limited else ranges
