"""``lading advisories import|status|verify|lookup|serve``"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from scanner.advisories.store import AdvisoryStore

_DATA = click.Path(path_type=Path)
_FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
_STORE = click.option(
    "--advisories", "data", type=_DATA, required=True, metavar="DIR", help="Advisory store, or OSV records."
)


@click.group("advisories")
def command() -> None:
    """Import, inspect, look up and serve advisory data. No network is used."""


@command.command("import")
@click.argument("source", type=_DATA)
@click.argument("store", type=_DATA)
@click.option("--snapshot-time", metavar="TIME", help="When the data were current, as 2025-10-15T00:00:00Z.")
@click.option("--ecosystem", "ecosystems", multiple=True, metavar="NAME", help="Keep only this ecosystem; repeatable.")
def import_(source: Path, store: Path, snapshot_time: str | None, ecosystems: tuple[str, ...]) -> int:
    """Build STORE from SOURCE: a folder or zip of OSV records, with a catalogue of known exploited flaws if there is one."""
    from scanner.advisories.importing import import_advisories

    _exists(source)
    if not store.parent.is_dir():
        raise UsageError(f"{store.parent}: no such directory; create it first")
    try:
        built = import_advisories(source, store, snapshot_time=snapshot_time, ecosystems=ecosystems or None)
    except OSError as error:
        raise UsageError(f"{store}: cannot be written ({error.strerror}); choose another path") from None
    _show_status(built)
    return 0


@command.command("status")
@click.argument("store", type=_DATA)
@_FORMAT
def status_(store: Path, form: str) -> int:
    """Show the age, coverage and problems of STORE."""
    _show_status(_open(store), form)
    return 0


@command.command("verify")
@click.argument("store", type=_DATA)
def verify(store: Path) -> int:
    """Read all of STORE and compare it with the digest it was sealed with; ends with 2 when it was changed."""
    opened = _open(store)
    if not opened.is_intact():
        raise ConfigError(f"{store}: its content is not what was sealed; import the data again")
    click.echo(f"intact  {opened.digest}")
    return 0


@command.command("lookup")
@click.argument("purls", nargs=-1, metavar="PURL...")
@_STORE
@_FORMAT
def lookup_(purls: tuple[str, ...], data: Path, form: str) -> int:
    """Say what is known of each package URL with a version.

    Ends with 1 when one is vulnerable or malicious, with 3 when one could not be decided.
    """
    from scanner.advisories.lookup import lookup
    from scanner.reports.visible import unicode_safe

    if not purls:
        raise UsageError("lookup: no package given; name package URLs such as pkg:pypi/requests@2.31.0")
    answers = lookup(_open(data), purls)
    for answer in answers:
        if form == "json":
            click.echo(unicode_safe(json.dumps(answer, ensure_ascii=False)))
        else:
            _show_answer(answer)
    states = {answer["state"] for answer in answers}
    if states & {"vulnerable", "malicious"}:
        return 1
    return 3 if states & {"unaudited", "undetermined"} else 0


@command.command("serve")
@_STORE
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Loopback port; default a free one.")
def serve_(data: Path, port: int) -> int:
    """Answer the OSV API on this machine only, until interrupted."""
    from scanner.advisories.osv_service import serve

    try:
        serve(_open(data), click.echo, port)
    except OSError as error:
        raise UsageError(f"--port {port}: cannot be opened ({error.strerror}); choose another") from None
    return 0


def _exists(path: Path) -> None:
    if not path.exists():
        raise UsageError(f"{path}: not found; name a store or a directory of OSV records")


def _open(path: Path) -> AdvisoryStore:
    from scanner.advisories.importing import open_store

    _exists(path)
    return open_store(path)


def _show_status(store: AdvisoryStore, form: str = "text") -> None:
    from scanner.advisories.status import status
    from scanner.reports.visible import log_safe, unicode_safe, visible

    found = status(store)
    if form == "json":
        click.echo(unicode_safe(json.dumps(found, ensure_ascii=False)))
        return
    click.echo(f"digest     {found['digest']}")
    click.echo(f"snapshot   {found['snapshot_time'] or 'unknown: counts as too old'}")
    click.echo(f"advisories {found['counts']['advisory']} about {found['counts']['affected']} packages")
    click.echo(f"malicious  {found['malicious_packages']}")
    for name, state in sorted(found["ecosystems"].items()):
        click.echo(log_safe(f"ecosystem  {visible(name)}: {visible(state)}"))
    for source in found["sources"]:
        when = f"{source['snapshot_time'] or 'unknown'} ({source['snapshot_basis']})"
        click.echo(log_safe(f"source     {visible(source['name'])}: {source['records']} records, {visible(when)}"))
    for problem in found["problems"]:
        where = f"{visible(problem['source'])} {visible(problem['member'])}"
        click.echo(log_safe(f"problem    {where}: {visible(problem['reason'])}"))


def _show_answer(answer: dict[str, Any]) -> None:
    from scanner.reports.visible import log_safe, visible

    click.echo(log_safe(f"{answer['state']:<12} {visible(answer['purl'])}  {visible(answer['reason'])}"))
    for one in answer["advisories"]:
        fix = f"fixed in {', '.join(one['fixed_in'])}" if one["fixed_in"] else "no fix known"
        exploited = ", known to be exploited" if one["known_exploited"] else ""
        click.echo(log_safe(f"             {visible(one['id'])} {one['severity']}{exploited}, {visible(fix)}"))
