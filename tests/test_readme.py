"""What the pages say holds: their ``sh`` commands end as noted, their links lead somewhere, their example works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from scanner.collectors.registry import COLLECTORS
from scanner.examine import examine
from scanner.graph import Graph
from scanner.model import Location
from scanner.sources.directory import Handle
from scanner.vocabulary import policy_groups_of

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"(?P<command>.*?)(?:\s+# exit (?P<code>\d))?")
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
PAGES = [Path("README.md"), Path("docs/user-guide.md")]
LINKED = sorted(path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))


def commands(page: Path) -> list[tuple[str, int]]:
    """Each command of the page's ``sh`` blocks, with the exit code that a comment behind it names (else 0)."""
    found = []
    for block in BLOCK.findall((ROOT / page).read_text()):
        for line in block.replace("\\\n", " ").splitlines():
            match = LINE.fullmatch(line)
            assert match is not None
            found.append((match["command"], int(match["code"] or 0)))
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like the repository, where outputs may be written, with ``lading`` to be found."""
    for name in ("fixtures", "policies", "lading.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    program = tmp_path / "bin" / "lading"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m scanner "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_end_as_the_page_says(page: Path, checkout: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{checkout / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
    }
    listed = commands(page)
    assert listed, f"{page} has no sh block"
    for command, code in listed:
        done = subprocess.run(
            ["bash", "-c", command], cwd=checkout, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == code, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def test_a_wrong_exit_code_would_be_noticed() -> None:
    assert LINE.fullmatch("lading scan x   # exit 1")["code"] == "1"  # type: ignore[index]
    assert LINE.fullmatch("lading scan x")["code"] is None  # type: ignore[index]


@pytest.mark.parametrize("page", LINKED, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    missing = [target for target in LINK.findall(text) if not (ROOT / page).parent.joinpath(target).exists()]
    assert missing == []


def test_the_picture_of_the_report_is_small() -> None:
    picture = ROOT / "docs" / "images" / "report.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300 * 1024


def test_the_collector_of_the_guide_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    (example,) = re.findall(r"^```python\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    module = ModuleType("tool_versions")
    exec(compile(example, "CONTRIBUTING.md", "exec"), module.__dict__)
    monkeypatch.setitem(COLLECTORS, module.NAME, module)
    record = tmp_path / ".tool-versions"
    record.write_text("# tools\npython 3.11.7 3.12.1\nnodejs 22.4.0  # for the pages\n\x1b[31m\n")

    graph = Graph.fold(examine(Handle(".tool-versions", str(record), str(tmp_path), record.stat().st_size)))

    packages = [graph.artifact(ref) for ref in graph.refs("package")]
    assert [view.purl for view in packages] == ["pkg:generic/nodejs@22.4.0", "pkg:generic/python@3.11.7"]
    assert [view.locations for view in packages] == [
        (Location(".tool-versions", "line 3"),),
        (Location(".tool-versions", "line 2"),),
    ]
    assert set(packages[0].groups) <= set(policy_groups_of("package"))
    assert [(by, item.location.at) for by, item in graph.not_examined] == [("tool_versions", "line 4")]
