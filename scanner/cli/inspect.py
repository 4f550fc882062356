"""``lading inspect PATH...``"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Final

import click

from scanner.errors import UsageError

EXIT: Final = {"malicious": 1, "not-examined": 3}


@click.command("inspect")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--jobs", type=click.IntRange(1, 256), default=None, help="Worker processes; default one a processor.")
def command(paths: tuple[Path, ...], form: str, jobs: int | None) -> int:
    """Say of each model file whether loading it runs code: malicious, unknown, known-safe or not-examined.

    Files are recognised by content, inside archives too. Ends with 1 when one is malicious, with 3 when one could not be
    examined.
    """
    from scanner.inspection import VERDICTS, inspect_paths, worst
    from scanner.pipeline import default_jobs
    from scanner.reports.visible import log_safe, unicode_safe, visible

    if not paths:
        raise UsageError("inspect: no path given; name the files or directories to inspect")
    found = inspect_paths(paths, jobs or default_jobs())
    if form == "json":
        for one in found:
            click.echo(unicode_safe(json.dumps(one.to_json(), ensure_ascii=False)))
    else:
        for one in found:
            click.echo(log_safe(f"{one.verdict:<13} {one.format or '-':<12} {visible(one.path)}"))
            for reason in one.reasons[:5]:
                place = " ".join(reason[part] for part in ("member", "offset") if part in reason)
                known = f" ({reason['cwe']}, {reason['atlas']})" if "cwe" in reason else ""
                told = f"{reason['code']} at {visible(place)}: {visible(reason['detail'])}{known}"
                click.echo(log_safe(f"              {told}"))
        counts = Counter(one.verdict for one in found)
        click.echo(", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS))
    return EXIT.get(worst(found) or "", 0)
