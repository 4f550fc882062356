"""The generated pages ``docs/rules/*.md``: one for each shipped pack, one for the vocabulary, and an index."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from scanner.policy.compiled import CompiledRule, PolicySet
from scanner.policy.documents import Condition, Quantifier
from scanner.policy.load import load_policies
from scanner.policy.packs import pack_names
from scanner.vocabulary import COMMON, COMMON_FIELDS, KINDS, RELATIONSHIPS, Fields, ListOf, OneOf, Scalar, Type


def pages(policies: PolicySet) -> dict[str, str]:
    """File name and Markdown text of every page."""
    found = {"README.md": _index(policies), "vocabulary.md": _vocabulary()}
    for bundle in policies.bundles:
        rules = [one for one in policies.rules if one.bundle is bundle]
        lines = [f"# {bundle.bundle.name}", "", bundle.bundle.description, "", f"Version {bundle.bundle.version}.", ""]
        if bundle.params:
            lines += ["| parameter | type | default | meaning |", "|---|---|---|---|"]
            lines += [
                f"| `{spec.name}` | {spec.type} | {_code(spec.default)} | {spec.description} |"
                for spec in bundle.params.values()
            ]
            lines.append("")
        for rule in rules:
            lines += _rule(rule)
        found[f"{bundle.bundle.name}.md"] = "\n".join(lines)
    return found


def _code(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"`{text}`" if text else ""


def _index(policies: PolicySet) -> str:
    lines = [
        "# Rules",
        "",
        "Generated from `policies/` by `python -m scanner.policy.rule_pages docs/rules`; do not edit.",
        "",
    ]
    lines += ["| rule | pack | severity | action | wanted condition |", "|---|---|---|---|---|"]
    for one in policies.rules:
        rule = one.rule
        link = f"[{rule.id}]({rule.bundle}.md#{rule.id.lower()})"
        lines.append(f"| {link} | {rule.bundle} | {rule.severity} | {rule.action} | {rule.title} |")
    return "\n".join([*lines, "", "What conditions may read: [vocabulary](vocabulary.md).", ""])


def _rule(compiled: CompiledRule) -> Iterator[str]:
    rule, select = compiled.rule, compiled.rule.select
    yield from (f"## {rule.id}", "", f"**{rule.title}** ({rule.severity}, {rule.action})", "", rule.why, "")
    judged = f"Judges every {' or '.join(select.kinds)}"
    if select.reached_from is not None:
        where = f" where `{select.reached_from.where}`" if select.reached_from.where else ""
        along = ", ".join(select.reached_from.along or ("any relationship",))
        judged += f" reached from a {' or '.join(select.reached_from.kinds)}{where} along {along}"
    judged += f", where `{select.where}`." if select.where else "."
    needs = f" Needs the evidence {', '.join(rule.needs)}." if rule.needs else ""
    yield from (judged + needs, "")
    for key, condition in rule.conditions().items():
        yield f"- `{key}`: {_condition(condition)}; otherwise it *{condition.say}*"
    yield from ("", f"**What to do:** {rule.fix}", "", f"Controls: {', '.join(rule.controls) or 'none'}.", "")


def _condition(condition: object) -> str:
    if isinstance(condition, Condition):
        each = f"for each of `{condition.each}`: " if condition.each else ""
        return f"{each}`{condition.that}`"
    if isinstance(condition, Quantifier):
        test = f" has `{condition.that}`" if condition.that else ""
        proof = f", proved at least as {condition.proof.word}" if condition.word == "some" else ""
        direct = "directly " if condition.direct else ""
        return f"{condition.word} {condition.kind} reached {direct}along {', '.join(condition.along)}{proof}{test}"
    return "something arrives at it"


def _vocabulary() -> str:
    lines = [
        "# What a condition may read",
        "",
        "A group is present once it was looked for; an absent one is unknown.",
        "",
    ]
    lines += ["| field of every artifact | type |", "|---|---|"]
    lines += [f"| `{name}` | {_type(kind)} |" for name, kind in COMMON_FIELDS.items()]
    tables = {"every kind": COMMON, **{name: kind.groups for name, kind in KINDS.items()}}
    for name, groups in tables.items():
        shown = {key: group for key, group in groups.items() if not group.internal}
        if shown:
            lines += ["", f"## {name}", "", "| group | type | meaning |", "|---|---|---|"]
            lines += [f"| `{key}` | {_type(group.type)} | {group.meaning} |" for key, group in shown.items()]
    lines += ["", "## relationships", "", "| type | from | to | group |", "|---|---|---|---|"]
    for name, entry in RELATIONSHIPS.items():
        lines.append(f"| `{name}` | {', '.join(entry.sources)} | {', '.join(entry.targets)} | {entry.group or ''} |")
    return "\n".join([*lines, ""])


def _type(kind: Type) -> str:
    if isinstance(kind, Scalar):
        return f"{kind.name} or null" if kind.nullable else kind.name
    if isinstance(kind, OneOf):
        return "one of " + ", ".join(kind.values)
    if isinstance(kind, ListOf):
        return f"list of {_type(kind.item)}"
    assert isinstance(kind, Fields)
    return "; ".join(f"`{name}`: {_type(member)}" for name, member in kind.members.items())


def write(directory: Path) -> None:
    """Write the pages of all shipped packs into a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in pages(load_policies(pack_names())).items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
