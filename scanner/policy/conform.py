"""Does a value have the form that the vocabulary gives its evidence group?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scanner.model import Json
from scanner.vocabulary import Fields, ListOf, OneOf, Scalar, Type

_SCALARS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "time": (str,),
    "int": (int,),
    "number": (int, float),
    "bool": (bool,),
}


def problem(kind: Type, value: Json, where: str) -> str | None:
    """The first difference between a value and its type, as a sentence; None when it conforms."""
    if isinstance(kind, Scalar):
        if value is None:
            return None if kind.nullable else f"{where} is null"
        good = isinstance(value, _SCALARS[kind.name]) and isinstance(value, bool) == (kind.name == "bool")
        return None if good else f"{where} is not of type {kind.name}"
    if isinstance(kind, OneOf):
        return None if value in kind.values else f"{where} is not one of {', '.join(kind.values)}"
    if isinstance(kind, Fields):
        if not isinstance(value, Mapping) or set(value) != set(kind.members):
            return f"{where} needs exactly the keys {', '.join(kind.members)}"
        found = (problem(member, value[name], f"{where}.{name}") for name, member in kind.members.items())
        return next((one for one in found if one is not None), None)
    return _list(kind, value, where)


def _list(kind: ListOf, value: Json, where: str) -> str | None:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return f"{where} is not a list"
    found = (problem(kind.item, member, f"{where}[{index}]") for index, member in enumerate(value))
    return next((one for one in found if one is not None), None)
