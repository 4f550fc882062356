"""Denied references that the lists by hand may vouch for all the same: each read by a person, with the reason.

Everywhere else a denied effect outweighs every list. An entry here takes effect only together with its line under
``lists/by_hand/``, which names the rule for its arguments; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_MAKES_GIVEN_CLASS: Final = "pickle itself makes every object so; the class that it is given is judged as if called"
_LOADS_STORAGE: Final = "loads a stream again, which is followed as well and has to be known-safe itself"
_MADE_FROM_STATE: Final = "admitted only made bare and given a state, which opens nothing; its call stays denied"
_LABELS_LIST: Final = "returns the list of numbers or tensors that it is given, or labels it with a type"
_STANDS_FOR_ARRAY: Final = "joblib as scikit-learn carried it until 0.22; the array behind it is sized and stepped over"
_DICT_OF_DATA_SET: Final = "a dict with attributes; what loads a data set is beside it, and stays denied"

OUTWEIGHED: Final[Mapping[tuple[str, str], str]] = {
    ("copyreg", "__newobj__"): _MAKES_GIVEN_CLASS,
    ("copyreg", "__newobj_ex__"): _MAKES_GIVEN_CLASS,
    ("copy_reg", "__newobj__"): _MAKES_GIVEN_CLASS,
    ("copy_reg", "__newobj_ex__"): _MAKES_GIVEN_CLASS,
    ("torch.storage", "_load_from_bytes"): _LOADS_STORAGE,
    ("joblib.memory", "Memory"): _MADE_FROM_STATE,
    ("sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper"): _STANDS_FOR_ARRAY,
    ("sklearn.datasets.base", "Bunch"): _DICT_OF_DATA_SET,
    ("numpy", "vectorize"): _MADE_FROM_STATE,
    ("numpy.lib.function_base", "vectorize"): _MADE_FROM_STATE,
    ("numpy.lib._function_base_impl", "vectorize"): _MADE_FROM_STATE,
    ("torch.jit._pickle", "build_intlist"): _LABELS_LIST,
    ("torch.jit._pickle", "build_doublelist"): _LABELS_LIST,
    ("torch.jit._pickle", "build_boollist"): _LABELS_LIST,
    ("torch.jit._pickle", "build_tensorlist"): _LABELS_LIST,
    ("torch.jit._pickle", "restore_type_tag"): _LABELS_LIST,
}
"""Module and name to the reason why they may be listed although an effect of the same name is denied."""
