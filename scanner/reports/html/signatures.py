"""The section "Signatures and provenance": who vouches for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner.reports.html.lookup import Lookup
from scanner.result import ArtifactResult

MOST_ROWS: Final = 200
_EXPECTED: Final = ("release", "image", "model")
"""Kinds that get a row in any case; others only when something was said about a signature of theirs."""
_TONES: Final = {"verified": "ok", "unsigned": "warn", "": "unknown"}


@dataclass(frozen=True, slots=True)
class Signing:
    """One artifact: ``tone`` is ok, warn, fail or unknown."""

    label: str
    kind: str
    state: str
    tone: str
    signers: tuple[str, ...]
    schemes: tuple[str, ...]
    provenance: str


@dataclass(frozen=True, slots=True)
class Signatures:
    """The rows shown and their full number; ``unsigned_rest`` counts unsigned artifacts of other kinds."""

    rows: tuple[Signing, ...]
    total: int
    unsigned_rest: int


def signatures(look: Lookup) -> Signatures:
    """Releases, images and models, and whatever else carries a signature."""
    rows: list[Signing] = []
    rest = 0
    order: Mapping[str, int] = {kind: rank for rank, kind in enumerate(_EXPECTED)}
    for item in sorted(look.artifacts.values(), key=lambda item: (order.get(item.kind, 9), item.name, item.id)):
        state = look.text(item.id, "signing", "state")
        if (item.kind in _EXPECTED and item.resolved) or state not in ("", "unsigned"):
            rows.append(_row(look, item, state))
        else:
            rest += state == "unsigned"
    return Signatures(tuple(rows[:MOST_ROWS]), len(rows), rest)


def _row(look: Lookup, item: ArtifactResult, state: str) -> Signing:
    signed = [each.target for each in look.outgoing(item.id) if each.type == "signed_by"]
    return Signing(
        label=look.label(item.id),
        kind=item.kind,
        state=state or item.missing.get("signing", "") or "not looked at",
        tone=_TONES.get(state, "fail"),
        signers=tuple(dict.fromkeys(_signer(look, id) for id in signed)),
        schemes=tuple(dict.fromkeys(scheme for id in signed if (scheme := look.text(id, "scheme")))),
        provenance=_provenance(look, item),
    )


def _signer(look: Lookup, id: str) -> str:
    identity, issuer = look.text(id, "identity"), look.text(id, "issuer")
    if look.kind(id) == "signature" and identity:
        return f"{identity}, vouched for by {issuer}" if issuer else identity
    keys = [look.label(item.target) for item in look.outgoing(id) if item.type == "signed_by"]
    return ", ".join(keys) or look.label(id)


def _provenance(look: Lookup, item: ArtifactResult) -> str:
    level = look.evidence(item.id, "provenance", "slsa_level")
    if isinstance(level, int):
        return f"SLSA level {level}, {look.text(item.id, 'provenance', 'builder') or 'builder not named'}"
    runs = [each for each in look.outgoing(item.id) if each.type in ("generated_by", "built_from")]
    if runs:
        return ", ".join(f"{look.label(each.target)} ({each.proof})" for each in runs[:3])
    return "none on record"
