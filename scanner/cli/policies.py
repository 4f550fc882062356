"""The policies that the command line and the configuration name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cli.configuration import Configuration

if TYPE_CHECKING:
    from scanner.policy.compiled import PolicySet


def configured_policies(
    configuration: Configuration, names: Sequence[str], params: Path | None = None, settings: Sequence[str] = ()
) -> PolicySet:
    """Load them; what is given here wins over the configuration. Raises PolicyError."""
    from scanner.policy.load import load_policies

    values = configuration.get("params", params)
    return load_policies(
        tuple(configuration.get("policy", tuple(names))),
        params_file=None if values is None else Path(values),
        settings=tuple(configuration.get("set", tuple(settings))),
    )
