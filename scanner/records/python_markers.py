"""Environment markers (PEP 508) for a Python that is not the one running the scan and is known only in part.

A marker is tried in every environment that agrees with what is known. It holds, fails, or is undecided; it is never
guessed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.version import InvalidVersion

VERSIONS: Final = tuple(f"3.{minor}" for minor in range(6, 16))
LENGTH: Final = 500
"""Characters of the longest marker that is tried."""
TRIALS: Final = 200_000
"""How often one evaluator tries a marker in an environment before it leaves the rest undecided."""
PATCHES: Final = 20
"""Micro versions tried for each ``X.Y``."""
_SYSTEMS: Final = {
    "linux": ("posix", "Linux"),
    "darwin": ("posix", "Darwin"),
    "win32": ("nt", "Windows"),
    "freebsd14": ("posix", "FreeBSD"),
}
_MACHINES: Final = ("x86_64", "aarch64", "arm64", "AMD64", "riscv64")
_IMPLEMENTATIONS: Final = {"cpython": "CPython", "pypy": "PyPy"}
_UNTRIED: Final = ("platform_release", "platform_version")
"""Variables with values that nobody can list."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of the Python that a package is installed for; None for what is not."""

    python: str | None = None
    """``X.Y``, or ``X.Y.Z`` where known."""
    system: str | None = None
    """``sys.platform``."""
    machine: str | None = None
    implementation: str | None = None
    """``sys.implementation.name``."""


@dataclass(slots=True)
class Evaluator:
    """Markers in one target environment; answers are kept."""

    target: Target
    _left: int = TRIALS
    _known: dict[tuple[str, str], bool | None] = field(default_factory=dict)

    def holds(self, marker: str, extra: str = "") -> bool | None:
        """Whether ``marker`` holds with ``extra`` active; None when that rests on what is not known."""
        key = marker, extra
        if key not in self._known:
            self._known[key] = self._tried(marker, extra)
        return self._known[key]

    def _tried(self, written: str, extra: str) -> bool | None:
        if len(written) > LENGTH or any(name in written for name in _UNTRIED):
            return None
        answers: set[bool] = set()
        try:
            marker = Marker(written)
            for environment in _environments(self.target, written):
                self._left -= 1
                if self._left < 0:
                    return None
                answers.add(marker.evaluate({**environment, "extra": extra}))
                if len(answers) == 2:
                    return None
        except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, InvalidVersion, RecursionError):
            return None
        return answers.pop()


def _environments(target: Target, written: str) -> Iterable[Mapping[str, str]]:
    """Every environment that agrees with the target, varied only in the variables that ``written`` names."""
    pythons = [target.python] if target.python else list(VERSIONS)
    if "full_version" in written or "implementation_version" in written:
        pythons = [full for python in pythons for full in _micro_versions(python)]
    systems = [target.system] if target.system else list(_SYSTEMS)
    machines = [target.machine] if target.machine else list(_MACHINES)
    implementations = [target.implementation] if target.implementation else list(_IMPLEMENTATIONS)
    for values, names in (
        (pythons, ("python", "implementation")),
        (systems, ("sys_platform", "platform_system", "os_name")),
        (machines, ("platform_machine",)),
        (implementations, ("implementation",)),
    ):
        if not any(name in written for name in names):
            del values[1:]
    for python, system, machine, implementation in itertools.product(pythons, systems, machines, implementations):
        os_name, platform_system = _SYSTEMS.get(system, ("posix", system.capitalize()))
        full = python if python.count(".") > 1 else f"{python}.0"
        yield {
            "python_version": ".".join(python.split(".")[:2]),
            "python_full_version": full,
            "implementation_version": full,
            "implementation_name": implementation,
            "platform_python_implementation": _IMPLEMENTATIONS.get(implementation, implementation),
            "os_name": os_name,
            "sys_platform": system,
            "platform_system": platform_system,
            "platform_machine": machine,
            "platform_release": "",
            "platform_version": "",
        }


def _micro_versions(python: str) -> list[str]:
    return [python] if python.count(".") > 1 else [f"{python}.{patch}" for patch in range(PATCHES)]
