"""``lading policy list|show|lint|test|explain|baseline``"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner import __version__
from scanner.cli.clock import as_of, instant
from scanner.cli.configuration import discover
from scanner.cli.output import write_file
from scanner.cli.results import load_result
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.policy.commands import Output
    from scanner.policy.compiled import PolicySet
    from scanner.policy.waivers import Waivers
    from scanner.result import ScanResult

_FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
_POLICY = click.option(
    "--policy", "policies", multiple=True, metavar="FILE|PACK", help="Default: the packs of the result."
)
_RESULT = click.argument("result", type=click.Path(path_type=Path))
_WAIVERS = click.option("--waivers", type=click.Path(path_type=Path), metavar="FILE", help="Waived findings stay out.")
_NEVER = click.option("--never", multiple=True, metavar="SEVERITY", help="Severities that are never taken into it.")


def _decorated(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _print(output: Output, form: str) -> int:
    click.echo(json.dumps(output.data, indent=1, ensure_ascii=False) if form == "json" else output.text)
    return output.exit_code


def _policies(result: ScanResult, given: tuple[str, ...]) -> PolicySet:
    """The policies and parameters of the result; a warning when their text is another by now."""
    from scanner.policy.commands import differing, recorded_policies

    policies = recorded_policies(result, tuple(discover(Path.cwd()).get("policy", given)))
    for name in differing(result, policies):
        click.echo(f"lading: warning: policy {name} is not the text that the result was judged under", err=True)
    return policies


def _waivers(path: Path | None) -> Waivers | None:
    from scanner.policy.waivers import load_waivers

    return None if path is None else load_waivers(path)


@click.group("policy")
def command() -> None:
    """List, show, lint, test and explain policies, and keep the baseline of known findings."""


@command.command("list")
@click.argument("names", nargs=-1, metavar="[FILE|PACK]...")
@_FORMAT
def list_command(names: tuple[str, ...], form: str) -> int:
    """Every rule of the named policies, by default of all shipped packs."""
    from scanner.policy.commands import list_rules

    return _print(list_rules(names), form)


@command.command("show")
@click.argument("name", metavar="RULE|FILE|PACK")
@_FORMAT
def show_command(name: str, form: str) -> int:
    """One rule of the shipped packs, or the text of a pack or policy file."""
    from scanner.policy.commands import show

    return _print(show(name), form)


@command.command("lint")
@click.argument("names", nargs=-1, metavar="[FILE|PACK]...")
@click.option("--as-of", "moment", metavar="DATE", help="The time that date rules are looked at; default now.")
@_FORMAT
def lint_command(names: tuple[str, ...], moment: str | None, form: str) -> int:
    """Problems of the named policies, by default of all shipped packs; ends with 2 when one is an error."""
    from scanner.policy.commands import lint

    return _print(lint(names, as_of=as_of(moment, None)[0]), form)


@command.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--no-mutants", is_flag=True, help="Only the written expectations, no automatic mutants.")
@_FORMAT
def test_command(paths: tuple[Path, ...], no_mutants: bool, form: str) -> int:
    """Run policy tests, by default those of the shipped packs; ends with 1 when one fails or a mutant survives."""
    from scanner.policy.commands import test

    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: no such file or directory; name policy tests")
    return _print(test(paths, with_mutants=not no_mutants), form)


@command.command("explain")
@click.argument("rule")
@click.argument("item")
@_RESULT
@_POLICY
@_FORMAT
def explain_command(rule: str, item: str, result: Path, policies: tuple[str, ...], form: str) -> int:
    """Why RULE gave ITEM of RESULT its verdict: each condition with its values, and where they were read."""
    from scanner.policy.commands import explain

    loaded = load_result(result)
    found = explain(loaded, _policies(loaded, policies), as_of=instant(loaded.as_of), rule=rule, item=item)
    return _print(found, form)


@command.group("baseline")
def baseline_group() -> None:
    """Findings taken over as debt: shown in every report, never blocking with --gate new."""


@baseline_group.command("write")
@_decorated(_RESULT, click.argument("output", type=click.Path(path_type=Path)), _POLICY, _WAIVERS, _NEVER)
def write_command(
    result: Path, output: Path, policies: tuple[str, ...], waivers: Path | None, never: tuple[str, ...]
) -> int:
    """Write the baseline OUTPUT with every failure of RESULT."""
    from scanner.policy.commands import write_baseline

    loaded = load_result(result)
    text = write_baseline(
        loaded,
        _policies(loaded, policies),
        as_of=instant(loaded.as_of),
        tool=f"lading {__version__}",
        waivers=_waivers(waivers),
        never=never,
    )
    write_file(output, text.encode())
    return 0


@baseline_group.command("update")
@_decorated(_RESULT, click.argument("baseline", type=click.Path(path_type=Path)), _POLICY, _WAIVERS, _NEVER)
@click.option("--allow-growth", is_flag=True, help="Also take over what is new.")
def update_command(
    result: Path,
    baseline: Path,
    policies: tuple[str, ...],
    waivers: Path | None,
    never: tuple[str, ...],
    allow_growth: bool,
) -> int:
    """Drop from BASELINE what RESULT no longer shows; it only grows with --allow-growth."""
    from scanner.policy.baseline import load_baseline
    from scanner.policy.commands import update_baseline

    loaded = load_result(result)
    text = update_baseline(
        loaded,
        _policies(loaded, policies),
        load_baseline(baseline),
        as_of=instant(loaded.as_of),
        tool=f"lading {__version__}",
        waivers=_waivers(waivers),
        allow_growth=allow_growth,
        never=never,
    )
    write_file(baseline, text.encode())
    return 0
