"""The second engine for Python packages: pip-audit as a subprocess, against the loopback OSV service.

Contract is its command line and its JSON. The exit code is not looked at: 1 means "vulnerable" as well as "crashed", 0
also "skipped". A package is judged only when the JSON names it. pip-audit gets the package list, never a user's file,
so nothing in a scanned tree can steer it. The service answers from our own store: the second engine checks names,
versions, aliases and fixes on an independent path, not the advisory data itself.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from scanner.advisories.osv_service import running_service
from scanner.advisories.store import AdvisoryStore

TIME_LIMIT: Final = 120.0
"""Seconds for one run."""
_BATCH: Final = 2000
_MOST_VERSIONS: Final = 10
"""Versions of one name that are looked at; each needs a run of its own."""
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,200}[a-z0-9])?", re.ASCII)

Pin = tuple[str, str]
"""(canonical name, version)"""


@dataclass(frozen=True, slots=True)
class Reported:
    """One flaw as pip-audit reports it: all its ids, and every fixed version of the record."""

    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """pip-audit named the package."""

    reported: tuple[Reported, ...]


@dataclass(frozen=True, slots=True)
class NotJudged:
    """pip-audit did not judge the package."""

    reason: str


Opinion = Judged | NotJudged


def run_pip_audit(
    pins: Iterable[Pin], store: AdvisoryStore, *, time_limit: float = TIME_LIMIT, program: tuple[str, ...] | None = None
) -> dict[Pin, Opinion]:
    """The opinion of pip-audit on every pin. ``program`` replaces the command that starts it."""
    opinions: dict[Pin, Opinion] = {}
    usable: list[Pin] = []
    versions: Counter[str] = Counter()
    for pin in sorted(set(pins)):
        versions[pin[0]] += 1
        problem = _problem(pin) or ("too many versions of one package" if versions[pin[0]] > _MOST_VERSIONS else "")
        if problem:
            opinions[pin] = NotJudged(problem)
        else:
            usable.append(pin)
    if usable:
        with running_service(store) as url:
            for batch in _batches(usable):
                opinions |= _run(batch, url, time_limit, program or (sys.executable, "-I", "-B", "-m", "pip_audit"))
    return opinions


def _problem(pin: Pin) -> str:
    name, version = pin
    if not _NAME.fullmatch(name):
        return "not a Python package name"
    try:
        parsed = Version(version)
    except InvalidVersion:
        return "not a PEP 440 version"
    return "a local version" if parsed.local else ""


def _batches(pins: list[Pin]) -> list[list[Pin]]:
    """The runs: pip-audit refuses one name with two versions, so the n-th version of a name goes into the n-th run."""
    runs: dict[tuple[int, int], list[Pin]] = {}
    seen: Counter[str] = Counter()
    for place, pin in enumerate(pins):
        runs.setdefault((seen[pin[0]], place // _BATCH), []).append(pin)
        seen[pin[0]] += 1
    return [runs[key] for key in sorted(runs)]


def _run(batch: list[Pin], url: str, time_limit: float, program: tuple[str, ...]) -> dict[Pin, Opinion]:
    with tempfile.TemporaryDirectory(prefix="lading-") as directory:
        requirements = Path(directory, "requirements.txt")
        requirements.write_text("".join(f"{name}=={version.strip()}\n" for name, version in batch), encoding="utf-8")
        options = ["--vulnerability-service", "osv", "--osv-url", f"{url}/v1/query", "--requirement", requirements.name]
        options += ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
        try:
            finished = subprocess.run(
                [*program, *options, "--cache-dir", "cache"],
                cwd=directory,
                env=_environment(directory),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=time_limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return dict.fromkeys(batch, NotJudged("pip-audit took too long"))
        except OSError:
            return dict.fromkeys(batch, NotJudged("pip-audit could not be started"))
    return _opinions(batch, finished.stdout)


def _environment(directory: str) -> dict[str, str]:
    """Nothing of the user's: no proxy, no index, no pip configuration, no netrc."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "HOME": directory,
        "USERPROFILE": directory,
        "TMPDIR": directory,
        "NO_PROXY": "*",
        "LC_ALL": "C.UTF-8",
    }


def _opinions(batch: list[Pin], output: bytes) -> dict[Pin, Opinion]:
    try:
        entries = json.loads(output)["dependencies"]
        named = {entry["name"]: _opinion(entry) for entry in entries}
    except (ValueError, KeyError, TypeError, RecursionError):
        return dict.fromkeys(batch, NotJudged("pip-audit gave no result"))
    missing = NotJudged("pip-audit left the package out")
    return {pin: named.get(pin[0], missing) for pin in batch}


def _opinion(entry: Mapping[str, Any]) -> Opinion:
    if "skip_reason" in entry:
        return NotJudged("pip-audit skipped the package")
    reported = (
        Reported((str(v["id"]), *map(str, v["aliases"])), tuple(map(str, v["fix_versions"]))) for v in entry["vulns"]
    )
    return Judged(tuple(sorted(reported, key=lambda flaw: flaw.ids)))
