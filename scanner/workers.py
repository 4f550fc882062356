"""Examining many Blobs in worker processes; a worker that is lost does not lose the scan.

The result does not depend on the number of workers: evidence is folded without regard to order.
"""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from typing import Final

from scanner.errors import OVER_LIMIT
from scanner.examine import examine, lost
from scanner.model import Evidence
from scanner.sources.directory import Handle

BATCH_FILES: Final = 128
BATCH_BYTES: Final = 16 << 20
MEMORY: Final = 4 << 30
"""Address space of one worker, bytes."""

Batch = tuple[Handle, ...]


def _start_worker() -> None:
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _examine_batch(batch: Batch) -> list[Evidence]:
    return [evidence for handle in batch for evidence in examine(handle)]


def batches(handles: Iterable[Handle]) -> Iterator[Batch]:
    """Handles in groups of at most :data:`BATCH_FILES` files and about :data:`BATCH_BYTES` bytes."""
    batch: list[Handle] = []
    size = 0
    for handle in handles:
        if batch and (len(batch) >= BATCH_FILES or size + handle.size > BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(handle)
        size += handle.size
    if batch:
        yield tuple(batch)


def prepare() -> None:
    """Start the server that workers are forked from; it loads what they need while the caller goes on."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["scanner.examine"])
    forkserver.ensure_running()


def _pool(jobs: int) -> ProcessPoolExecutor:
    prepare()
    context = multiprocessing.get_context("forkserver")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)


def examine_all(handles: Iterable[Handle], jobs: int, progress: Callable[[int, int], None]) -> Iterator[Evidence]:
    """Evidence about every handle, as it comes in. ``progress`` is told files and bytes done after each batch.

    A batch whose worker dies is tried again file by file; the file that kills its worker ends as not examined.
    """
    waiting: list[Batch] = sorted(batches(handles), key=lambda batch: -sum(handle.size for handle in batch))
    suspects: list[Handle] = []
    while waiting:
        taken, waiting = yield from _run(waiting, jobs, progress)
        suspects += taken
    for handle in suspects:
        again, _ = yield from _run([(handle,)], 1, progress)
        if again:
            yield lost(handle.path, OVER_LIMIT, "the worker that read it was lost")
            progress(1, handle.size)


def _run(
    waiting: Sequence[Batch], jobs: int, progress: Callable[[int, int], None]
) -> Generator[Evidence, None, tuple[list[Handle], list[Batch]]]:
    """Run batches; the generator's value: handles of batches that a dying worker took with it, batches not begun."""
    suspects: list[Handle] = []
    with _pool(min(jobs, len(waiting))) as pool:
        pending: dict[Future[list[Evidence]], Batch] = {}
        todo = iter(waiting)
        broken = False
        while True:
            while not broken and len(pending) < jobs * 4 and (batch := next(todo, None)) is not None:
                try:
                    pending[pool.submit(_examine_batch, batch)] = batch
                except BrokenProcessPool:
                    broken = True
                    suspects += batch
            if not pending:
                break
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                batch = pending.pop(future)
                try:
                    yield from future.result()
                except BrokenProcessPool:
                    broken = True
                    suspects += batch
                else:
                    progress(len(batch), sum(handle.size for handle in batch))
    return suspects, list(todo)
