"""The report for a terminal or a plain text file: one frame a finding, one row a policy, one last line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scanner.reports import summary
from scanner.reports.links import Links, follow
from scanner.reports.summary import label, plural
from scanner.reports.visible import log_safe, sentence, visible
from scanner.result import Finding, ScanResult, Shown

if TYPE_CHECKING:
    from rich.text import Text

SHOWN_FRAMES: Final = 20
SHOWN_PLACES: Final = 10

PLAIN: Final = ""
BOLD: Final = "bold"
MUTED: Final = "bright_black"
FRAME: Final = "blue"
STYLES: Final = {
    "blocked": "bold red",
    "undecided": "bold magenta",
    "warning": "bold yellow",
    "known": BOLD,
    "not yet effective": BOLD,
    "waived": BOLD,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line and the name of its style in rich; an empty style is plain."""

    text: str
    style: str = PLAIN


Line = tuple[Segment, ...]


def _line(*parts: str | tuple[str, str]) -> Line:
    return tuple(Segment(part) if isinstance(part, str) else Segment(*part) for part in parts)


def lines(result: ScanResult, *, verbose: bool = False) -> list[Line]:
    """The whole report. Without ``verbose``: frames for at most 20 findings that block or are undecided only."""
    return [
        *_heading(result),
        *_frames(result, verbose),
        *_bundles(result),
        *_unexamined(result, verbose),
        *_notices(result),
        *_last(result),
    ]


def render(result: ScanResult) -> bytes:
    """The verbose report without colour (UTF-8)."""
    return "".join(f"{plain(line)}\n" for line in lines(result, verbose=True)).encode()


def plain(line: Line) -> str:
    """A line without style, harmless in the log of a build system."""
    return log_safe("".join(part.text for part in line)).rstrip()


def styled(report: Sequence[Line]) -> Text:
    """The same for a terminal, through rich; nothing in it is taken for markup."""
    from rich.text import Text

    text = Text()
    for line in report:
        if log_safe(whole := "".join(part.text for part in line)) != whole:
            text.append(plain(line))
        else:
            for part in line:
                text.append(part.text, part.style or None)
        text.append("\n")
    return text


def _heading(result: ScanResult) -> Iterator[Line]:
    tool = f"{visible(result.tool.name)} {visible(result.tool.version)}"
    yield _line((tool, BOLD), f" · {summary.release_label(result)} · as of {visible(result.as_of)}")
    policies = ", ".join(f"{visible(item.name)} {visible(item.version)}" for item in result.policy) or "none"
    digest = summary.short(summary.policy_digest(result))
    yield _line(("policy     ", MUTED), policies, (f" · {len(result.rules)} rules · {digest}", MUTED))
    if result.advisories:
        stand = visible(result.advisories.snapshot_time or "unknown time")
        yield _line(("advisories ", MUTED), f"of {stand}", (f" · {summary.short(result.advisories.digest)}", MUTED))
    else:
        yield _line(("advisories ", MUTED), "none")
    for item in result.parameters:
        change = f"{visible(item.bundle)}:{visible(item.name)} = {summary.compact(item.value)}"
        origin = f" (default {summary.compact(item.default)}, set by {visible(item.origin)})"
        yield _line(("parameter  ", MUTED), change, (origin, MUTED))
    coverage = result.coverage
    proofs = [item.proof for item in result.relationships]
    strength = " · ".join(f"{proofs.count(word)} {word}" for word in ("signed", "matched", "declared", "inferred"))
    yield _line(("content    ", MUTED), f"{coverage.examined} of {plural(coverage.blobs, 'blob')} examined")
    counts = f"{plural(len(result.artifacts), 'artifact')}, {plural(len(proofs), 'relationship')}"
    yield _line(("lineage    ", MUTED), counts, (f"  {strength}", MUTED))
    yield ()


def _frames(result: ScanResult, verbose: bool) -> Iterator[Line]:
    links = Links(result)
    ways = links.ways_to("deployment")
    findings = summary.ordered(result)
    shown = findings if verbose else [item for item in findings if item[0] in ("blocked", "undecided")][:SHOWN_FRAMES]
    for word, finding in shown:
        yield from _frame(word, finding, links, follow(ways, finding.subject))
    hidden = [word for word, _ in findings[len(shown) :]]
    if hidden:
        counts = ", ".join(f"{hidden.count(word)} {word}" for word in summary.DISPOSITIONS if word in hidden)
        yield _line((f"… {counts} more: --verbose shows them all", MUTED))
        yield ()


