"""The Python source of a wheel."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LARGEST_SOURCE: Final = 4 << 20
HIDDEN: Final = frozenset(
    (
        "testing", "_testing", "tests", "test", "conftest", "datasets", "externals", "_inductor", "_dynamo",
        "f2py", "distutils", "_vendor", "vendor", "vendored", "cli", "commands", "benchmarks", "__main__", "setup",
    )
)  # fmt: skip
"""Parts of a library of which nothing is ever listed: no model is saved with them."""

HIDDEN_PREFIXES: Final = ("test_", "modular_", "convert_", "modeling_tf_", "modeling_flax_", "dummy_")
"""Beginnings of such parts; objects of TensorFlow and Flax are not saved as pickles."""

_NAME: Final = re.compile(r"([A-Za-z0-9_.]+)-([^-]+)-(?:[^-]+-)?[^-]+-[^-]+-[^-]+\.whl\Z")


@dataclass(frozen=True, slots=True)
class Wheel:
    """One published wheel: project name and version from its file name, and its modules as source."""

    name: str
    version: str
    sha256: str
    sources: dict[str, bytes]
    packages: frozenset[str]

    @property
    def libraries(self) -> list[str]:
        """Names under which the modules are imported."""
        return sorted({module.partition(".")[0] for module in self.sources})


def read_wheel(path: Path) -> Wheel:
    """The modules of a wheel. Raises ValueError for a file that is not called like one, BadZipFile for no archive."""
    match = _NAME.match(path.name)
    if match is None:
        raise ValueError(f"{path.name}: not the name of a wheel; give the file as it was published")
    sources: dict[str, bytes] = {}
    packages: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for entry in sorted(archive.infolist(), key=lambda one: one.filename):
            parts = entry.filename.removesuffix(".py").split("/")
            if entry.file_size > LARGEST_SOURCE or not entry.filename.endswith(".py"):
                continue
            if not all(part.isidentifier() for part in parts):
                continue
            if parts[-1] == "__init__":
                parts.pop()
                packages.add(".".join(parts))
            if parts:
                sources[".".join(parts)] = archive.read(entry)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Wheel(match[1].lower().replace("_", "-"), match[2], digest, sources, frozenset(packages))


def is_hidden(module: str) -> bool:
    """Whether a module belongs to a part of its library that is never listed."""
    return any(part in HIDDEN or part.startswith(HIDDEN_PREFIXES) for part in module.split("."))
