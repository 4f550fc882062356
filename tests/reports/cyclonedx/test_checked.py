"""No document that breaks its schema leaves."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.errors import LadingError
from scanner.reports.cyclonedx.bom import bill_of_materials
from scanner.reports.cyclonedx.checked import LIMIT, checked_bill_of_materials, checked_json
from scanner.reports.cyclonedx.vex import exploitability
from tests.reports.sample_result import sample_result


@pytest.fixture
def document() -> dict[str, Any]:
    return bill_of_materials(sample_result(), "1.6")


def test_a_good_document_passes(document: dict[str, Any]) -> None:
    assert checked_bill_of_materials(document).startswith(b"{")


def test_a_component_of_no_known_type_is_refused(document: dict[str, Any]) -> None:
    document["components"][0]["type"] = "gadget"
    with pytest.raises(LadingError, match="breaks the schema"):
        checked_bill_of_materials(document)


def test_two_components_under_one_reference_are_refused(document: dict[str, Any]) -> None:
    document["components"].append(document["components"][0])
    with pytest.raises(LadingError, match="breaks the schema"):
        checked_bill_of_materials(document)


def test_a_broken_vex_document_is_told_with_its_place() -> None:
    document = exploitability(sample_result())
    document["vulnerabilities"][0]["analysis"]["state"] = "fine"
    with pytest.raises(LadingError, match="vulnerabilities/0/analysis/state"):
        checked_json(document)


def test_a_huge_document_is_not_held_up() -> None:
    document = {"specVersion": "1.6", "components": [{}] * (LIMIT + 1)}
    assert checked_json(document)
