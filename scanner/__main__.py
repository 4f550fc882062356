"""``lading`` and ``python -m scanner``: arguments → pipeline → exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with the exit code of the contract."""
    from scanner.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
