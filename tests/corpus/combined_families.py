"""Drawn combinations of function, encoding and container: what nobody wrote down by hand. The draw never changes."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from tests.corpus.container_families import KEYS, MAGIC, PACKERS, PROTOCOL, SYSTEM, npy, tarred
from tests.corpus.encodings import ENCODINGS, argument
from tests.corpus.family import Family, Item, one_file
from tests.corpus.gadget_families import ONLY_WHEN_CALLED
from tests.corpus.gadgets import TABLE
from tests.corpus.zips import DEFLATED, Member, zipped

SEED: Final = 20260101
EACH: Final = 60
DATA: Final = pickle.dumps({"coefficients": [0.5, 1.5]}, 4)

CONTAINERS: Final[dict[str, Callable[[bytes], tuple[bytes, str]]]] = {
    "bare": lambda one: (one, "model.bin"),
    "second": lambda one: (DATA + one, "model.pkl"),
    "compressed-gz": lambda one: (PACKERS["gz"](one), "model.pkl.gz"),
    "compressed-xz": lambda one: (PACKERS["xz"](one), "model.joblib"),
    "compressed-zlib": lambda one: (PACKERS["z"](one), "model.joblib"),
    "torch": lambda one: (zipped([Member("m/data.pkl", one), Member("m/data/0", bytes(16))]), "model.pt"),
    "torch-deflated": lambda one: (zipped([Member("m/data.pkl", one, DEFLATED)]), "model.ckpt"),
    "torch-renamed": lambda one: (zipped([Member("m/data.pkl", DATA), Member("m/x.png", one)]), "model.bin"),
    "torch-legacy": lambda one: (MAGIC + PROTOCOL + SYSTEM + one + KEYS, "model.pt"),
    "torch-in-zip": lambda one: (zipped([Member("a.pt", zipped([Member("m/data.pkl", one)]))]), "models.zip"),
    "bad-crc": lambda one: (zipped([Member("m/data.pkl", one, crc=1)]), "model.pt"),
    "flags": lambda one: (zipped([Member("m/data.pkl", one, flags=1)]), "model.pt"),
    "tar": lambda one: (tarred(("a/model", one)), "model.tar"),
    "tar-gz": lambda one: (PACKERS["gz"](tarred(("a/model", one))), "model.tar.gz"),
    "npy": lambda one: (npy("'|O'", one), "array.npy"),
    "npz": lambda one: (zipped([Member("a.npy", npy("'|O'", one))]), "arrays.npz"),
    "carried": lambda one: (pickle.dumps({"weights": one}, 4), "model.pkl"),
}
"""Name to a function from a pickle to (content, file name)."""


def _drawn(container: str) -> Iterator[Item]:
    draw = random.Random(f"{SEED} {container}")
    pack = CONTAINERS[container]
    encodings = sorted(set(ENCODINGS) - {"reference-only"})
    for number in range(EACH):
        while True:
            _, module, name = draw.choice(TABLE)
            if (module, name) not in ONLY_WHEN_CALLED:
                break
        encoding = draw.choice(encodings)
        if container == "carried":
            encoding = draw.choice(("stack-global", "global-p2", "framed", "memoised", "newobj"))
        title = f"{number:02}-{module}.{name}-{encoding}"
        content, filename = pack(ENCODINGS[encoding](module, name, argument(f"{container} {title}")))
        yield one_file(title, content, filename)


FAMILIES = tuple(Family(f"combined/{name}", "malicious", partial(_drawn, name)) for name in CONTAINERS)
