"""``make bench-models``: the corpus and large inputs through Lading and its peers, as Markdown on stdout.

python -m tests.bench.models [--no-large] [--no-corpus]
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.bench.models import large, recall
from tests.bench.models.peers import PEERS


def main() -> int:
    """Measure and print; ends with 1 when Lading misses an item or calls a benign one malicious."""
    parser = argparse.ArgumentParser(prog="bench-models")
    parser.add_argument("--no-large", action="store_true", help="leave out the large inputs, which need 3 GiB of disk")
    parser.add_argument("--no-corpus", action="store_true", help="only the large inputs")
    chosen = parser.parse_args()
    versions = {peer.distribution: version(peer.distribution) for peer in PEERS} | {"lading": version("lading")}
    print(f"Python {platform.python_version()}; " + ", ".join(f"{name} {number}" for name, number in versions.items()))
    code = 0
    with tempfile.TemporaryDirectory(prefix="lading-bench-") as temporary:
        folder = Path(temporary)
        if not chosen.no_corpus:
            root = folder / "corpus"
            root.mkdir()
            corpus = recall.written(root, folder)
            results = recall.compare(corpus, folder)
            print(recall.table(corpus, results))
            for builder in corpus.absent:
                print(f"absent: benign models of {builder}")
            code = _failures(corpus, results)
        if not chosen.no_large:
            for row in large.rows(folder, folder):
                print(row, flush=True)
    return code


def _failures(corpus: recall.Corpus, results: list[recall.Result]) -> int:
    sure, strict = results[0].answers, results[1].answers
    missed = [
        item
        for item, (_, label) in corpus.family.items()
        if (label == "malicious" and sure[item] != "flagged") or (label == "lie" and strict[item] != "flagged")
    ]
    wrong = [item for item, (_, label) in corpus.family.items() if label == "benign" and sure[item] == "flagged"]
    doubted = [item for item, (_, label) in corpus.family.items() if label == "benign" and strict[item] == "flagged"]
    for title, items in (("missed", missed), ("benign and malicious", wrong), ("benign and not known-safe", doubted)):
        for item in items:
            print(f"{title}: {item}")
    return int(bool(missed or wrong))


if __name__ == "__main__":
    raise SystemExit(main())
