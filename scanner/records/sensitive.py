"""Values that a record marks as sensitive: found, and taken out, before anything else reads the record.

Marks have the shape of the value: ``true`` stands for a whole subtree. Where marks and value disagree in shape, the whole
subtree counts as sensitive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.records.plain import Plain, mapping, sequence


def without_sensitive(value: Plain, marks: Plain) -> Plain:
    """``value`` with None where it is marked; bounded by the nesting that the reader of the record allowed."""
    if not marks:
        return value
    if isinstance(marks, Mapping) and isinstance(value, Mapping):
        return {key: without_sensitive(member, marks.get(key)) for key, member in value.items()}
    if _is_list(marks) and _is_list(value):
        found = sequence(marks)
        return [without_sensitive(one, found[n] if n < len(found) else None) for n, one in enumerate(sequence(value))]
    return None


def sensitive_parts(value: Plain, marks: Plain, place: str = "") -> Iterator[tuple[str, Plain]]:
    """What ``value`` holds that is marked, with its place as ``a.b.0``."""
    if not marks or value is None:
        return
    if isinstance(marks, Mapping) and isinstance(value, Mapping):
        for key in sorted(marks.keys() & value.keys()):
            yield from sensitive_parts(value[key], marks[key], f"{place}.{key}" if place else key)
    elif _is_list(marks) and _is_list(value):
        for number, (one, mark) in enumerate(zip(sequence(value), sequence(marks), strict=False)):
            yield from sensitive_parts(one, mark, f"{place}.{number}" if place else str(number))
    else:
        yield place, value


def _is_list(value: Plain) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def marks_of_paths(paths: Plain) -> Plain:
    """Marks out of the list of paths that Terraform's state keeps (``sensitive_attributes``).

    A step into a list or map is followed by its key; a path that cannot be followed marks everything.
    """
    top: dict[str, Any] = {}
    for path in sequence(paths):
        inner = top
        steps = sequence(path)
        for number, step in enumerate(steps):
            fields = mapping(step)
            key = fields.get("value")
            if fields.get("type") != "get_attr" or not isinstance(key, str):
                # An index: everything below the attribute before it.
                inner[""] = True
                break
            inner = inner.setdefault(key, {})
            if number == len(steps) - 1:
                inner[""] = True
    return _folded(top)


def _folded(marks: dict[str, Any]) -> Plain:
    return True if "" in marks else {key: _folded(member) for key, member in marks.items()}
