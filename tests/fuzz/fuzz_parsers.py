"""Coverage-guided fuzzing with atheris: ``python -m tests.fuzz.fuzz_parsers [--runs N | --seconds N] [TARGET...]``.

Every target runs in a process of its own, forked once the instrumented scanner is loaded. An input that makes a parser
let out another error than it documents, or pass the limits of time or memory, is kept as ``FOLDER/TARGET/crash-*``.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Final

import atheris

with open(os.devnull, "w") as silence, contextlib.redirect_stderr(silence), atheris.instrument_imports(["scanner"]):
    from tests.fuzz.registry import TARGETS
from tests.fuzz.seeds import keywords, samples, seeds_of
from tests.fuzz.targets import Target, check
from tests.fuzz.values import changed

MEMORY: Final = 3 << 30
"""Address space of one target, bytes: less than a worker of a scan may use."""
LARGEST: Final = 128 << 10
PATIENCE: Final = 300
"""Seconds after which a target that should have ended is stopped."""


def main() -> int:
    """Fuzz the targets that are named, or all of them; 1 when one of them failed."""
    parser = argparse.ArgumentParser(prog="fuzz_parsers")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument("--runs", type=int, default=0, help="inputs tried beyond the seeds, the same ones every time")
    limit.add_argument("--seconds", type=int, default=60, help="time for each target (default 60)")
    parser.add_argument("--jobs", type=int, default=1, help="targets fuzzed at the same time")
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"), help="where inputs and logs are kept")
    given = parser.parse_args()
    unknown = sorted(set(given.targets) - TARGETS.keys())
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(sorted(TARGETS))}")
    samples()  # read once, before the processes part
    waiting = [TARGETS[name] for name in given.targets or sorted(TARGETS)]
    running: dict[int, tuple[Target, float]] = {}
    failed: list[str] = []
    while waiting or running:
        while waiting and len(running) < given.jobs:
            target = waiting.pop(0)
            running[_start(target, given)] = target, time.monotonic() + given.seconds + PATIENCE
        process, status = os.waitpid(-1, os.WNOHANG)
        if process:
            target, _ = running.pop(process)
            if status:
                failed.append(target.name)
                print(f"{target.name}: FAILED, see {given.folder / target.name}", flush=True)
            continue
        for process, (_, end) in running.items():
            if time.monotonic() > end:
                os.kill(process, 9)
        time.sleep(0.02)
    print(f"{len(given.targets or TARGETS)} targets, {len(failed)} failed")
    return 1 if failed else 0


def _start(target: Target, given: argparse.Namespace) -> int:
    """Fork the process of one target; its id."""
    process = os.fork()
    if not process:
        code = 1
        try:
            _fuzz(target, given)
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return process


def _fuzz(target: Target, given: argparse.Namespace) -> None:
    folder = given.folder / target.name
    seeds, found, scratch = folder / "seeds", folder / "found", folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    for one in (seeds, found, scratch):
        one.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(scratch)  # libFuzzer ends the process without cleaning up
    contents = seeds_of(target)
    for number, data in enumerate(contents):
        (seeds / f"{number:03}").write_bytes(data)
    (folder / "keywords").write_text(keywords(target) or '"lading"\n')
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = f"-runs={len(contents) + given.runs}" if given.runs else f"-max_total_time={given.seconds}"
    # Time and memory are watched by the target itself, whose traceback says more than libFuzzer's.
    options = ["-seed=1", "-timeout=0", "-rss_limit_mb=0", f"-max_len={LARGEST}", "-detect_leaks=0", limit]
    options += [f"-artifact_prefix={folder}/", f"-dict={folder / 'keywords'}"]

    def one_input(data: bytes) -> None:
        try:
            check(target, data)
        except BaseException:
            (folder / f"crash-{hashlib.sha256(data).hexdigest()[:16]}").write_bytes(data)
            raise

    arguments = [sys.argv[0], *options, str(found), str(seeds)]
    if any(changed(data, 0) is not None for data in contents):
        atheris.Setup(arguments, one_input, custom_mutator=_mutated)
    else:
        atheris.Setup(arguments, one_input)
    atheris.Fuzz()


def _mutated(data: bytes, largest: int, seed: int) -> bytes:
    """Every second time a document with another value, else other bytes."""
    document = changed(data, seed) if seed % 2 else None
    if document is not None and len(document) <= largest:
        return document
    return bytes(atheris.Mutate(data, largest))


if __name__ == "__main__":
    sys.exit(main())
