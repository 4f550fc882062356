"""Programs under the names of data are told; programs and texts under their own names are not."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.inspectors import hidden_executable

PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(20)


def test_real_program(inspected: Any) -> None:
    program = Path(sys.executable).resolve()
    found = inspected(hidden_executable, program, "model.bin")
    assert found["code_scan"]["verdict"] == "unknown"
    assert found["findings"][0]["code"] == "executable-under-a-data-name"
    assert inspected(hidden_executable, program, "python") == {}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x7fELF\x02\x01\x01", "an ELF program"),
        (PE, "a Windows program"),
        (b"\xcf\xfa\xed\xfe", "a macOS program"),
        (b"\xfe\xed\xfa\xcf", "a macOS program"),
        (b"\xca\xfe\xba\xbe\0\0\0\2", "a macOS program"),
        (b"#!/bin/sh\ntrue\n", "a script"),
        (b"#! /usr/bin/env python3\n", "a script"),
        (b"#!/usr/bin/bash\n", "a script"),
    ],
)
@pytest.mark.parametrize("name", ["pytorch_model.bin", "a.pkl", "a.safetensors", "A.PT", "x.tar!y/a.gguf"])
def test_programs_under_data_names(inspected: Any, content: bytes, kind: str, name: str) -> None:
    assert inspected(hidden_executable, content, name)["findings"][0]["detail"] == f"the content is {kind}"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x7fELF", "libx.so"),
        (b"#!/bin/sh\n", "install.sh"),
        (b"#!/bin/sh\n", "install.txt"),
        (b"#!shebang of no program", "a.bin"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "Main.bin"),
        (b"GGUF", "a.gguf"),
        (b"MZ", "a.bin"),
    ],
)
def test_what_is_no_contradiction(inspected: Any, content: bytes, name: str) -> None:
    assert inspected(hidden_executable, content, name) == {}
