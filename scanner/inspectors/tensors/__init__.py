"""The tensors of a model file, whatever the format: names, types, shapes, and a digest over their values.

A pure sub-package: one module a format gives a list of :class:`Tensor`, read from headers only; the values are read when a
digest is asked for. The digest is equal for equal tensors saved in different formats (:mod:`.table` says how it is made).
"""

from __future__ import annotations

from scanner.inspectors.tensors.formats import READERS, read_tensors
from scanner.inspectors.tensors.table import Tensor, tensor_digest, totals

__all__ = ["READERS", "Tensor", "read_tensors", "tensor_digest", "totals"]
