"""Install commands in shell text: what a step fetches while it runs, and whether the version is fixed."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final

LENGTH: Final = 200_000
_SEPARATORS: Final = re.compile(r"&&|\|\||[;|\n]")
_ENVIRONMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_STARTERS: Final = frozenset({"sudo", "exec", "time", "then", "else", "do", "command", "!"})
_INSTALLS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "pip": (("install",), "=="),
    "conda": (("install", "create"), "="),
    "mamba": (("install", "create"), "="),
    "micromamba": (("install", "create"), "="),
    "apt-get": (("install",), "="),
    "apt": (("install",), "="),
    "apk": (("add",), "="),
    "npm": (("install", "i"), "@"),
    "yum": (("install",), "-"),
    "dnf": (("install",), "-"),
}
_VALUED: Final = frozenset(
    {"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target", "--trusted-host", "--prefix"}
    | {
        "--root",
        "-c",
        "--constraint",
        "-n",
        "--name",
        "--channel",
        "--platform",
        "--python",
        "--cache-dir",
        "--registry",
    }
)
_FILES: Final = frozenset({"-r", "--requirement", "-e", "--editable"})


@dataclass(frozen=True, slots=True, order=True)
class Install:
    """One thing that a command installs, as it is written; ``pinned`` when its version is fixed there."""

    what: str
    pinned: bool


def installs(script: str) -> list[Install]:
    """What a shell script installs, sorted. A requirements file counts as pinned when the command demands hashes.

    A line that no shell would parse is read by its words.
    """
    found: set[Install] = set()
    for command in _SEPARATORS.split(script[:LENGTH].replace("\\\n", " ")):
        found.update(_command(_words(command)))
    return sorted(found)


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return command.split()


def _command(words: list[str]) -> list[Install]:
    while words and (words[0] in _STARTERS or _ENVIRONMENT.match(words[0])):
        words = words[1:]
    if not words:
        return []
    tool, rest = words[0].rpartition("/")[2].lstrip("!%"), words[1:]
    if re.fullmatch(r"python[0-9.]*", tool) and rest[:1] == ["-m"]:
        tool, rest = (rest[1] if len(rest) > 1 else ""), rest[2:]
    if tool == "uv" and rest[:1] == ["pip"]:
        tool, rest = "pip", rest[1:]
    if re.fullmatch(r"pip[0-9.]*", tool):
        tool = "pip"
    if tool not in _INSTALLS:
        return []
    verbs, mark = _INSTALLS[tool]
    while rest and rest[0].startswith("-"):
        rest = rest[1:]
    return _targets(rest[1:], mark) if rest and rest[0] in verbs else []


def _targets(words: list[str], mark: str) -> list[Install]:
    hashed = "--require-hashes" in words
    found = []
    skip = ""
    for word in words:
        if skip in _FILES:
            found.append(Install(f"{skip} {word}", hashed))
        elif not skip and not word.startswith("-"):
            found.append(Install(word[:200], _is_pinned(word, mark)))
        skip = word if word in _VALUED or word in _FILES else ""
    return found


def _is_pinned(word: str, mark: str) -> bool:
    if "@ git+" in word or word.startswith("git+"):
        return re.search(r"@[0-9a-f]{40}(#|$)", word) is not None
    if re.match(r"[a-z]+://", word):
        return "#sha256=" in word
    if mark == "==":
        return re.search(r"===?[^*=]+$", word) is not None
    if mark == "-":
        return re.search(r"-\d", word) is not None
    if mark == "@":
        return re.search(r".@\d+\.\d+\.\d+$", word) is not None
    return re.search(r"[^<>!~=]=[^=*]", word) is not None or "==" in word
