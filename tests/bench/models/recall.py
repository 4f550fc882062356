"""The whole corpus and the benign models through every scanner: who flags what, how long it takes, with how much memory."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.models import measure
from tests.bench.models.measure import Cost
from tests.bench.models.peers import PEERS, Answer, Peer
from tests.corpus.family import Label

LIMIT = 3600.0
FOLDER_LIMIT = 60.0
TOGETHER = 2
"""Peers that read single files at one time; nothing is timed there."""


@dataclass(slots=True)
class Corpus:
    """The written files: ``item`` maps a file to its item, ``family`` an item to (family, label)."""

    root: Path
    item: dict[Path, str] = field(default_factory=dict)
    family: dict[str, tuple[str, Label]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)

    @property
    def hostile(self) -> Path:
        """The folder with everything that is not benign."""
        return self.root / "hostile"


@dataclass(frozen=True, slots=True)
class Result:
    """What one scanner said of every item; its cost over all hostile files in one run, None when it reads single files."""

    name: str
    answers: dict[str, Answer]
    cost: Cost | None


def written(root: Path, folder: Path) -> Corpus:
    """Have another process write the corpus, so that this one stays small, and read its index."""
    index = folder / "index.json"
    cost = measure.run(
        [sys.executable, "-m", "tests.bench.models.write", str(root), str(index)], LIMIT, folder, Path.cwd()
    )
    if cost.code != 0:
        raise RuntimeError(f"the corpus cannot be written: {cost.output[-2000:]}")
    told = json.loads(index.read_text())
    item = {root / path: name for path, name in told["item"].items()}
    return Corpus(
        root, item, {name: (family, label) for name, (family, label) in told["family"].items()}, told["absent"]
    )


def lading(corpus: Corpus, folder: Path) -> tuple[Result, Result]:
    """One run of ``lading inspect`` over everything, read twice: malicious only, and all that is not known-safe."""
    command = [sys.executable, "-P", "-m", "scanner", "inspect"]
    answered = measure.run([*command, "--format", "json", str(corpus.root)], LIMIT, folder)
    verdicts: dict[str, set[str]] = defaultdict(set)
    for line in answered.output.splitlines():
        if line.startswith("{"):
            said = json.loads(line)
            path = corpus.root / said["path"].partition("!")[0]
            verdicts[corpus.item.get(path, "/".join(path.relative_to(corpus.root).parts[:2]))].add(said["verdict"])
    strict: dict[str, Answer] = {}
    sure: dict[str, Answer] = {}
    for item in corpus.family:
        strict[item] = "flagged" if verdicts[item] - {"known-safe"} else "clean"
        sure[item] = "flagged" if "malicious" in verdicts[item] else "clean"
    cost = measure.run([*command, str(corpus.hostile)], FOLDER_LIMIT, folder)
    return Result("lading: malicious", sure, cost), Result("lading: not known-safe", strict, cost)


def answers(corpus: Corpus, scanner: Peer, folder: Path) -> dict[str, Answer]:
    """Run a peer over every file; an item is flagged when one of its files is."""
    own = folder / scanner.name
    own.mkdir()
    listed, out = own / "files", own / "answers"
    listed.write_text("".join(f"{path}\n" for path in corpus.item))
    driver = Path(__file__).with_name("each_file.py")
    command = [sys.executable, str(driver), scanner.script, str(listed), str(out), *scanner.arguments]
    measure.run(command, LIMIT, own)
    rank: tuple[Answer, ...] = ("flagged", "error", "clean")
    found: dict[str, Answer] = dict.fromkeys(corpus.family, "clean")
    for line in out.read_text().splitlines():
        said = json.loads(line)
        item = corpus.item[Path(said["path"])]
        found[item] = min(found[item], scanner.read(said["code"], said["text"]), key=rank.index)
    return found


def compare(corpus: Corpus, folder: Path) -> list[Result]:
    """Lading, then every peer."""
    results = list(lading(corpus, folder))
    with ThreadPoolExecutor(TOGETHER) as together:
        found = list(together.map(lambda scanner: answers(corpus, scanner, folder), PEERS))
    for scanner, said in zip(PEERS, found, strict=True):
        whole = [str(Path(sys.executable).with_name(scanner.script)), *scanner.arguments, str(corpus.hostile)]
        cost = measure.run(whole, FOLDER_LIMIT, folder) if scanner.reads_folders else None
        results.append(Result(scanner.name, said, cost))
    return results


def table(corpus: Corpus, results: list[Result]) -> str:
    """A Markdown table: percent flagged a family, then recall, false positives, errors, time and memory."""
    groups: dict[str, list[str]] = defaultdict(list)
    for item, (family, _) in corpus.family.items():
        groups[family].append(item)
    rows = ["| family | items | " + " | ".join(one.name for one in results) + " |"]
    rows.append("|---|---:|" + "---:|" * len(results))
    for family, items in groups.items():
        rows.append(f"| {family} | {len(items)} | " + " | ".join(_percent(one, items) for one in results) + " |")
    hostile = [item for item, (_, label) in corpus.family.items() if label != "benign"]
    sure = [item for item, (_, label) in corpus.family.items() if label == "malicious"]
    honest = [item for item, (_, label) in corpus.family.items() if label == "benign"]
    for title, items in (("**recall, payloads**", sure), ("**recall, all**", hostile), ("**false positives**", honest)):
        rows.append(f"| {title} | {len(items)} | " + " | ".join(_percent(one, items) for one in results) + " |")
    errors = [str(sum(answer == "error" for answer in one.answers.values())) for one in results]
    rows.append(f"| errors (count as not flagged) | {len(corpus.family)} | " + " | ".join(errors) + " |")
    costs = ["reads one file" if one.cost is None else str(one.cost) for one in results]
    files = sum(path.is_relative_to(corpus.hostile) for path in corpus.item)
    rows.append(f"| all hostile files in one run | {files} files | " + " | ".join(costs) + " |")
    return "\n".join(rows)


def _percent(result: Result, items: list[str]) -> str:
    flagged = sum(result.answers[item] == "flagged" for item in items)
    share = 100 * flagged / len(items) if items else 0
    return "100" if flagged == len(items) else f"{min(share, 99.9):.1f}".removesuffix(".0")
