"""What holds for the repository as a whole: nothing of the place where it was written, small modules, true registries."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from scanner.collectors.registry import COLLECTORS
from scanner.enrichers.registry import ENRICHERS
from scanner.inspectors.registry import INSPECTORS

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400
TABLES = {"scanner/vocabulary.py"}
"""Modules that are one table with a few lines of code behind it."""
LOCAL_PATHS = re.compile(r"(?<![\w.:/-])/(?:work|farm|root|home|Users|mnt)/[\w.-]")
TEMPORARY = re.compile(r"(?<![\w.:/-])/(?:var/)?tmp/[\w.-]")
INDEXES = re.compile(
    r"--(?:extra-)?index-url[ =]\S*/|--find-links[ =]|--trusted-host[ =]\S+\.|^\s*(?:index-url|extra-index-url|registry)\s*=\s*[\"']?https?:"
    r"|https?://[^\s/\"'<>]*(?:artifactory|nexus|devpi|verdaccio|proxpi|registry-mirror|pypi-mirror)"
    r"|https?://(?:localhost|127\.0\.0\.1|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+)(?::\d+)?/(?:simple|pypi|root/pypi)",
    re.MULTILINE,
)
TOOLS = re.compile(r"\b(?:bash_tool|str_replace_based_edit_tool|claude|anthropic|chatgpt|copilot)\b", re.IGNORECASE)
DATA = re.compile(r"fixtures/|tests/(?:.+/)?(?:data|samples|golden|gadgets)|docs/images/|requirements/|reports/")
"""Built by real tools or written to be hostile; they may hold any path."""
IMPORTED_AS = {
    "backports.zstd": "backports",
    "cel-expr-python": "cel_expr_python",
    "cyclonedx-python-lib": "cyclonedx",
    "license-expression": "license_expression",
    "packageurl-python": "packageurl",
    "pip-audit": "pip_audit",
    "pyyaml": "yaml",
}


@pytest.fixture(scope="module")
def files() -> list[str]:
    """Paths of all committed files and of those about to be."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a Git checkout")
    return sorted(name for name in listed.decode().split("\0") if name and (ROOT / name).is_file())


def text_of(name: str) -> str | None:
    data = (ROOT / name).read_bytes()
    return None if b"\0" in data[:8192] else data.decode("utf-8", "replace")


def hits(pattern: re.Pattern[str], files: list[str]) -> list[str]:
    own = Path(__file__).relative_to(ROOT).as_posix()
    return [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for name in files
        if name != own and not DATA.match(name) and (text := text_of(name)) is not None
        for match in pattern.finditer(text)
    ]


def outside_tests(files: list[str]) -> list[str]:
    """Tests may hold such words as input."""
    return [name for name in files if not name.startswith("tests/")]


def test_no_file_names_a_package_index(files: list[str]) -> None:
    assert hits(INDEXES, outside_tests(files)) == []


def test_requirements_name_no_index(files: list[str]) -> None:
    named = [name for name in files if name.startswith("requirements/")]
    assert named
    assert [name for name in named if "://" in (text_of(name) or "") or "--index" in (text_of(name) or "")] == []


def test_no_file_names_a_folder_of_the_workplace(files: list[str]) -> None:
    assert hits(LOCAL_PATHS, outside_tests(files)) == []
    assert hits(TEMPORARY, [name for name in outside_tests(files) if name != ".ci/run"]) == []


def test_no_file_names_the_tools_it_was_written_with(files: list[str]) -> None:
    assert hits(TOOLS, files) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (INDEXES, "pip install --extra-index-url https://host/simple x"),
        (INDEXES, "index-url = https://host/simple"),
        (INDEXES, "http://10.1.2.3:8081/simple"),
        (LOCAL_PATHS, "see /home/somebody/notes"),
        (TEMPORARY, "written to /tmp/out.json"),
        (TOOLS, "made with Copilot"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


def test_modules_are_small() -> None:
    long = {
        name
        for path in (ROOT / "scanner").rglob("*.py")
        if (name := path.relative_to(ROOT).as_posix()) not in TABLES and path.read_text().count("\n") > LONGEST
    }
    assert long == set()


def modules(folder: str) -> set[str]:
    """Modules of a folder of ``scanner`` that say what they are called."""
    return {path.stem for path in (ROOT / "scanner" / folder).glob("*.py") if "\nNAME: Final = " in path.read_text()}


@pytest.mark.parametrize(("folder", "registered"), [("collectors", COLLECTORS), ("inspectors", INSPECTORS)])
def test_registries_hold_exactly_their_folders(folder: str, registered: dict[str, object]) -> None:
    assert set(registered) == modules(folder)
    assert list(registered) == sorted(registered)


def test_every_enricher_runs() -> None:
    assert {enricher.name for enricher in ENRICHERS} >= modules("enrichers")


@pytest.mark.parametrize(("page", "registered"), [("systems.md", COLLECTORS), ("model-formats.md", INSPECTORS)])
def test_the_page_of_what_is_read_names_every_component(page: str, registered: dict[str, object]) -> None:
    text = (ROOT / "docs" / page).read_text()
    assert [name for name in registered if f"`{name}`" not in text] == []


def imported() -> set[str]:
    """First names of everything that a module of ``scanner`` imports, or runs with ``-m``."""
    found: set[str] = set()
    for path in (ROOT / "scanner").rglob("*.py"):
        for item in ast.walk(ast.parse(path.read_text())):
            if isinstance(item, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in item.names}
            elif isinstance(item, ast.ImportFrom) and item.module and not item.level:
                found.add(item.module.partition(".")[0])
            elif isinstance(item, ast.Constant) and isinstance(item.value, str):
                found.add(item.value)
    return found


def test_every_dependency_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {Requirement(line).name.lower() for line in project["dependencies"]}
    assert sorted(name for name in names if IMPORTED_AS.get(name, name) not in imported()) == []


def test_policies_have_no_tabs_and_end_with_a_line() -> None:
    policies = sorted((ROOT / "policies").rglob("*.yaml"))
    assert policies
    for path in policies:
        text = path.read_text()
        assert "\t" not in text and text.endswith("\n") and "\r" not in text, path.name


def test_files_that_pages_name_exist() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "adr").glob("*.md")]
    named = {
        match
        for page in pages
        for match in re.findall(r"`((?:scanner|tests|policies|fixtures|requirements)/[\w./-]+)`", page.read_text())
    }
    assert sorted(name for name in named if not (ROOT / name).exists()) == [
        "scanner/collectors/tool_versions.py",
        "tests/collectors/test_tool_versions.py",
    ]
