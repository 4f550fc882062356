"""Single large inputs: seconds and memory of every scanner beside hashing the same bytes."""

from __future__ import annotations

import json
import pickle
import shutil
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.models import measure
from tests.bench.models.peers import PEERS

LIMIT = 120.0
"""Seconds for one scanner and one input."""
HEAVY = 256
"""MiB on disk above which an input is asked for; a pickle of it needs :data:`PEER_MEMORY` in most peers."""
PEER_MEMORY = 16 << 30
HASH = "import hashlib,sys,os\nfor d,_,fs in os.walk(sys.argv[1]):\n for f in fs:\n  hashlib.file_digest(open(os.path.join(d,f),'rb'),'sha256')"


def _records(count: int) -> bytes:
    """A data pickle of dictionaries, 61 opcodes and 179 bytes each: 6.8 million opcodes in 20 MB."""
    rows = [
        {"id": number, "name": f"customer {number:010} of the southern sales region", "tags": ["a", "b", number % 97], "box": (number % 3, 1.5, None), "ok": True,
         **{f"f{field}": number * field % 251 for field in range(12)}}
        for number in range(count)
    ]  # fmt: skip
    return pickle.dumps(rows, 4)


def _pickle(target: Path, bytes_wanted: int) -> None:
    one = len(_records(2000)) / 2000
    target.write_bytes(_records(int(bytes_wanted / one)))


def _small_pickles(target: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    for number in range(2000):
        model = LogisticRegression().fit([[0.0], [number + 1.0]], [0, 1])
        (target / f"{number}.pkl").write_bytes(pickle.dumps(model, 2 + number % 4))


def _safetensors(target: Path) -> None:
    size = 2 << 30
    header = json.dumps({"w": {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}}).encode()
    with open(target / "model.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(header)) + header)
        _fill(out, size)


def _torch(target: Path) -> None:
    import zipfile

    state = b"\x80\x02}q\x00."
    with zipfile.ZipFile(target / "model.pt", "w", allowZip64=True) as archive:
        archive.writestr("archive/data.pkl", state)
        with archive.open("archive/data/0", "w", force_zip64=True) as out:
            _fill(out, 1 << 30)
        archive.writestr("archive/version", "3\n")


def _fill(out: object, size: int) -> None:
    block = bytes(range(256)) * 4096
    for _ in range(size // len(block)):
        out.write(block)  # type: ignore[attr-defined]


INPUTS: dict[str, tuple[int, Callable[[Path], None]]] = {
    "2,000 small scikit-learn pickles": (16, _small_pickles),
    "pickle of data, 20 MB, 6.8 million opcodes": (64, lambda folder: _pickle(folder / "model.pkl", 20_000_000)),
    "pickle of data, 211 MB, 71 million opcodes": (512, lambda folder: _pickle(folder / "model.pkl", 211_000_000)),
    "torch archive of 1 GiB": (1100, _torch),
    "safetensors of 2 GiB": (2100, _safetensors),
}
"""Title to MiB needed on disk and the writer of the input."""


def rows(root: Path, folder: Path, heavy: bool) -> Iterator[str]:
    """One Markdown row an input, those above :data:`HEAVY` only when asked for; what the disk cannot hold is told."""
    yield "| input | sha256 by hashlib | lading | " + " | ".join(one.name for one in PEERS) + " |"
    yield "|---|---|---|" + "---|" * len(PEERS)
    for title, (needed, write) in INPUTS.items():
        if needed > HEAVY and not heavy:
            continue
        if shutil.disk_usage(root).free < (needed + 256) << 20:
            yield f"| {title} | left out: less than {needed} MiB free |"
            continue
        target = root / "large"
        target.mkdir()
        write(target)
        files = sorted(target.iterdir())
        _read(files)
        hashed = measure.run([sys.executable, "-c", HASH, str(target)], LIMIT, folder)
        own = measure.run([sys.executable, "-P", "-m", "scanner", "inspect", str(target)], LIMIT, folder)
        costs = [f"{hashed.seconds:.2f} s", str(own)]
        for peer in PEERS:
            if needed >= HEAVY and files[0].suffix == ".pkl" and _available() < PEER_MEMORY:
                costs.append("left out: too little memory")
            elif len(files) == 1 or peer.reads_folders:
                place = str(files[0] if len(files) == 1 else target)
                script = str(Path(sys.executable).with_name(peer.script))
                costs.append(str(measure.run([script, *peer.arguments, place], LIMIT, folder)))
            else:
                costs.append("reads one file")
        yield f"| {title} | " + " | ".join(costs) + " |"
        shutil.rmtree(target)


def _available() -> int:
    """Bytes of memory that the system can give."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) << 10


def _read(files: list[Path]) -> None:
    """Bring the files into the page cache, so that the first scanner does not pay for all."""
    for path in files:
        with open(path, "rb") as stream:
            while stream.read(1 << 20):
                pass
