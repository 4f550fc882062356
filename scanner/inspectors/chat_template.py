"""Chat templates: Jinja text that a loader renders for every conversation. Parsed into a tree here, never rendered.

A template can do no more than the objects that it can reach, so that what matters is how it reaches for attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors.statements import Reason

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

LIMIT: Final = 1 << 18
GLOBALS: Final = frozenset(
    {"cycler", "joiner", "namespace", "lipsum", "self", "request", "config", "url_for", "get_flashed_messages"}
)
"""Objects of Jinja and of web frameworks whose attributes lead out of a template."""
_ADDRESS: Final = re.compile(r"https?://|<script|javascript:", re.IGNORECASE)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, nodes
    from jinja2.ext import Extension
    from jinja2.parser import Parser

    class Generation(Extension):
        """``{% generation %}`` of transformers marks what the assistant says; its body is ordinary."""

        tags = {"generation"}  # noqa: RUF012

        def parse(self, parser: Parser) -> nodes.Node:
            line = next(parser.stream).lineno
            return nodes.Scope(parser.parse_statements(("name:endgeneration",), drop_needle=True), lineno=line)

    return Environment(extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do", Generation])  # noqa: S701


def template_reasons(text: str, place: str) -> list[Reason]:
    """What in a chat template is not ordinary; ``place`` names the template inside its file.

    Raises NotExaminable(over_limit) for a template that is too large or nests too deeply.
    """
    from jinja2 import TemplateError

    if len(text) > LIMIT:
        raise NotExaminable(OVER_LIMIT, f"chat template larger than {LIMIT} characters")
    try:
        tree = _environment().parse(text)
        return sorted(set(_judge_all(tree, place)), key=lambda one: (one.at, one.code, one.detail))
    except TemplateError:
        return [Reason("template-syntax", "the template cannot be parsed", place, "unknown")]
    except (RecursionError, MemoryError, ValueError, OverflowError):
        raise NotExaminable(OVER_LIMIT, "chat template nests too deeply") from None


def _judge_all(tree: nodes.Template, place: str) -> Iterator[Reason]:
    todo: list[nodes.Node] = [tree]
    while todo:
        one = todo.pop()
        for code, detail, verdict in _judge(one):
            yield Reason(code, detail, f"{place} line {one.lineno}", verdict)
        todo.extend(one.iter_child_nodes())


def _judge(one: nodes.Node) -> Iterator[tuple[str, str, str]]:
    from jinja2 import nodes

    if isinstance(one, nodes.Getattr | nodes.Getitem):
        key = one.attr if isinstance(one, nodes.Getattr) else _text(one.arg)
        if key is not None:
            yield from _attribute(key)
        elif isinstance(one, nodes.Getitem) and _is_assembled(one.arg):
            yield "template-computed-attribute", "a subscript is put together from parts", "unknown"
        if isinstance(one.node, nodes.Name) and one.node.name in GLOBALS:
            yield "template-global", f"reaches into {one.node.name}", "unknown"
    elif isinstance(one, nodes.Filter):
        yield from _filter(one)
    elif isinstance(one, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
        yield "template-include", "loads another template", "unknown"
    elif isinstance(one, nodes.If) and _asks_for_words(one.test) and _ADDRESS.search(_said(one.body)):
        yield (
            "template-conditional-address",
            "says a web address or script when a message holds certain words",
            "unknown",
        )


def _attribute(key: str) -> Iterator[tuple[str, str, str]]:
    if key.startswith("__") or key.endswith("__"):
        yield "template-special-attribute", f"attribute {key[:80]!a}", "malicious"


def _filter(one: nodes.Filter) -> Iterator[tuple[str, str, str]]:
    """``attr``, and filters with an ``attribute``, fetch attributes by a name that is data."""
    named = {str(keyword.key): keyword.value for keyword in one.kwargs}
    wanted = list(one.args[:1]) if one.name == "attr" else []
    if "attribute" in named:
        wanted.append(named["attribute"])
    if one.name == "map" and one.args[1:] and _text(one.args[0]) == "attr":
        wanted.append(one.args[1])
    for expression in wanted:
        key = _text(expression)
        if key is None:
            yield "template-computed-attribute", f"filter {one.name} with a name that is not written out", "unknown"
        else:
            for segment in key.split("."):
                yield from _attribute(segment)
            if key.startswith("_") and not key.startswith("__"):
                yield "template-special-attribute", f"attribute {key[:80]!a}", "unknown"


def _text(expression: nodes.Node) -> str | None:
    """The text that an expression of literals stands for; None when it is not a text or depends on anything."""
    from jinja2 import nodes

    if isinstance(expression, nodes.Const):
        return expression.value if isinstance(expression.value, str) else None
    if isinstance(expression, nodes.Concat):
        parts = [_text(part) for part in expression.nodes]
    elif isinstance(expression, nodes.Add):
        parts = [_text(expression.left), _text(expression.right)]
    elif isinstance(expression, nodes.Filter) and expression.name == "join" and not expression.args:
        items = expression.node.items if isinstance(expression.node, nodes.List | nodes.Tuple) else []
        parts = [_text(item) for item in items] or [None]
    else:
        return None
    return None if None in parts else "".join(part for part in parts if part is not None)


def _is_assembled(expression: nodes.Node) -> bool:
    from jinja2 import nodes

    if isinstance(expression, nodes.Filter):
        return expression.name in ("join", "format", "replace", "reverse")
    if isinstance(expression, nodes.Getitem):
        return _text(expression.node) is not None
    return isinstance(expression, nodes.Concat)


def _asks_for_words(test: nodes.Node) -> bool:
    """Whether a condition looks for a literal text inside something."""
    from jinja2 import nodes

    return any(
        isinstance(compare.expr, nodes.Const) and any(operand.op == "in" for operand in compare.ops)
        for compare in [*test.find_all(nodes.Compare), *([test] if isinstance(test, nodes.Compare) else [])]
    )


def _said(body: list[nodes.Node]) -> str:
    from jinja2 import nodes

    data = [text.data for one in body for text in one.find_all(nodes.TemplateData)]
    literals = [text.value for one in body for text in one.find_all(nodes.Const) if isinstance(text.value, str)]
    return "\n".join(data + literals)
