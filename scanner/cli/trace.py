"""``lading trace RESULT WHAT``"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scanner.cli.results import load_result


@click.command("trace")
@click.argument("result", type=click.Path(path_type=Path))
@click.argument("what")
@click.option("--format", "form", type=click.Choice(["text", "json", "dot"]), default="text")
def command(result: Path, what: str, form: str) -> int:
    """Show what WHAT was made from and what it reaches, with the proof class of every link.

    WHAT is an id, package URL, digest, path or name in RESULT, a file written by ``lading scan --output json=FILE``.
    """
    from scanner.reports.trace import trace

    sys.stdout.buffer.write(trace(load_result(result), what, form))
    return 0
