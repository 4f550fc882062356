"""The vocabulary agrees with itself."""

from __future__ import annotations

import pytest

from scanner.vocabulary import COMMON, KINDS, NUMBER, RELATIONSHIPS, TIME, Fields, ListOf, OneOf, groups_of


def test_relationships_connect_known_kinds_and_name_known_groups() -> None:
    for type in RELATIONSHIPS.values():
        assert {*type.sources, *type.targets} <= set(KINDS)
        if type.group is not None:
            assert all(type.group in groups_of(kind) for kind in type.sources if kind in ("model", "dataset"))


@pytest.mark.parametrize("kind", KINDS)
def test_groups_are_well_formed(kind: str) -> None:
    for name, group in groups_of(kind).items():
        assert group.meaning and not group.meaning.endswith("."), name
        assert group.fold in ("first", "worst", "union", "merge", "greatest"), name
        if isinstance(group.type, ListOf) and isinstance(group.type.item, Fields):
            assert group.type.key in group.type.item.members, name
        if group.fold == "union":
            assert isinstance(group.type, ListOf), name
        if group.fold == "greatest":
            assert isinstance(group.type, Fields) and group.type.members[str(group.order)] in (TIME, NUMBER), name
        elif group.order is not None and isinstance(group.type, Fields):
            assert isinstance(group.type.members[group.order], OneOf), name


def test_a_kind_never_redefines_a_common_group() -> None:
    assert all(not set(COMMON) & set(kind.groups) for kind in KINDS.values())
