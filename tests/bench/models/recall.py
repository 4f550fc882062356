"""The whole corpus and the benign models through every scanner: who flags what, how long it takes, with how much memory."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.models import measure
from tests.bench.models.measure import Cost
from tests.bench.models.peers import PEERS, Answer, Peer
from tests.corpus.family import Label

LIMIT = 3600.0
FOLDER_LIMIT = 300.0


@dataclass(slots=True)
class Corpus:
    """The written files: ``item`` maps a file to its item, ``family`` an item to (family, label)."""

    root: Path
    item: dict[Path, str] = field(default_factory=dict)
    family: dict[str, tuple[str, Label]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """What one scanner said of every item; its cost over the folder in one run, None when it reads single files only."""

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
    """One run of ``lading inspect`` over the folder, read twice: malicious only, and everything not known-safe."""
    command = [sys.executable, "-m", "scanner", "inspect", "--format", "json", str(corpus.root)]
    cost = measure.run([*command[:1], "-P", *command[1:]], LIMIT, folder)
    verdicts: dict[str, set[str]] = defaultdict(set)
    for line in cost.output.splitlines():
        if line.startswith("{"):
            said = json.loads(line)
            path = corpus.root / said["path"].partition("!")[0]
            verdicts[corpus.item.get(path, path.relative_to(corpus.root).parts[0])].add(said["verdict"])
    strict: dict[str, Answer] = {}
    sure: dict[str, Answer] = {}
    for item in corpus.family:
        strict[item] = "flagged" if verdicts[item] - {"known-safe"} else "clean"
        sure[item] = "flagged" if "malicious" in verdicts[item] else "clean"
    return Result("lading: malicious", sure, cost), Result("lading: not known-safe", strict, cost)


def peer(corpus: Corpus, scanner: Peer, folder: Path) -> Result:
    """Run a peer over every file; an item is flagged when one of its files is."""
    listed, out = folder / "files", folder / f"{scanner.name}.json"
    listed.write_text("".join(f"{path}\n" for path in corpus.item))
    driver = Path(__file__).with_name("each_file.py")
    command = [sys.executable, str(driver), scanner.script, str(listed), str(out), *scanner.arguments]
    measure.run(command, LIMIT, folder)
    rank: tuple[Answer, ...] = ("flagged", "error", "clean")
    answers: dict[str, Answer] = dict.fromkeys(corpus.family, "clean")
    for line in out.read_text().splitlines():
        said = json.loads(line)
        item = corpus.item[Path(said["path"])]
        answers[item] = min(answers[item], scanner.read(said["code"], said["text"]), key=rank.index)
    script = str(Path(sys.executable).with_name(scanner.script))
    whole = [script, *scanner.arguments, str(corpus.root)]
    return Result(scanner.name, answers, measure.run(whole, FOLDER_LIMIT, folder) if scanner.reads_folders else None)


def compare(corpus: Corpus, folder: Path) -> list[Result]:
    """Lading, then every peer."""
    return [*lading(corpus, folder), *(peer(corpus, one, folder) for one in PEERS)]


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
    rows.append(f"| the folder in one run | {len(corpus.item)} files | " + " | ".join(costs) + " |")
    return "\n".join(rows)


def _percent(result: Result, items: list[str]) -> str:
    flagged = sum(result.answers[item] == "flagged" for item in items)
    share = 100 * flagged / len(items) if items else 0
    return "100" if flagged == len(items) else f"{min(share, 99.9):.1f}".removesuffix(".0")
