"""The stream that ``torch.save`` wrote before version 1.6: five pickles, then the raw storages.

The pickles are a magic number, a protocol number, system facts, the object and the sorted storage keys; each storage is
an item count (int64) and its items (``torch/serialization.py``, ``_legacy_save``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scanner.inspectors.pickle.machine import Data
from scanner.inspectors.pickle.symbols import Value

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
PICKLES: Final = 5

_ITEM_SIZE: Final = {
    "FloatStorage": 4, "DoubleStorage": 8, "HalfStorage": 2, "BFloat16Storage": 2, "LongStorage": 8, "IntStorage": 4,
    "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1, "ComplexFloatStorage": 8,
    "ComplexDoubleStorage": 16, "QUInt8Storage": 1, "QInt8Storage": 1, "QInt32Storage": 4, "UntypedStorage": 1,
}  # fmt: skip


def is_header(values: Sequence[Value]) -> bool:
    """Whether the values of the first pickles are those of a legacy stream."""
    return len(values) >= 2 and values[0] == MAGIC and values[1] == PROTOCOL


def storages_end(data: Data, position: int, storages: Mapping[str, str]) -> int:
    """The offset behind the last storage that fits; ``storages`` maps each key to the name of its storage class."""
    for key in sorted(storages):
        count = int.from_bytes(data[position : position + 8], "little", signed=True)
        end = position + 8 + count * _ITEM_SIZE.get(storages[key], 0)
        if count < 0 or end > len(data) or storages[key] not in _ITEM_SIZE:
            break
        position = end
    return position
