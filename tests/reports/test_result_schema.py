"""The JSON Schema of the scan result: equal to the dataclasses, and true of real results."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.reports import result_schema
from scanner.reports.json_result import render, to_bytes
from scanner.result import loads, to_json
from tests.reports.sample_result import sample_result

jsonschema = pytest.importorskip("jsonschema")


def _errors(value: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(result_schema.schema())
    return sorted(f"{error.json_path}: {error.message}" for error in validator.iter_errors(value))


def _sample() -> Any:
    return to_json(sample_result())


def test_the_shipped_file_is_the_schema_of_the_code(update_golden: bool) -> None:
    text = to_bytes(result_schema.schema())
    if update_golden:
        result_schema.PATH.write_bytes(text)
    assert text == result_schema.PATH.read_bytes(), "run pytest --update-golden and read the difference"


def test_it_is_a_valid_schema_and_the_sample_a_valid_result() -> None:
    jsonschema.Draft202012Validator.check_schema(result_schema.schema())
    assert _errors(_sample()) == []


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("verdict",), "perhaps", "'perhaps' is not one of ['pass', 'fail', 'incomplete']"),
        (("exit_code",), 2, "2 is not one of [0, 1, 3]"),
        (("findings", 0, "verdict"), "pass", "'pass' is not one of"),
        (("relationships", 0, "proof"), "hoped", "'hoped' is not one of"),
        (("artifacts", 0, "evidence"), {"colour": "red"}, "'colour' was unexpected"),
        (("coverage", "blobs"), "many", "'many' is not of type 'integer'"),
        (("surprise",), 1, "'surprise' was unexpected"),
    ],
)
def test_it_refuses(path: tuple[str | int, ...], value: Any, error: str) -> None:
    result = _sample()
    place = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert any(error in found for found in _errors(result))


def test_evidence_is_held_against_the_kind_of_its_artifact() -> None:
    result = _sample()
    model = next(item for item in result["artifacts"] if item["kind"] == "model")
    model["evidence"]["code_scan"] = {"verdict": "fine", "reason": None}
    assert any("'fine' is not one of ['malicious', 'unknown', 'known-safe']" in error for error in _errors(result))


def test_the_json_format_reads_back_to_the_same_result() -> None:
    assert loads(render(sample_result()), "scan.json") == sample_result()


def test_a_path_that_is_no_utf8_survives() -> None:
    assert json.loads(to_bytes({"path": "caf\udce9"})) == {"path": "caf\udce9"}
