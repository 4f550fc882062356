"""Whole scans in processes of their own, against what reading and hashing alone costs."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path
from typing import Any

import pytest

FILES = 50_000
LARGE = 8
LARGE_SIZE = 128 << 20
CHUNK = 1 << 20


def hash_tree(root: Path) -> None:
    """The floor: walk, read and hash every file in one thread."""
    for folder, _, names in os.walk(root):
        for name in names:
            hasher = hashlib.sha256()
            with open(os.path.join(folder, name), "rb") as stream:
                while data := stream.read(CHUNK):
                    hasher.update(data)
            hasher.hexdigest()


@pytest.fixture(scope="module")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """50,000 files of a few hundred bytes in 100 folders, all different."""
    root = tmp_path_factory.mktemp("small")
    words = random.Random(1)
    for number in range(FILES):
        folder = root / f"folder{number % 100}"
        if number < 100:
            folder.mkdir()
        (folder / f"file{number}.txt").write_bytes(words.randbytes(200 + number % 500))
    return root


@pytest.fixture(scope="module")
def large_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1 GiB in 8 files."""
    root = tmp_path_factory.mktemp("large")
    words = random.Random(2)
    block = words.randbytes(CHUNK)
    for number in range(LARGE):
        with (root / f"weights{number}.dat").open("wb") as stream:
            for part in range(LARGE_SIZE // CHUNK):
                stream.write(bytes([number, part % 256]) + block[2:])
    return root


def test_fifty_thousand_small_files(benchmark: Any, run: Any, best: Any, small_files: Path, tmp_path: Path) -> None:
    floor = best(lambda: hash_tree(small_files))
    output = f"json={tmp_path / 'scan.json'}"
    done = benchmark.pedantic(run, ("-m", "scanner", "scan", str(small_files), "--quiet", "--output", output), rounds=3)
    seconds = benchmark.stats.stats.min
    benchmark.extra_info |= {
        "files/s": FILES / seconds,
        "floor s": floor,
        "ratio": seconds / floor,
        "MiB": done.peak_mib,
    }
    assert done.code == 0
    assert FILES / seconds >= 5000
    assert done.peak_mib < 300


def test_hashing_throughput(benchmark: Any, run: Any, best: Any, large_files: Path, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("one small file: what a scan costs beside its bytes")
    cores = len(os.sched_getaffinity(0))
    floor = best(lambda: hash_tree(large_files))
    fixed = best(lambda: run("-m", "scanner", "scan", str(tmp_path), "--quiet"))
    done = benchmark.pedantic(run, ("-m", "scanner", "scan", str(large_files), "--quiet"), rounds=3)
    share = (floor / cores) / (benchmark.stats.stats.min - fixed)
    benchmark.extra_info |= {"cores": cores, "one thread s": floor, "fixed s": fixed, "share of all cores": share}
    assert done.code == 0
    assert share >= 0.9


def test_memory_for_one_huge_file(benchmark: Any, run: Any, tmp_path: Path) -> None:
    with (tmp_path / "huge.bin").open("wb") as stream:
        stream.truncate(4 << 30)
    done = benchmark.pedantic(run, ("-m", "scanner", "scan", str(tmp_path), "--quiet"), rounds=1)
    benchmark.extra_info |= {"MiB": done.peak_mib}
    assert done.peak_mib < 300


def test_the_demo_scan(benchmark: Any, run: Any, tmp_path: Path) -> None:
    outputs = [f"--output={form}={tmp_path / form}" for form in ("html", "json", "sarif", "cyclonedx")]
    done = benchmark.pedantic(
        run, ("-m", "scanner", "scan", "fixtures/fraud-detection", "--quiet", *outputs), rounds=3, warmup_rounds=1
    )
    benchmark.extra_info |= {"MiB": done.peak_mib}
    assert done.code == 1
    assert benchmark.stats.stats.min < 3
