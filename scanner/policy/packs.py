"""The rule packs that ship with the product: in a wheel under ``scanner/_policies``, in the repository under ``policies``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scanner.errors import PolicyError

DEFAULT_PACKS: Final = (
    "model-security",
    "data-governance",
    "container-and-deployment",
    "packages-and-licences",
    "notebooks",
    "provenance",
    "release-baseline",
)
"""Used when no policy is named; the packs of frameworks and of documentation are asked for by name."""
DEFAULT: Final = "default"


def pack_directory() -> Path:
    """The directory that holds the shipped packs. Raises PolicyError when the installation lacks it."""
    package = Path(__file__).resolve().parent.parent
    for directory in (package / "_policies", package.parent / "policies"):
        if directory.is_dir():
            return directory
    raise PolicyError("policy packs: not found beside the program; install Lading again")


def pack_names() -> list[str]:
    """Names of all shipped packs, sorted."""
    return sorted(path.stem for path in pack_directory().glob("*.yaml"))


def locate(name: str) -> tuple[Path, str]:
    """The file that a policy name or path means, and how to call it in messages. Raises PolicyError."""
    if "/" not in name and "\\" not in name and not name.endswith((".yaml", ".yml")):
        if name not in pack_names():
            raise PolicyError(
                f"policy {name!r}: no such pack; use {DEFAULT}, one of {', '.join(pack_names())}, or a file name"
            )
        return pack_directory() / f"{name}.yaml", f"{name}.yaml"
    path = Path(name)
    if not path.is_file():
        raise PolicyError(f"policy {path.name}: no such file; give a policy file or the name of a pack")
    return path, path.name


def inside(directory: Path, relative: str, where: str) -> Path:
    """``relative`` of a policy file, kept inside its directory after links are resolved. Raises PolicyError."""
    path = (directory / relative).resolve()
    if not path.is_relative_to(directory.resolve()):
        raise PolicyError(f"{where}: {relative} leads out of the policy directory; keep extended files beside it")
    if not path.is_file():
        raise PolicyError(f"{where}: {relative} does not exist; correct the path")
    return path


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The policies to load: those named, where ``default`` stands for the default packs; these when none is named."""
    wanted = names or (DEFAULT,)
    return tuple(dict.fromkeys(one for name in wanted for one in (DEFAULT_PACKS if name == DEFAULT else (name,))))
