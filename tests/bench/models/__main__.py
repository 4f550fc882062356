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
from tests.corpus.corpus import PENDING

DOUBT_ALLOWED = 0.01
"""Share of the benign files that may be not known-safe."""


def main() -> int:
    """Measure and print; 1 when Lading misses an item, or of the benign ones calls one malicious or doubts too many."""
    parser = argparse.ArgumentParser(prog="bench-models")
    parser.add_argument("--no-large", action="store_true", help="leave out the inputs of more than 200 MB")
    parser.add_argument("--no-corpus", action="store_true", help="only single inputs")
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
        for row in large.rows(folder, folder, not chosen.no_large):
            print(row, flush=True)
    return code


def _failures(corpus: recall.Corpus, results: list[recall.Result]) -> int:
    """Print what was judged wrongly; 1 when that is more than the bounds allow."""
    sure, strict = results[0].answers, results[1].answers
    labels = {item: label for item, (_, label) in corpus.family.items()}
    missed = [
        item
        for item, label in labels.items()
        if (label == "malicious" and sure[item] != "flagged") or (label == "lie" and strict[item] != "flagged")
    ]
    honest = [item for item, label in labels.items() if label == "benign"]
    wrong = [item for item in honest if sure[item] == "flagged"]
    doubted = [item for item in honest if strict[item] == "flagged"]
    for title, items in (("missed", missed), ("benign and malicious", wrong), ("benign and not known-safe", doubted)):
        for item in items:
            print(f"{title}: {item}")
    known = {f"hostile/{name.replace('/', '__')}" for name in PENDING}
    return int(bool(set(missed) - known or wrong) or len(doubted) > DOUBT_ALLOWED * len(honest))


if __name__ == "__main__":
    raise SystemExit(main())
