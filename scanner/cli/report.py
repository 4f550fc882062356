"""``lading report RESULT``"""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli.output import parse_outputs, show, write_all
from scanner.cli.results import load_result


@click.command("report")
@click.argument("result", type=click.Path(path_type=Path))
@click.option(
    "--output", "outputs", multiple=True, metavar="FORMAT=PATH", help="Write a report; repeatable, - for stdout."
)
@click.option("-v", "--verbose", is_flag=True, help="Show every finding.")
def command(result: Path, outputs: tuple[str, ...], verbose: bool) -> int:
    """Write reports of RESULT again, without scanning; the bytes are those the scan would have written."""
    chosen = parse_outputs(outputs)
    loaded = load_result(result)
    write_all(loaded, chosen)
    if not chosen:
        show(loaded, chosen, verbose=verbose)
    return 0
