"""Worker processes: the same evidence with any number of them, and none is lost with a worker."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import forkserver
from pathlib import Path

from scanner.graph import Graph
from scanner.sources.directory import Handle
from scanner.workers import BATCH_FILES, batches, examine_all


def handles_in(root: Path) -> list[Handle]:
    return [Handle(path.name, str(path), str(root), path.stat().st_size) for path in sorted(root.iterdir())]


def test_batches_keep_every_handle_and_their_limits(tmp_path: Path) -> None:
    handles = [Handle(str(number), "f", "r", 1 << 20) for number in range(500)]
    grouped = list(batches(handles))
    assert [handle for batch in grouped for handle in batch] == handles
    assert all(len(batch) <= BATCH_FILES and sum(handle.size for handle in batch) <= 16 << 20 for batch in grouped)


def test_one_and_four_workers_say_the_same(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"file{number}").write_text(f"{number} " * 40)
    done: list[int] = []
    folded = [
        Graph.fold(examine_all(handles_in(tmp_path), jobs, lambda files, size: done.append(files))) for jobs in (1, 4)
    ]
    views = [[graph.artifact(ref) for ref in graph.refs()] for graph in folded]
    assert views[0] == views[1]
    assert sum(done) == 600


def test_a_file_that_kills_its_worker_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "small").write_text("read me " * 20)
    with (tmp_path / "endless").open("wb") as stream:
        stream.truncate(1 << 40)
    stop = threading.Event()

    def kill_busy_workers() -> None:
        while not stop.is_set():
            for process in Path("/proc").iterdir():
                if process.name.isdigit() and _reads(process, "endless"):
                    os.kill(int(process.name), signal.SIGKILL)
            time.sleep(0.05)

    killer = threading.Thread(target=kill_busy_workers)
    killer.start()
    try:
        graph = Graph.fold(examine_all(handles_in(tmp_path), 2, lambda files, size: None))
    finally:
        stop.set()
        killer.join()
    assert [(item.location.path, item.detail) for _, item in graph.not_examined] == [
        ("endless", "the worker that read it was lost")
    ]
    assert graph.seen(graph.at("small")[0])


def _reads(process: Path, name: str) -> bool:
    """Whether a child of the fork server has the file open."""
    try:
        parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        if parent != forkserver._forkserver._forkserver_pid:  # type: ignore[attr-defined]
            return False
        return any(os.readlink(link).endswith("/" + name) for link in (process / "fd").iterdir())
    except OSError:
        return False
