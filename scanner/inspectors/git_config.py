"""Configuration of a Git repository that came with a release: settings whose value Git runs as a command.

Settings: git-config(1) of Git 2.47. Git LFS filters are what every clone of a repository with large files has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.inspectors.pickle.report import escape
from scanner.inspectors.python_effects import FETCHES
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "git_config"
VERSION: Final = "1"
LIMIT: Final = 1 << 20
FILES: Final = ("config", "config.worktree")
COMMANDS: Final = re.compile(
    r"core\.(?:fsmonitor|sshcommand|hookspath|pager|editor|askpass|gitproxy|alternaterefscommand)|sequence\.editor"
    r"|filter\..+\.(?:clean|smudge|process)|diff\..+\.(?:textconv|command)|diff\.external|merge\..+\.driver"
    r"|(?:diff|merge)tool\..+\.cmd|gpg\.(?:.+\.)?program|credential\.(?:.+\.)?helper|uploadpack\.packobjectshook"
    r"|remote\..+\.(?:uploadpack|receivepack|vcs)|pager\..+|alias\..+|interactive\.difffilter|include(?:if\..+)?\.path"
)
ORDINARY: Final = re.compile(
    r"(?:true|false|yes|no|on|off|0|1|)\Z|git-lfs (?:clean|smudge|filter-process)\b[^;&|`$<>]*\Z|\.husky(?:/_)?\Z|\.git/hooks\Z"
)
PLAIN_ALIAS: Final = re.compile(r"[^!]")
"""An alias is a subcommand of Git unless it begins with an exclamation mark; so is a credential helper by its name."""

_SECTION: Final = re.compile(r'\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(.*)')


def wants(blob: Blob) -> bool:
    """Whether the file is the ``HEAD`` of a repository: it stands for all of Git's own files."""
    return blob.name == "HEAD" and blob.near is not None and blob.size < 4096


def inspect(blob: Blob) -> Evidence:
    """Settings that run commands; empty evidence for an ordinary configuration."""
    builder = EvidenceBuilder(NAME)
    reasons = [reason for file in FILES for reason in _file(blob, file)]
    if reasons:
        state_reasons(builder, blob, reasons)
    return builder.build()


def _file(head: Blob, name: str) -> Iterator[Reason]:
    other = head.near(name) if head.near is not None else None
    if other is not None:
        yield from _reasons(other.text(LIMIT), name)


def _reasons(text: str, name: str) -> Iterator[Reason]:
    for number, key, value in _settings(text):
        if COMMANDS.fullmatch(key) is None or ORDINARY.match(value):
            continue
        if key.startswith(("alias.", "credential.", "pager.")) and PLAIN_ALIAS.match(value):
            continue
        verdict = "malicious" if FETCHES.search(value) else "unknown"
        yield Reason("git-runs-command", escape(f"{key} = {value}"), f"{name} line {number}", verdict)


def _settings(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, lower-case key and value of every setting; a line that ends in a backslash goes on."""
    section, number = "", 0
    lines = iter(text.splitlines())
    for line in lines:
        number += 1
        start = number
        while line.endswith("\\"):
            line = line[:-1] + next(lines, "")
            number += 1
        line = line.strip()
        if (match := _SECTION.match(line)) is not None:
            section = match[1].lower() + (f".{match[2]}" if match[2] is not None else "")
            line = match[3]
        key, equals, value = line.partition("=")
        if key.strip() and not key.startswith(("#", ";")):
            yield start, f"{section}.{key.strip().lower()}", value.strip().strip('"') if equals else "true"
