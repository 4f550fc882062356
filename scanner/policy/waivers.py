"""Waivers: named, approved, expiring decisions to accept a finding (policy format, section 11).

One matching function serves the gate, the reports and the commands. A waiver never changes evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from scanner.errors import PolicyError
from scanner.policy.compiled import CompiledRule, PolicySet
from scanner.policy.documents import Condition, Quantifier
from scanner.policy.schema import validate
from scanner.policy.world import World
from scanner.policy.yaml_loader import Document, load_file
from scanner.result import WaiverResult

MAX_DAYS: Final = 180
EXPIRING: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Item:
    """An artifact by its identity, optionally one version or one content of it."""

    identity: str
    version: str | None
    digest: str | None

    def matches(self, world: World, number: int) -> bool:
        """Whether this names the artifact."""
        if world.identity(number) != self.identity:
            return False
        view = world.view(number)
        digest = view.digests.get("sha256")
        return (self.version is None or self.version == view.version) and (
            self.digest is None or self.digest == f"sha256:{digest}"
        )


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of a waivers file."""

    id: str
    rule: str
    condition: str | None
    item: Item
    via: Item | None
    about: str | None
    bind: str
    verdicts: tuple[str, ...]
    reason: str
    owner: str
    approved_by: str
    ticket: str
    created: date
    expires: date

    def active(self, now: datetime) -> bool:
        """From the day of creation to the end of the day of expiry, in UTC."""
        return self.created <= now.astimezone(UTC).date() <= self.expires

    def expired(self, now: datetime) -> bool:
        """Whether the day of expiry is over."""
        return now.astimezone(UTC).date() > self.expires

    def result(self, state: str) -> WaiverResult:
        """The waiver as reports show it."""
        return WaiverResult(
            self.id,
            state,
            self.rule,
            self.item.identity,
            self.reason,
            self.owner,
            self.approved_by,
            self.ticket,
            self.created.isoformat(),
            self.expires.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class Waivers:
    """A loaded waivers file."""

    waivers: tuple[Waiver, ...]
    where: str
    digest: str


def load_waivers(path: Path, *, max_days: int = MAX_DAYS) -> Waivers:
    """Load a waivers file. Raises PolicyError for anything invalid in it."""
    return read_waivers(load_file(path, path.name), max_days=max_days)


def read_waivers(document: Document, *, max_days: int = MAX_DAYS) -> Waivers:
    """The waivers of a loaded document. Raises PolicyError."""
    value = validate(document, "waivers/v1")
    found: dict[str, Waiver] = {}
    for index, entry in enumerate(value["waivers"]):
        waiver = _waiver(entry)
        place = f"{document.place(('waivers', index))}: {waiver.id}"
        if waiver.id in found:
            raise PolicyError(f"{place}: the id is used twice; give each waiver its own")
        if waiver.owner.strip().casefold() == waiver.approved_by.strip().casefold():
            raise PolicyError(f"{place}: owner and approver are one person; let somebody else approve")
        if not timedelta(0) <= waiver.expires - waiver.created <= timedelta(days=max_days):
            raise PolicyError(f"{place}: must expire within {max_days} days after it was created; correct the dates")
        found[waiver.id] = waiver
    return Waivers(tuple(found.values()), document.where, document.digest)


def _item(value: Mapping[str, Any]) -> Item:
    name = value.get("purl") or value.get("path") or value["name"]
    return Item(f"{value['kind']}:{name}", value.get("version"), value.get("digest"))


def _waiver(value: Mapping[str, Any]) -> Waiver:
    return Waiver(
        value["id"],
        value["rule"],
        value.get("condition"),
        _item(value["item"]),
        _item(value["via"]) if "via" in value else None,
        value.get("about"),
        value.get("bind", "item"),
        tuple(value.get("verdicts", ("fail",))),
        value["reason"],
        value["owner"],
        value["approved_by"],
        value["ticket"],
        date.fromisoformat(value["created"]),
        date.fromisoformat(value["expires"]),
    )


@dataclass(slots=True)
class WaiverBook:
    """Waivers tied to loaded rules at one time; remembers which of them matched something."""

    world: World
    now: datetime
    by_rule: dict[str, list[Waiver]] = field(default_factory=dict)
    all: tuple[Waiver, ...] = ()
    notices: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, waivers: Waivers | None, policies: PolicySet, world: World, now: datetime) -> WaiverBook:
        """Check each waiver against the rule it names. Raises PolicyError."""
        book = cls(world, now)
        if waivers is None:
            return book
        book.all = waivers.waivers
        for waiver in waivers.waivers:
            rule = policies.rule(waiver.rule)
            if rule is None:
                raise PolicyError(
                    f"{waivers.where}: {waiver.id}: no loaded rule is {waiver.rule}; correct or remove it"
                )
            _fits(waiver, rule, waivers.where)
            if rule.rule.id != waiver.rule:
                book.notices.append(f"waiver {waiver.id} names {waiver.rule}, now {rule.rule.id}; rename it")
            book.by_rule.setdefault(rule.rule.id, []).append(waiver)
        return book

    def match(
        self, rule: str, condition: str, subject: int, culprit: int | None, about: str, verdict: str
    ) -> tuple[Waiver | None, Waiver | None]:
        """The first active and the first expired waiver that covers a result."""
        active = expired = None
        for waiver in self.by_rule.get(rule, ()):
            if not self._covers(waiver, condition, subject, culprit, about, verdict):
                continue
            if waiver.expired(self.now):
                expired = expired or waiver
            elif waiver.active(self.now):
                active = active or waiver
        return active, expired

    def _covers(
        self, waiver: Waiver, condition: str, subject: int, culprit: int | None, about: str, verdict: str
    ) -> bool:
        if verdict not in waiver.verdicts or waiver.condition not in (None, condition) or subject < 0:
            return False
        if waiver.about is not None and waiver.about != about:
            return False
        if waiver.via is not None and (culprit is None or not waiver.via.matches(self.world, culprit)):
            return False
        return waiver.item.matches(self.world, subject)

    def results(self) -> tuple[WaiverResult, ...]:
        """Every waiver with its state, sorted by id."""
        return tuple(waiver.result(self.state(waiver)) for waiver in sorted(self.all, key=lambda one: one.id))

    def state(self, waiver: Waiver) -> str:
        """``active``, ``expiring``, ``expired`` or ``unused``."""
        if waiver.expired(self.now):
            return "expired"
        if waiver.id not in self.used:
            return "unused"
        end = datetime.combine(waiver.expires, datetime.min.time(), UTC) + timedelta(days=1)
        return "expiring" if end - self.now <= EXPIRING else "active"