def _frame(word: str, finding: Finding, links: Links, reached: Sequence[str]) -> Iterator[Line]:
    style = STYLES[word]
    yield _line((word, style), (f"[{visible(finding.rule)}]: {sentence(finding.title)}", BOLD))
    for location in finding.locations[:SHOWN_PLACES] or ("no place recorded",):
        yield _line(("  --> ", FRAME), visible(location))
    if len(finding.locations) > SHOWN_PLACES:
        yield _line(("  --> ", FRAME), (f"{len(finding.locations) - SHOWN_PLACES} more places", MUTED))
    bar = ("   | ", FRAME)
    name = label(links.artifacts.get(finding.subject), finding.subject)
    kind = links.kind(finding.subject)
    yield _line(bar, (f"{kind} {name}".strip(), BOLD), f" {sentence(finding.message)}")
    for step in finding.path:
        target = label(links.artifacts.get(step.target), step.target)
        yield _line(bar, f"  {step.type} ", (f"({step.proof})", MUTED), f" → {links.kind(step.target)} {target}")
    for value in finding.shown:
        yield _line(bar, (f"  {visible(value.path)} ", MUTED), (_shown(value, links), style))
    if finding.why:
        yield _line(bar, (sentence(finding.why), MUTED))
    if len(reached) > 1:
        names = " → ".join(label(links.artifacts.get(id), id) for id in reached[1:])
        yield _line(bar, ("reaches ", MUTED), names)
    yield from _notes(finding)
    yield ()


def _shown(value: Shown, links: Links) -> str:
    """A value; artifacts of the same identity that share the finding by their names and first places."""
    if value.path != "also" or not isinstance(value.value, Sequence):
        return summary.compact(value.value)
    artifacts = {str(id): links.artifacts.get(str(id)) for id in value.value}
    return ", ".join(
        f"{label(one, id)} ({visible(one.locations[0])})" if one and one.locations else label(one, id)
        for id, one in artifacts.items()
    )


def _notes(finding: Finding) -> Iterator[Line]:
    equals = ("   = ", FRAME)
    if finding.waiver:
        waiver = finding.waiver
        until = f"until {visible(waiver.expires)} ({visible(waiver.state)}), approved by {visible(waiver.approved_by)}"
        yield _line(equals, ("waived: ", BOLD), f"{visible(waiver.id)} {until}: {sentence(waiver.reason)}")
    if finding.effective_on:
        yield _line(equals, ("takes effect: ", BOLD), visible(finding.effective_on))
    if finding.fix:
        yield _line(equals, ("fix: ", BOLD), sentence(finding.fix))
    verdict = [finding.verdict] if finding.verdict in ("unknown", "error") else []
    age = "new" if finding.new else "known"
    parts = [finding.id, finding.bundle, finding.severity, *verdict, *finding.controls, age]
    yield _line(equals, (" · ".join(visible(part) for part in parts), MUTED))


def _bundles(result: ScanResult) -> Iterator[Line]:
    names = sorted({rule.bundle for rule in result.rules})
    width = max([len("policy"), *(len(visible(name)) for name in names)])
    heads = "".join(f"{word:>9}" for word in ("checked", "open", "new", "waived"))
    yield _line((f"{'policy':<{width}}{heads}", MUTED))
    findings = summary.ordered(result)
    for name in names:
        checked = sum(rule.evaluated for rule in result.rules if rule.bundle == name)
        own = [(word, finding) for word, finding in findings if finding.bundle == name]
        words = [word for word, _ in own]
        is_open = [finding for _, finding in own if finding.verdict in ("fail", "unknown", "error")]
        counts = (len(is_open), sum(item.new for item in is_open), words.count("waived"))
        cells = "".join(f"{count or '·':>9}" for count in counts)
        yield _line(f"{visible(name):<{width}}{checked:>9}{cells}  ", _state(words, checked))
    yield ()


def _state(words: Sequence[str], checked: int) -> tuple[str, str]:
    for word, state in (("blocked", "blocks"), ("undecided", "undecided"), ("warning", "warns")):
        if word in words:
            return state, STYLES[word]
    return ("met", "green") if checked else ("nothing to check", MUTED)


def _unexamined(result: ScanResult, verbose: bool) -> Iterator[Line]:
    places = result.coverage.not_examined
    shown = places if verbose else places[:SHOWN_PLACES]
    for place in shown:
        reason = f"  {visible(place.reason)}: {sentence(place.detail)} ({visible(place.component)})"
        yield _line(("not examined ", STYLES["undecided"]), visible(place.location), (reason, MUTED))
    if len(places) > len(shown):
        yield _line((f"not examined: {len(places) - len(shown)} more places", STYLES["undecided"]))
    if places:
        yield ()


def _notices(result: ScanResult) -> Iterator[Line]:
    for notice in result.notices:
        yield _line(("note: ", BOLD), sentence(notice))
    for waiver in result.waivers:
        if waiver.state != "active":
            state = f"is {visible(waiver.state)} (until {visible(waiver.expires)})"
            yield _line(("note: ", BOLD), f"waiver {visible(waiver.id)} {state}")


def _last(result: ScanResult) -> Iterator[Line]:
    style = {"pass": "bold green", "fail": STYLES["blocked"]}.get(result.verdict, STYLES["undecided"])
    word, _, counts = summary.verdict_sentence(result).partition(":")
    yield _line((word, style), f":{counts} · exit {result.exit_code} ({summary.exit_meaning(result)})")
