"""Exit codes and errors of the command group."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scanner import __version__
from scanner.cli import main
from tests.cli.conftest import Lading

ROOT = Path(__file__).parents[2]


def test_version_and_help(lading: Lading) -> None:
    assert lading("--version") == (0, f"lading {__version__}\n", "")
    shown = lading("--help")
    assert shown.code == 0
    assert all(name in shown.out for name in main.COMMANDS)


@pytest.mark.parametrize("name", list(main.COMMANDS))
def test_every_command_has_help(lading: Lading, name: str) -> None:
    if not (ROOT / "scanner" / "cli" / f"{name}.py").is_file():
        pytest.fail(f"{name} is offered and not built")
    assert lading(name, "--help").code == 0


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("scan",), ("scan", "missing"), ("inspect",), ("inspect", "missing"), ("scan", ".", "--jobs", "0"),
     ("scan", ".", "--as-of", "yesterday"), ("scan", ".", "--output", "html"), ("scan", ".", "--output", "nope=x"),
     ("scan", ".", "--policy", "no-such-pack"), ("scan", ".", "--advisories", "missing"), ("verify", "."),
     ("report", "missing"), ("diff", "missing", "missing"), ("trace", "missing", "x"), ("advisories", "update")],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_says_what_to_do(lading: Lading, arguments: tuple[str, ...]) -> None:
    ran = lading(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err


def test_an_internal_error_ends_with_4_and_quotes_nothing(lading: Lading, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("secret text of an artifact")

    monkeypatch.setattr("scanner.inspection.inspect_paths", fail)
    ran = lading("inspect", ".")
    assert ran.code == 4
    assert "KeyError" in ran.err
    assert "secret" not in ran.err


def test_an_interruption_is_no_pass(lading: Lading, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("scanner.inspection.inspect_paths", interrupt)
    assert lading("inspect", ".").code == 4


def test_a_reader_that_went_away_is_no_pass(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.pkl").write_bytes(b"cos\nsystem\n(S'" + str(number).encode() * 400 + b"'\ntR.")
    process = subprocess.Popen(
        [sys.executable, "-m", "scanner", "inspect", str(tmp_path), "--jobs", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(60) != 0


def test_start_up_stays_light() -> None:
    """What ``--version`` needs: no graph, no policy, no reader of any format."""
    code = "import sys; from scanner.cli.main import run; run(['--version']); print([m for m in sys.modules if m in HEAVY])"
    heavy = "HEAVY = {'networkx', 'yaml', 'rich', 'sigstore', 'cryptography', 'modelscan', 'jinja2', 'scanner.graph'}; "
    ran = subprocess.run([sys.executable, "-c", heavy + code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
