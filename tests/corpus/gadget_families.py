"""Families of section "gadgets": every function of the table in several encodings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.corpus.encodings import ENCODINGS, argument
from tests.corpus.family import Family, Item, one_file
from tests.corpus.gadgets import TABLE, UNKNOWN_CODE

ENCODINGS_EACH = 3
"""Encodings of one function; the next function goes on with the next ones, so that all are used with all effects."""

ONLY_WHEN_CALLED = {("torch.storage", "_load_from_bytes")}
"""Listed for its ordinary use as a callee; handing it over is unknown, which the pickle tests say."""


def _gadgets(effect: str) -> Iterator[Item]:
    names = list(ENCODINGS)
    rows = [(module, name) for kind, module, name in TABLE if kind == effect]
    for position, (module, name) in enumerate(rows):
        for step in range(ENCODINGS_EACH):
            encoding = names[(position * ENCODINGS_EACH + step) % len(names)]
            if encoding == "reference-only" and (module, name) in ONLY_WHEN_CALLED:
                encoding = "global-p2"
            title = f"{module}.{name}-{encoding}"
            yield one_file(title, ENCODINGS[encoding](module, name, argument(title)))


def _unknown_code() -> Iterator[Item]:
    for line in UNKNOWN_CODE.split("\n"):
        module, _, listed = line.partition(":")
        for name in listed.split():
            for encoding in ("global-p2", "stack-global", "newobj"):
                title = f"{module}.{name}-{encoding}"
                yield one_file(title, ENCODINGS[encoding](module, name, argument(title)))


FAMILIES = (
    *(
        Family(f"gadget/{effect}", "malicious", partial(_gadgets, effect))
        for effect in sorted({row[0] for row in TABLE})
    ),
    Family("gadget/unknown-code", "lie", _unknown_code),
)
