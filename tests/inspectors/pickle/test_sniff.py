from __future__ import annotations

import pickle

import assembler as asm
import pytest

from scanner.inspectors.pickle import looks_like_pickle, recognise

PICKLES = {
    **{f"protocol {protocol}": pickle.dumps({"a": [1, 2.5, "x"]}, protocol) for protocol in range(6)},
    "payload of protocol 0": b"cos\nsystem\n(S'true'\ntR.",
    "inst": b"(S'true'\nios\nsystem\n.",
    "payload, then damage": b"cos\nsystem\n(S'true'\ntR\xff\xff",
    "protocol 4 without PROTO": asm.pickle(asm.call(asm.stack_name("os", "system")), protocol=None),
    "a number that takes seconds to read": b"L" + b"9" * 5000 + b"L\n.",
    "text index of a memo bomb": b"Np2147483647\n.",
    "second pickle of protocol 0": pickle.dumps([1, 2], 0) + b"cos\nsystem\n(S'true'\ntR.",
    "protocol alone": b"\x80\x04",
    "truncated protocol 4": pickle.dumps(list(range(100)), 4)[:50],
}

OTHERS = {
    "nothing": b"",
    "stop alone": b".",
    "two opcodes": b"N.",
    "prose": b"It was a dark night.\nNobody came.\n",
    "words": b"cat\ndog\nbird\nfish\n",
    "config": b"[core]\nname = x\n",
    "lines of imports": b"import os\nimport sys\nprint(1)\n",
    "csv": b"Name,Value\na,1\nb,2\n",
    "json": b'{"a": [1, 2]}',
    "json list": b"[1, 2, 3]",
    "expression": b"(1 + 2) * 3.",
    "nucleotides": b"N" * 5000 + b"\n",
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "gguf": b"GGUF\x03\0\0\0" + b"\0" * 100,
    "numpy": b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'}",
    "safetensors": b"\x58\0\0\0\0\0\0\0" + b'{"a":{}}',
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "gzip": b"\x1f\x8b\x08\0",
    "latin-1 text": b"\x80 is the euro sign",
    "protocol 9": b"\x80\x09N.",
    "record of an installed package": b"cryptography-50.0.2.dist-info/INSTALLER,sha256=zuuue4knoyJ,4\n" * 3,
    "table that ends its head with a full stop": b"compiler/TestA.java   Passed.\ncompiler/TestB.java   Passed.",
    "type 1 font": b"\x80\x01\x25\x0a\x00\x00%!PS-AdobeFont-1.0: NimbusSans-Regular 1.00\n",
    "licence": b"MIT License\n\nPermission is hereby granted, free of charge, to any person.\n",
    "makefile": b"PYTHON = python3\ntest:\n\tpytest\n.",
    "copyright notice": b"Copyright (c) 2010, Someone. All rights reserved. " * 4,
    "heading": b"COMPILE_OPTIONS\n---------------\n\nList of options. Read this first.\n" * 3,
    "two letters and stops": b"N.N. is what they called her.",
    "version line": b"I 1.2.3\nF 4\n",
}


@pytest.mark.parametrize("case", PICKLES)
def test_pickles(case: str) -> None:
    assert looks_like_pickle(PICKLES[case], len(PICKLES[case]))


@pytest.mark.parametrize("case", OTHERS)
def test_other_files(case: str) -> None:
    assert not looks_like_pickle(OTHERS[case], len(OTHERS[case]))


def test_a_long_text_pickle_is_known_by_its_last_byte() -> None:
    content = pickle.dumps(list(range(50_000)), 0)
    assert looks_like_pickle(content[:65536], len(content), content[-8:])
    assert not looks_like_pickle(content[:65536], len(content), b"xyz\n")


def test_opcodes_up_to_the_end_of_the_head_decide_nothing() -> None:
    """A first value can be as long as the head; only the whole file tells."""
    content = b"V" + b"x" * 9000 + b"\n0cos\nsystem\n(S'true'\ntR.\n"
    assert recognise(content[:4096], len(content)) is None
    assert recognise(content, len(content)) is True
    text = b"V" + b"x" * 9000 + b"\nis the first line of a text\n"
    assert recognise(text[:4096], len(text)) is None
    assert recognise(text, len(text)) is False


def test_one_letter_again_and_again_is_a_text() -> None:
    assert not looks_like_pickle(b"N" * 70_000, 70_000)
    assert looks_like_pickle(b"(" + b"I1\n" * 70_000, 210_001)


def test_a_large_announced_pickle_needs_no_trial() -> None:
    assert looks_like_pickle(asm.proto(4) + asm.frame(1 << 30), 1 << 30)
