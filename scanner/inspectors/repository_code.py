"""Python files that something runs because of their name or place: code beside a model, and start-up files of Python.

``handler.py`` (Hugging Face endpoints), ``custom_generate/generate.py`` (transformers), a script with the name of its
data set (datasets), ``setup.py`` beside a model, and ``.pth`` files, whose ``import`` lines run at each start of Python
(https://docs.python.org/3/library/site.html).
"""

from __future__ import annotations

import re
from typing import Final

from scanner.inspectors.pickle.report import escape
from scanner.inspectors.python_effects import Effect, effects
from scanner.inspectors.python_text import SOURCE_LIMIT
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob, ends_with

NAME: Final = "repository_code"
VERSION: Final = "1"
SITE: Final = ("site-packages/", "dist-packages/")
"""Folders where start-up files belong; there only what they do counts."""
MODEL_MARKS: Final = (b'"model_type"', b'"architectures"', b'"_class_name"')
BUILDERS: Final = re.compile(rb"\b(?:GeneratorBasedBuilder|ArrowBasedBuilder|BuilderConfig)\b")
HANDLER: Final = re.compile(rb"^class\s+EndpointHandler\b", re.MULTILINE)

_START: Final = re.compile(rb"^import[ \t]", re.MULTILINE)


def wants(blob: Blob) -> bool:
    """Whether the name or place is one from which something is run."""
    name = blob.name
    if name.endswith(".pth"):
        return blob.size <= SOURCE_LIMIT and b"\0" not in blob.head and _START.search(blob.head) is not None
    if not name.endswith(".py"):
        return False
    folder = blob.path.rpartition("!")[2].rpartition("/")[0].rpartition("/")[2]
    if ends_with(blob, ("custom_generate/generate.py",)):
        return True
    if name == f"{folder}.py":
        return BUILDERS.search(blob.head) is not None
    if name == "handler.py":
        return HANDLER.search(blob.content if blob.content is not None else blob.head) is not None
    return name == "setup.py" and _is_beside_model(blob)


def _is_beside_model(blob: Blob) -> bool:
    for neighbour in ("config.json", "model_index.json"):
        other = blob.near(neighbour) if blob.near is not None else None
        if other is not None and any(mark in other.head for mark in MODEL_MARKS):
            return True
    return False


def inspect(blob: Blob) -> Evidence:
    """What the code does when it is run; empty evidence for an ordinary start-up file of an installed package."""
    builder = EvidenceBuilder(NAME)
    source = blob.read(SOURCE_LIMIT)
    if blob.name.endswith(".pth"):
        at_home = any(folder in blob.path for folder in SITE)
        reasons = [reason for reason in _start_up(source) if not at_home or reason.verdict == "malicious"]
        if not reasons:
            return builder.build()
    else:
        builder.state(blob.ref, "remote_code", {"present": True}, blob.location)
        reasons = [Reason("repository-code", "Python that a loader runs", "whole file", "unknown")]
        reasons += [_reason(one) for one in effects(source)]
    state_reasons(builder, blob, reasons)
    return builder.build()


def _start_up(source: bytes) -> list[Reason]:
    """The lines of a ``.pth`` file that begin with ``import`` are code, each of its own."""
    reasons: list[Reason] = []
    for number, line in enumerate(source.splitlines(), 1):
        if _START.match(line):
            reasons.append(Reason("start-up-code", "runs at each start of Python", f"line {number}", "unknown"))
            reasons += [_reason(Effect(number, one.code, one.detail, one.verdict)) for one in effects(line)]
    return reasons


def _reason(effect: Effect) -> Reason:
    return Reason(effect.code, escape(effect.detail), f"line {effect.line}", effect.verdict)
