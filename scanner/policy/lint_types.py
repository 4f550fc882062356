"""Lint of one compiled condition against the vocabulary: field paths, closed word lists, null tests, comprehensions."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

from scanner.policy.syntax import Expression, chain, walk
from scanner.vocabulary import COMMON_FIELDS, Fields, ListOf, OneOf, Scalar, Type, policy_groups_of

_COMPARISONS: Final = ("_==_", "_!=_")


def artifact_type(kind: str) -> Fields:
    """The type of ``artifact`` for a kind: the common fields and every group that a policy may read."""
    return Fields({**COMMON_FIELDS, **{name: group.type for name, group in policy_groups_of(kind).items()}})


def type_at(root: Type, path: tuple[str, ...]) -> Type | str:
    """The type at a field path below ``root``; a sentence when there is no such field."""
    found = root
    for index, name in enumerate(path):
        if not isinstance(found, Fields):
            return f"{'.'.join(path[:index]) or 'this'} has no fields; it is a {_word(found)}"
        if name not in found.members:
            close = difflib.get_close_matches(name, list(found.members), 1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(found.members))}"
            return f"field {name!r} is not in the vocabulary; {hint}"
        found = found.members[name]
    return found


def _word(kind: Type) -> str:
    return kind.name if isinstance(kind, Scalar) else "list" if isinstance(kind, ListOf) else "word"


def problems(tree: Expression, roots: Mapping[str, Type]) -> Iterator[str]:
    """What is wrong with an expression whose variables ``artifact`` and ``item`` have these types."""
    yield from _Scope(roots, tree).check(tree, inside=False)


class _Scope:
    """Types of the variables visible at one place of an expression."""

    def __init__(self, types: Mapping[str, Type], whole: Expression) -> None:
        self.types = types
        self.whole = whole

    def check(self, part: Expression, *, inside: bool) -> Iterator[str]:
        """Problems of ``part``; ``inside`` a comprehension."""
        path = chain(part)
        if path is not None:
            yield from self._path(path)
            return
        if part.kind == "other":
            yield "maps and messages cannot be built in a condition; compare fields instead"
        if part.kind == "call":
            yield from self._call(part)
        if part.kind == "comprehension":
            yield from self._comprehension(part, inside=inside)
            return
        for inner in part.parts:
            yield from self.check(inner, inside=inside)

    def _path(self, path: tuple[str, ...]) -> Iterator[str]:
        root = self.types.get(path[0])
        if root is None:
            return
        if len(path) == 1 and isinstance(root, Fields):
            yield f"{path[0]!r} stands alone; name one of its fields"
            return
        found = type_at(root, path[1:])
        if isinstance(found, str):
            yield f"{'.'.join(path)}: {found}"

    def _comprehension(self, part: Expression, *, inside: bool) -> Iterator[str]:
        if inside:
            yield "a list is searched inside another list; use each for the outer one"
        if part.name in ("artifact", "item", "now"):
            yield f"the loop variable {part.name!r} hides a variable; rename it"
        yield from self.check(part.parts[0], inside=True)
        found = self._type(part.parts[0])
        if found is not None and not isinstance(found, ListOf):
            yield "exists, all, map and filter need a list; compare the field itself"
        member = {part.name: found.item} if isinstance(found, ListOf) else {}
        scope = _Scope({**self.types, **member}, self.whole)
        for inner in part.parts[1:]:
            yield from scope.check(inner, inside=True)

    def _type(self, part: Expression) -> Type | None:
        path = chain(part)
        root = self.types.get(path[0]) if path else None
        if path is None or root is None:
            return None
        found = type_at(root, path[1:])
        return None if isinstance(found, str) else found

    def _call(self, part: Expression) -> Iterator[str]:
        if part.name in _COMPARISONS and len(part.parts) == 2:
            for field, other in (part.parts, part.parts[::-1]):
                yield from self._words(field, other)
        elif part.name == "@in":
            for member in part.parts[1].parts if part.parts[1].kind == "list" else ():
                yield from self._words(part.parts[0], member)
        elif part.name == "timestamp" and part.parts:
            found, path = self._type(part.parts[0]), chain(part.parts[0])
            if isinstance(found, Scalar) and found.nullable and path and not self._null_tested(path):
                yield f"{'.'.join(path)} may be null; test '{'.'.join(path)} != null' before timestamp()"

    def _words(self, field: Expression, other: Expression) -> Iterator[str]:
        found = self._type(field)
        if isinstance(found, OneOf) and other.kind == "const" and other.value not in found.values:
            name = ".".join(chain(field) or ())
            yield f"{name} is never {other.value!r}; it is one of {', '.join(found.values)}"

    def _null_tested(self, path: tuple[str, ...]) -> bool:
        return any(
            part.kind == "call"
            and part.name in _COMPARISONS
            and any(chain(one) == path for one in part.parts)
            and any(one.kind == "const" and one.value is None for one in part.parts)
            for part in walk(self.whole)
        )
