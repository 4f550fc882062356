"""Every code that an inspector can give has its row, and every row its place on the page about model formats."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.inspectors import code_table
from scanner.inspectors.codes import CODES, TECHNIQUES
from scanner.inspectors.pickle.codes import CODE_OF_EFFECT

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "scanner" / "inspectors").rglob("*.py"))
CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")
VERDICTS = ("malicious", "unknown", "known-safe")


def texts(node: ast.expr) -> Iterator[str]:
    """String constants that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def given(tree: ast.Module) -> Iterator[str]:
    """Codes as code gives them: ``Reason("code", ...)``, ``x.reason("code", ...)``, ``("code", detail, "verdict")`` and
    ``code = "code"``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ("Reason", "reason", "Broken"):
                yield from texts(node.args[0])
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3 and set(texts(node.elts[2])) & set(VERDICTS):
            yield from (one for one in texts(node.elts[0]) if CODE.match(one) and one not in VERDICTS)
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "code" for target in node.targets
        ):
            yield from texts(node.value)


def test_every_code_given_has_a_row() -> None:
    codes = {code for path in MODULES for code in given(ast.parse(path.read_text()))} | set(CODE_OF_EFFECT.values())
    assert {"keras-lambda", "zip-gap", "yaml-denied-reference", "memo-index-bomb", "modelscan-operator"} <= codes
    assert sorted(codes - CODES.keys()) == []


def test_every_row_is_given_by_some_inspector() -> None:
    registry, pickles = ROOT / "scanner/inspectors/codes", ROOT / "scanner/inspectors/pickle/codes.py"
    text = "\n".join(path.read_text() for path in MODULES if registry not in path.parents and path != pickles)
    unused = {code for code in CODES if f'"{code}"' not in text}
    assert unused <= set(CODE_OF_EFFECT.values()) | {"array-unsized", "bad-opcode"}


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_row_is_complete(code: str) -> None:
    row = CODES[code]
    assert CODE.match(code)
    assert row.verdicts.partition(" ")[0].rstrip(",;") in (*VERDICTS, "not-examined")
    assert row.title and not row.title.endswith(".") and "|" not in row.title
    assert 0 < row.cwe < 2_000
    assert row.atlas in TECHNIQUES
    assert row.help.endswith(".")


def test_the_page_holds_the_table_as_generated() -> None:
    page = (ROOT / "docs" / "model-formats.md").read_text("utf-8")
    assert page == code_table.updated(page)


def test_a_page_without_the_heading_is_not_changed_by_chance() -> None:
    with pytest.raises(ValueError, match="no heading"):
        code_table.updated("# Another page\n")
