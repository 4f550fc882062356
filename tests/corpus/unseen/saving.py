"""The ways in which people save Python objects, dealt out in turn so that every library meets all of them."""

from __future__ import annotations

import bz2
import gzip
import io
import pickle
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

Make = Callable[[], object]


def _joblib(compress: object) -> Callable[[object], bytes]:
    def dump(value: object) -> bytes:
        import joblib

        buffer = io.BytesIO()
        joblib.dump(value, buffer, compress=compress)
        return buffer.getvalue()

    return dump


def _cloudpickle(value: object) -> bytes:
    """What cloudpickle writes, or the standard pickle where that would carry functions: code is no part of this set."""
    import cloudpickle

    content = bytes(cloudpickle.dumps(value))
    return pickle.dumps(value) if b"cloudpickle" in content else content


WAYS: Final[Mapping[str, Callable[[object], bytes]]] = {
    "p4.pkl": lambda value: pickle.dumps(value, 4),
    "joblib": _joblib(0),
    "p2.pkl": lambda value: pickle.dumps(value, 2),
    "p5.pickle": lambda value: pickle.dumps(value, 5),
    "zlib.joblib": _joblib(("zlib", 3)),
    "p3.sav": lambda value: pickle.dumps(value, 3),
    "gz.pkl": lambda value: gzip.compress(pickle.dumps(value), mtime=0),
    "cloud.pkl": _cloudpickle,
    "xz.joblib": _joblib(("xz", 3)),
    "bz2.pkl": lambda value: bz2.compress(pickle.dumps(value)),
}


def save(folder: Path, models: Mapping[str, Make], ways: int = 1) -> int:
    """Make and save every model in ``ways`` of the ways, in turn. What cannot be made or saved is told and left out."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(WAYS)
    saved = 0
    for number, (name, make) in enumerate(models.items()):
        try:
            value = make()
            for step in range(ways):
                way = names[(number * ways + step) % len(names)]
                (folder / f"{name}.{way}").write_bytes(WAYS[way](value))
                saved += 1
        except Exception as error:
            print(f"  {folder.name}/{name}: not built ({type(error).__name__}: {str(error)[:80]})", file=sys.stderr)
    return saved
