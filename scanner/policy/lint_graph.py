"""Lint of relationship types: can they leave and reach the kinds that a rule names?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from scanner.vocabulary import RELATIONSHIPS, policy_groups_of


def _onward(kinds: Collection[str], along: Collection[str], *, back: bool = False) -> set[str]:
    found, todo = set(kinds), list(kinds)
    while todo:
        kind = todo.pop()
        for type in along:
            ends = RELATIONSHIPS[type].sources, RELATIONSHIPS[type].targets
            near, far = ends[::-1] if back else ends
            if kind in near:
                todo.extend(set(far) - found)
                found.update(far)
    return found


def along_problems(
    starts: Sequence[str], along: Sequence[str], far: Sequence[str], *, direct: bool = False
) -> Iterator[str]:
    """Relationship types that lie on no way from the starting kinds to the far kinds."""
    ahead = set(starts) if direct else _onward(starts, along)
    behind = set(far) if direct else _onward(far, along, back=True)
    for type in along:
        entry = RELATIONSHIPS[type]
        if not ahead & set(entry.sources):
            yield f"relationship {type} cannot leave {', '.join(sorted(ahead))}; remove it ({entry.reads})"
        elif not behind & set(entry.targets):
            yield f"relationship {type} cannot lead to {', '.join(sorted(far))}; remove it ({entry.reads})"


def needed_groups(kinds: Sequence[str], along: Sequence[str]) -> set[str]:
    """Groups of all these kinds whose absence means that the relationships were not looked for."""
    wanted = {group for type in along if (group := RELATIONSHIPS[type].group) is not None}
    return {group for group in wanted if all(group in policy_groups_of(kind) for kind in kinds)}


def arriving_problems(kinds: Sequence[str], types: Sequence[str] | None, target: Sequence[str]) -> Iterator[str]:
    """Types of a ``linked`` condition that cannot go from one of the kinds to the selected kinds."""
    for type in types or ():
        entry = RELATIONSHIPS[type]
        if not set(kinds) & set(entry.sources) or not set(target) & set(entry.targets):
            yield f"relationship {type} cannot arrive at {', '.join(target)} from {', '.join(kinds)}; remove it"
    if types is None and not any(set(kinds) & set(RELATIONSHIPS[type].sources) for type in RELATIONSHIPS):
        yield f"nothing leaves {', '.join(kinds)}; name other kinds"


def group_problems(kinds: Sequence[str], groups: Sequence[str]) -> Iterator[str]:
    """Groups of ``needs`` that a selected kind never has."""
    for group in groups:
        for kind in kinds:
            if group not in policy_groups_of(kind):
                yield f"needs: {kind} has no group {group!r}; known: {', '.join(sorted(policy_groups_of(kind)))}"
