"""How bad an advisory is: CVSS base scores (v2 and v3.x computed here), else the word its database gives.

No CVSS v4 score is computed: such a record counts with its database's word, or its v3 vector, or as unknown.
Unknown stays unknown and is never read as low.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

LEVELS: Final = ("unknown", "low", "medium", "high", "critical")
"""From least to most severe; unknown loses against any known level."""

_WORDS: Final = {
    "critical": "critical",
    "high": "high",
    "important": "high",
    "moderate": "medium",
    "medium": "medium",
    "low": "low",
    "negligible": "low",
}
_V3_WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0, "C": 1},
    "C": {"H": 0.56, "L": 0.22, "N": 0},
    "I": {"H": 0.56, "L": 0.22, "N": 0},
    "A": {"H": 0.56, "L": 0.22, "N": 0},
}
_V3_PRIVILEGES_CHANGED_SCOPE: Final = {"N": 0.85, "L": 0.68, "H": 0.5}
_V2_WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": {"N": 0.0, "P": 0.275, "C": 0.66},
    "I": {"N": 0.0, "P": 0.275, "C": 0.66},
    "A": {"N": 0.0, "P": 0.275, "C": 0.66},
}


@dataclass(frozen=True, slots=True)
class Rating:
    """``source`` names where the level comes from, for example ``CVSS_V3 9.8 (PYSEC-2021-1)``; empty when unknown."""

    level: str
    source: str


UNRATED: Final = Rating("unknown", "")


def rate(identifier: str, scores: Iterable[tuple[str, str]], label: str) -> Rating:
    """The rating of one record: ``scores`` are its (type, score) pairs, ``label`` the word of its database."""
    by_type: dict[str, float] = {}
    words = [("label", label)]
    has_v4 = False
    for kind, text in scores:
        has_v4 = has_v4 or kind == "CVSS_V4"
        score = v3_base_score(text) if kind == "CVSS_V3" else v2_base_score(text) if kind == "CVSS_V2" else None
        if score is not None:
            by_type[kind] = max(score, by_type.get(kind, 0.0))
        elif not kind.startswith("CVSS"):
            words.append((kind, text))
    named = [Rating(_WORDS[word.lower()], f"{kind} ({identifier})") for kind, word in words if word.lower() in _WORDS]
    if has_v4 and named:
        return worst(named)
    for kind in ("CVSS_V3", "CVSS_V2"):
        if kind in by_type:
            level = _v2_level if kind == "CVSS_V2" else _v3_level
            return Rating(level(by_type[kind]), f"{kind} {by_type[kind]:.1f} ({identifier})")
    return worst(named)


def worst(ratings: Iterable[Rating]) -> Rating:
    """The most severe rating; of equals the one whose source sorts first; unknown for none."""
    ordered = sorted(ratings, key=lambda rating: (-LEVELS.index(rating.level), rating.source))
    return ordered[0] if ordered else UNRATED


def v3_base_score(vector: str) -> float | None:
    """The base score 0.0-10.0 of a CVSS 3.0 or 3.1 vector (specification 3.1, section 7.1); None when malformed."""
    version, _, rest = vector.partition("/")
    metrics = _metrics(rest, _V3_WEIGHTS)
    if version not in ("CVSS:3.0", "CVSS:3.1") or metrics is None:
        return None
    weight = {name: _V3_WEIGHTS[name][value] for name, value in metrics.items()}
    changed = metrics["S"] == "C"
    if changed:
        weight["PR"] = _V3_PRIVILEGES_CHANGED_SCOPE[metrics["PR"]]
    loss = 1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"])
    impact = 7.52 * (loss - 0.029) - 3.25 * (loss - 0.02) ** 15 if changed else 6.42 * loss
    if impact <= 0:
        return 0.0
    exploitability = 8.22 * weight["AV"] * weight["AC"] * weight["PR"] * weight["UI"]
    return _round_up(min(10.0, (1.08 if changed else 1.0) * (impact + exploitability)))


def v2_base_score(vector: str) -> float | None:
    """The base score 0.0-10.0 of a CVSS 2.0 vector (guide to CVSS 2.0, section 3.2.1); None when malformed."""
    metrics = _metrics(vector.removeprefix("CVSS:2.0/").strip("()"), _V2_WEIGHTS)
    if metrics is None:
        return None
    weight = {name: _V2_WEIGHTS[name][value] for name, value in metrics.items()}
    impact = 10.41 * (1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"]))
    exploitability = 20 * weight["AV"] * weight["AC"] * weight["Au"]
    return round((0.6 * impact + 0.4 * exploitability - 1.5) * (1.176 if impact else 0.0), 1)


def _metrics(text: str, weights: Mapping[str, Mapping[str, float]]) -> dict[str, str] | None:
    """The base metrics of a vector; None unless each is present exactly once with a known value."""
    found: dict[str, str] = {}
    for part in text.split("/"):
        name, colon, value = part.partition(":")
        if not colon or name in found or (name in weights and value not in weights[name]):
            return None
        found[name] = value
    return {name: found[name] for name in weights} if weights.keys() <= found.keys() else None


def _round_up(score: float) -> float:
    """Up to one decimal in whole numbers, as appendix A of the 3.1 specification asks, against float error."""
    hundred_thousandths = round(score * 100_000)
    whole, rest = divmod(hundred_thousandths, 10_000)
    return (whole + (rest > 0)) / 10


def _v3_level(score: float) -> str:
    return "critical" if score >= 9 else "high" if score >= 7 else "medium" if score >= 4 else "low"


def _v2_level(score: float) -> str:
    return "high" if score >= 7 else "medium" if score >= 4 else "low"
