"""The product as its user runs it: a process, arguments, files and an exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORMATS = {
    "text": "scan.txt",
    "json": "scan.json",
    "html": "report.html",
    "sarif": "scan.sarif",
    "junit": "junit.xml",
    "markdown": "summary.md",
    "csv": "findings.csv",
    "cyclonedx": "sbom.cdx.json",
    "cyclonedx-1.7": "sbom17.cdx.json",
    "cyclonedx-xml": "sbom.cdx.xml",
    "vex-cyclonedx": "vex.cdx.json",
    "graphml": "graph.graphml",
    "dot": "graph.dot",
}


@dataclass(frozen=True)
class Run:
    """One finished run."""

    code: int
    stdout: str
    stderr: str
    out: Path

    @property
    def result(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.out / "scan.json").read_text())
        return loaded

    def findings(self, rule: str) -> list[dict[str, Any]]:
        return [finding for finding in self.result["findings"] if finding["rule"] == rule]


def lading(*arguments: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``lading`` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "scanner", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def scan(path: Path, out: Path, *more: str, cwd: Path = ROOT, **environment: str) -> Run:
    """Scan ``path`` and write every format into ``out``."""
    outputs = [word for name, file in FORMATS.items() for word in ("--output", f"{name}={out / file}")]
    done = lading("scan", path, *outputs, *more, cwd=cwd, **environment)
    return Run(done.returncode, done.stdout, done.stderr, out)


@pytest.fixture(scope="session")
def violating(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return scan(ROOT / "fixtures/fraud-detection", tmp_path_factory.mktemp("violating"))


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return scan(ROOT / "fixtures/fraud-detection-clean", tmp_path_factory.mktemp("clean"))
