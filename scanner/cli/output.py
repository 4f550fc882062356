"""Writing reports: ``--output FORMAT=PATH``, and the text on the terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from scanner.errors import UsageError
from scanner.reports.registry import Format, format_named
from scanner.result import ScanResult


@dataclass(frozen=True, slots=True)
class Output:
    """One report to write; ``path`` ``-`` is standard output."""

    format: Format
    path: str

    @property
    def to_stdout(self) -> bool:
        return self.path == "-"


def parse_outputs(given: Sequence[str]) -> list[Output]:
    """The outputs asked for. Raises UsageError for an unknown format, a missing path, or two of them to stdout."""
    found = []
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not path:
            raise UsageError(f"--output {text}: no path; write {name or 'FORMAT'}=PATH")
        found.append(Output(format_named(name), path))
    if sum(output.to_stdout for output in found) > 1:
        raise UsageError("--output: only one report can go to standard output; give the others a path")
    return found


def write_all(result: ScanResult, outputs: Sequence[Output]) -> None:
    """Render and write every output; each file appears whole or not at all. Raises UsageError."""
    for output in outputs:
        data = output.format.render(result)
        if output.to_stdout:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            write_file(Path(output.path), data)


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises UsageError."""
    unfinished = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".lading-", delete=False) as stream:
            unfinished = Path(stream.name)
            stream.write(data)
        mask = os.umask(0)
        os.umask(mask)
        unfinished.chmod(0o666 & ~mask)
        unfinished.replace(path)
    except OSError as error:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another path") from None


def show(result: ScanResult, outputs: Sequence[Output], *, verbose: bool) -> None:
    """The text report on standard output, coloured on a terminal, with the list of files written."""
    from scanner.reports import text

    if _colour():
        from rich.console import Console

        console = Console(highlight=False, markup=False, emoji=False)
        console.print(text.styled(text.lines(result, verbose=verbose)), soft_wrap=True)
    else:
        click.echo("\n".join(text.plain(line) for line in text.lines(result, verbose=verbose)))
    for output in outputs:
        size = Path(output.path).stat().st_size
        click.echo(f"{output.format.name:<12} {output.path}  {size / 1024:.0f} KB")


def _colour() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()
