"""Images of registries among the paths of a command: copied into a temporary folder for as long as the command runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from scanner.errors import UsageError
from scanner.sources.registry_reference import SCHEME, RegistryReference, parse_reference


@contextmanager
def local_paths(paths: Sequence[Path], *, network: bool, platform: str | None) -> Iterator[tuple[Path, ...]]:
    """The paths, with the copy of an image in the place of each ``registry:`` reference. Raises UsageError."""
    references = {path: parse_reference(str(path)) for path in paths if str(path).startswith(SCHEME)}
    if not references:
        if platform is not None:
            raise UsageError("--platform: no path is an image in a registry; leave it out")
        yield tuple(paths)
        return
    if not network:
        reference = next(iter(references.values()))
        raise UsageError(f"{reference}: a registry is asked over the network; allow that with --network")
    from scanner.sources.registry_login import PASSWORD, USER

    hosts = {reference.origin for reference in references.values()}
    if len(hosts) > 1 and (USER in os.environ or PASSWORD in os.environ):
        raise UsageError(f"{USER}: set for more than one registry; scan the images of each registry by themselves")
    with TemporaryDirectory(prefix="lading-") as folder:
        copies = {
            path: _copied(reference, Path(folder) / str(number), platform)
            for number, (path, reference) in enumerate(references.items())
        }
        yield tuple(copies.get(path, path) for path in paths)


def _copied(reference: RegistryReference, folder: Path, platform: str | None) -> Path:
    """The image as a layout in a folder of its own that bears its name, as a release is called after its folder."""
    from scanner.sources.oci_registry import copy_image
    from scanner.sources.registry_login import find_login

    place = folder / reference.name.rpartition("/")[2]
    copy_image(reference, place, login=find_login(reference, os.environ), platform=platform)
    return place
