"""The sample reports in ``reports/``, made from the fixtures: ``make samples`` writes them, a test compares them."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = {
    "fraud-detection": {
        "html": "report.html",
        "text": "report.txt",
        "markdown": "summary.md",
        "sarif": "findings.sarif",
        "junit": "findings.junit.xml",
        "csv": "findings.csv",
        "cyclonedx": "sbom.cdx.json",
        "vex-cyclonedx": "vex.cdx.json",
    },
    "fraud-detection-clean": {"html": "report.html", "text": "report.txt", "cyclonedx": "sbom.cdx.json"},
}


def main() -> int:
    """Scan both fixtures as the repository's configuration says and write the samples."""
    sys.path.insert(0, str(ROOT))
    from scanner.cli.main import run

    for fixture, formats in SAMPLES.items():
        words = [word for name, file in formats.items() for word in ("--output", f"{name}=reports/{fixture}/{file}")]
        code = run(["scan", f"fixtures/{fixture}", "--quiet", *words])
        if code not in (0, 1):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
