"""``lading inspect``"""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from tests.cli.conftest import Lading

CALL = b"cos\nsystem\n(S'true'\ntR." + b"#" * 64


@pytest.fixture
def release(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    folder.mkdir()
    return folder


def test_a_malicious_file_ends_with_1(lading: Lading, release: Path) -> None:
    (release / "weights.bin").write_bytes(CALL)
    (release / "data.pkl").write_bytes(pickle.dumps([1.5] * 50))
    ran = lading("inspect", release, "--jobs", 1)
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == "1 malicious, 0 not-examined, 0 unknown, 1 known-safe"
    objects = lading("inspect", release, "--format", "json", "--jobs", 1).objects
    assert {one["path"]: one["verdict"] for one in objects} == {"weights.bin": "malicious", "data.pkl": "known-safe"}


def test_what_cannot_be_read_ends_with_3_and_nothing_with_0(lading: Lading, release: Path) -> None:
    assert lading("inspect", release, "--jobs", 1).code == 0
    (release / "cut.zip").write_bytes(b"PK\x03\x04" + b"\0" * 60)
    assert lading("inspect", release, "--jobs", 1).code == 3


def test_names_that_steer_terminals_or_are_no_text(lading: Lading, release: Path) -> None:
    (release / "a\x1b[31m\u202e.pkl").write_bytes(CALL)
    with open(os.fsencode(release) + b"/raw\xff.pkl", "wb") as stream:
        stream.write(CALL + b"#")
    ran = lading("inspect", release, "--jobs", 1)
    assert ran.code == 1
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert len(lading("inspect", release, "--format", "json", "--jobs", 1).objects) == 2


def test_a_name_is_no_command_of_a_build_system(lading: Lading, release: Path) -> None:
    (release / "##vso[task.setvariable]x.pkl").write_bytes(CALL)
    assert "##vso[" not in lading("inspect", release, "--jobs", 1).out


def test_a_reason_says_where_and_carries_its_public_numbers(lading: Lading, release: Path) -> None:
    (release / "weights.bin").write_bytes(CALL)
    text = lading("inspect", release, "--jobs", 1).out
    assert "runs-code at 0x0: os.system (CWE-94, AML.T0011.000)" in text
    (found,) = lading("inspect", release, "--format", "json", "--jobs", 1).objects
    first = found["reasons"][0]
    assert (first["code"], first["offset"], first["cwe"], first["atlas"]) == (
        "runs-code",
        "0x0",
        "CWE-94",
        "AML.T0011.000",
    )
    assert first["help"].startswith("Do not load it")
