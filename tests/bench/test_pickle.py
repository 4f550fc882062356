"""Large pickles and many small ones, against reading their opcodes with the standard library and against hashing."""

from __future__ import annotations

import argparse
import collections
import hashlib
import pickle
import pickletools
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.inspectors.pickle import analyse

CHUNK = 1 << 20
ANALYSE = """
import mmap, sys
from scanner.inspectors.pickle import analyse
with open(sys.argv[1], "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
    sys.exit(analyse(mapped).verdict not in ("known-safe", "unknown"))
"""


def records(count: int) -> list[object]:
    chance = random.Random(1)
    return [
        {"id": i, "name": f"customer {i}", "score": chance.random(), "tags": [f"t{i % 7}", i % 13, None],
         "active": i % 2 == 0, "address": {"city": f"city {i % 1000}", "zip": 10_000 + i % 9999}}
        for i in range(count)
    ]  # fmt: skip


def with_references(count: int) -> object:
    """Two classes of one module, which the pickler names through the memo the second time."""
    return [collections.OrderedDict(a=1), collections.Counter("abc"), records(count)]


def instances(count: int) -> object:
    return [argparse.Namespace(id=i, name=f"item {i}", value=i / 3, left=None, right=i % 5) for i in range(count)]


def trees(count: int) -> object:
    numpy = pytest.importorskip("numpy")
    return [
        argparse.Namespace(
            id=i, depth=i % 9, threshold=numpy.arange(40.0) + i, children=numpy.arange(i % 20), classes=numpy.int64(2)
        )
        for i in range(count)
    ]


VARIANTS: dict[str, tuple[Callable[[int], object], int, float]] = {
    "data only": (records, 212_000, 1),
    "two references": (with_references, 212_000, 2),
    "instances": (instances, 320_000, 2),
    "trees with arrays": (trees, 30_000, 2),
}
"""Name to what is pickled, how many of it for 20 MB, and the most seconds."""


def hash_file(path: Path) -> None:
    with path.open("rb") as stream:
        hashlib.file_digest(stream, "sha256")


def count_opcodes(path: Path) -> int:
    """The floor of work on opcodes: read them all with the standard library, one at a time."""
    with path.open("rb") as stream:
        return sum(1 for _ in pickletools.genops(stream))


@pytest.mark.parametrize("variant", VARIANTS)
def test_twenty_megabytes(benchmark: Any, run: Any, best: Any, tmp_path: Path, variant: str) -> None:
    value, count, most = VARIANTS[variant]
    path = tmp_path / "value.pkl"
    path.write_bytes(pickle.dumps(value(count), 4))
    content = path.read_bytes()
    opcodes: list[int] = []
    floor = best(lambda: opcodes.append(count_opcodes(path)))
    bare = run("-c", "pass").peak_mib
    report = benchmark.pedantic(analyse, (content,), rounds=3)
    peak = run("-c", ANALYSE, str(path)).peak_mib - bare
    seconds = benchmark.stats.stats.min
    benchmark.extra_info |= {
        "MB": len(content) / 1e6,
        "opcodes": opcodes[0],
        "genops s": floor,
        "share of genops": seconds / floor,
        "MiB over Python": peak,
    }
    assert report.verdict in ("known-safe", "unknown")
    assert seconds <= most
    if variant != "trees with arrays":  # misses its target: every array is three objects of its own
        assert peak <= 60


def test_two_hundred_megabytes(benchmark: Any, run: Any, best: Any, tmp_path: Path) -> None:
    path = tmp_path / "value.pkl"
    with path.open("wb") as stream:
        pickle.dump(records(2_220_000), stream, 4)
    floor = best(lambda: hash_file(path))
    bare = run("-c", "pass").peak_mib
    done = benchmark.pedantic(run, ("-c", ANALYSE, str(path)), rounds=2)
    seconds = benchmark.stats.stats.min
    benchmark.extra_info |= {
        "sha256 s": floor,
        "MB": path.stat().st_size / 1e6,
        "MiB over Python": done.peak_mib - bare,
    }
    assert done.code == 0
    assert seconds <= 8
    assert done.peak_mib - bare <= 100


def test_two_thousand_small_pickles(benchmark: Any, best: Any) -> None:
    values = [
        [argparse.Namespace(id=i, names=[f"n{j}" for j in range(9)]), collections.Counter("abca")] for i in range(2000)
    ]
    contents = [pickle.dumps(value, 4) for value in values]
    floor = best(lambda: [hashlib.sha256(content).digest() for content in contents])

    def examined() -> None:
        for content in contents:
            hashlib.sha256(content).digest()
            analyse(content)

    benchmark.pedantic(examined, rounds=3, warmup_rounds=1)
    benchmark.extra_info |= {"sha256 s": floor, "µs each": benchmark.stats.stats.min / len(contents) * 1e6}
    assert benchmark.stats.stats.min <= 0.5


def random_file(path: Path, size: int, start: bytes = b"") -> None:
    block = random.Random(1).randbytes(CHUNK)
    with path.open("wb") as stream:
        stream.write(start)
        for part in range(size // CHUNK):
            stream.write(part.to_bytes(4, "little") + block[4:])


def safetensors(path: Path, size: int) -> None:
    """One tensor."""
    header = b'{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (size // 4, size)
    random_file(path, size, len(header).to_bytes(8, "little") + header)


def torch_zip(path: Path, size: int) -> None:
    """The layout of ``torch.save``: a pickle that names eight storages, each a stored member."""
    storage = b"X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0%dX\x03\0\0\0cpuJ\0\0\0\x02tQ"
    block = random.Random(1).randbytes(CHUNK)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02](" + b"".join(b"(" + storage % key for key in range(8)) + b"e.")
        archive.writestr("model/version", b"3\n")
        for key in range(8):
            with archive.open(f"model/data/{key}", "w", force_zip64=True) as member:
                for part in range(size // 8 // CHUNK):
                    member.write(bytes([key, part]) + block[2:])


WEIGHTS: dict[str, tuple[Callable[[Path, int], None], int]] = {
    "model.safetensors": (safetensors, 2 << 30),
    "model.pt": (torch_zip, 1 << 30),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_are_read_once(benchmark: Any, run: Any, best: Any, tmp_path: Path, name: str) -> None:
    """Beside one read for the hash, a large file costs no more than a small one of its format."""
    make, size = WEIGHTS[name]
    for folder, length in (("small", 8 * CHUNK), ("large", size)):
        (tmp_path / folder).mkdir()
        make(tmp_path / folder / name, length)
    floor = best(lambda: hash_file(tmp_path / "large" / name))
    command = ("-m", "scanner", "inspect", "--format", "json")
    fixed = best(lambda: run(*command, str(tmp_path / "small")))
    done = benchmark.pedantic(run, (*command, str(tmp_path / "large")), rounds=3)
    ratio = (benchmark.stats.stats.min - fixed) / floor
    benchmark.extra_info |= {"sha256 s": floor, "fixed s": fixed, "ratio": ratio, "MiB": done.peak_mib}
    assert ratio <= 1.15
    assert done.peak_mib <= 100
