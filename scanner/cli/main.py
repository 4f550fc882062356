"""The command group, errors and exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Final

import click

from scanner import __version__
from scanner.errors import ConfigError, LadingError, PolicyError, UsageError

COMMANDS: Final = {
    "scan": "Scan a release candidate, judge it and write reports.",
    "inspect": "Say of each model file whether loading it runs code.",
    "verify": "Verify signatures against a trust file.",
    "trace": "Show where an artifact comes from and what it reaches.",
    "diff": "Show what changed between two results.",
    "report": "Write reports again from a result, without scanning.",
    "policy": "List, show, lint, test and explain policies.",
    "advisories": "Import, look up and serve advisory data.",
    "init": "Write a configuration, a policy, a trust file and a CI job.",
}
USAGE: Final = 2
INTERNAL: Final = 4


class _Lazy(click.Group):
    """Imports a command's module when the command is used, so that ``--version`` and ``--help`` stay fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"scanner.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lading", message="%(prog)s %(version)s")
def cli() -> None:
    """Supply-chain governance and audit of release candidates: packages, images, data and models in one graph.

    Exit codes: 0 passed, 1 a rule blocks, 2 usage or policy error, 3 incomplete, 4 internal error.
    """


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code of the contract."""
    try:
        with cli.make_context("lading", arguments) as context:
            code = cli.invoke(context)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (UsageError, ConfigError, PolicyError) as error:
        click.echo(f"error: {error}", err=True)
        return USAGE
    except BrokenPipeError:
        # Nobody reads the result any more: a gate must not take that for a pass.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERNAL
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped: interrupted; nothing was judged", err=True)
        return INTERNAL
    except Exception as error:
        if os.environ.get("LADING_DEBUG"):
            raise
        kind = "internal error" if not isinstance(error, LadingError) else "error"
        click.echo(
            f"{kind}: {type(error).__name__}; nothing was judged, set LADING_DEBUG=1 to see where, and report it",
            err=True,
        )
        return INTERNAL
