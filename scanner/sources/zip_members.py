"""The members of a zip archive as ``zipfile`` names them, for inspectors that ask what kind of archive it is."""

from __future__ import annotations

import zipfile

from scanner.sources.archive import BROKEN_ZIP
from scanner.sources.blob import Blob


def member_names(blob: Blob) -> tuple[str, ...]:
    """Names of all members, read once for each Blob; none for a broken archive, of which its reader tells.

    Raises NotExaminable when the Blob cannot be opened.
    """
    if blob.members is None:
        try:
            with blob.open() as stream, zipfile.ZipFile(stream) as archive:
                blob.members = tuple(archive.namelist())
        except BROKEN_ZIP:
            blob.members = ()
    return blob.members