def _fits(waiver: Waiver, compiled: CompiledRule, where: str) -> None:
    rule, place = compiled.rule, f"{where}: {waiver.id}"
    if not rule.waivable:
        raise PolicyError(f"{place}: {rule.id} cannot be waived; fix the finding")
    if rule.bind == "digest" and waiver.bind != "digest":
        raise PolicyError(f"{place}: {rule.id} accepts only waivers bound to a digest; add 'bind: digest'")
    conditions = rule.conditions()
    named: Iterable[object] = conditions.values()
    if waiver.condition is not None:
        if waiver.condition not in conditions:
            raise PolicyError(f"{place}: {rule.id} has no condition {waiver.condition!r}; use {', '.join(conditions)}")
        named = [conditions[waiver.condition]]
    if waiver.about is not None and not any(isinstance(one, Condition) and one.each for one in named):
        raise PolicyError(f"{place}: 'about' needs a condition with 'each'; remove it")
    if waiver.via is not None and not any(isinstance(one, Quantifier) and one.word != "some" for one in named):
        raise PolicyError(f"{place}: 'via' needs a condition with 'every' or 'none'; remove it")


def refuse_unused(waivers: Iterable[WaiverResult]) -> None:
    """Raise PolicyError when a waiver matched nothing (``--strict-waivers``)."""
    unused = [one.id for one in waivers if one.state == "unused"]
    if unused:
        raise PolicyError(f"waivers {', '.join(unused)}: match nothing in this scan; remove them")
