"""``lading diff OLD NEW``"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scanner.cli.results import load_result


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(old: Path, new: Path, form: str) -> int:
    """Show what changed between two results: policy and data first, then artifacts, lineage, evidence and findings."""
    from scanner.reports.diff import diff

    sys.stdout.buffer.write(diff(load_result(old), load_result(new), form))
    return 0
