"""``lading verify PATH...``"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from scanner.cli.clock import as_of
from scanner.errors import UsageError


@click.command("verify")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--trust", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Keys and identities to trust."
)
@click.option("--as-of", "moment", metavar="DATE", help="The time to verify at; default now.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(paths: tuple[Path, ...], trust: Path, moment: str | None, form: str) -> int:
    """Verify the model signature of each directory, or the bundle beside each file, against a trust file.

    Ends with 1 when one is not verified, with 3 when one could not be decided.
    """
    from scanner.reports.visible import log_safe, unicode_safe, visible
    from scanner.signing.directory import verify_path
    from scanner.signing.trust_file import load_trust

    if not paths:
        raise UsageError("verify: no path given; name signed directories or files")
    trusted = load_trust(trust)
    now, _ = as_of(moment, None)
    answers: list[dict[str, Any]] = [verify_path(path, trusted, now=now) for path in paths]
    for answer in answers:
        if form == "json":
            click.echo(unicode_safe(json.dumps(answer, ensure_ascii=False)))
        else:
            signer = answer["signer"]
            who = signer["identity"] or signer["name"] or signer["key_id"] or "nobody known"
            line = f"{answer['status']:<17} {visible(answer['subject'])}  {answer['code'] or ''}  {visible(who)}"
            click.echo(log_safe(line.rstrip()))
            for key in ("modified", "missing", "unsigned"):
                for path in answer[key]:
                    click.echo(log_safe(f"                  {key}: {visible(path)}"))
    states = {answer["status"] for answer in answers}
    if states <= {"verified"}:
        return 0
    return 3 if states <= {"verified", "unsupported", "unknown-source", "error"} else 1
