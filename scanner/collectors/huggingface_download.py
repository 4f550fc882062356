"""What the Hugging Face client noted about a downloaded file: the commit it came from and the digest it should have.

``.cache/huggingface/download/<file>.metadata`` holds three lines: commit, etag, time. The etag is the sha256 of a large file
and the Git blob id of a small one; the scan hashes the file itself, so that a changed file does not join.
"""

from __future__ import annotations

import re
from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import Claim, Evidence, EvidenceBuilder, Proof
from scanner.records.references import is_commit
from scanner.sources.blob import Blob

NAME: Final = "huggingface_download"
VERSION: Final = "1"
_PLACE: Final = re.compile(r"(?P<root>(?:.*[/!])?)\.cache/huggingface/download/(?P<file>[^!]+)\.metadata\Z")


def wants(blob: Blob) -> bool:
    """A note of the client, told by its place."""
    return blob.name.endswith(".metadata") and _PLACE.match(blob.path) is not None


def collect(blob: Blob) -> Evidence:
    """The revision of the repository and the file it contains. Raises NotExaminable for a note of another form."""
    builder = EvidenceBuilder(NAME)
    place = _PLACE.match(blob.path)
    lines = blob.text(4096).split("\n")
    if place is None or len(lines) < 2 or not is_commit(lines[0]):
        raise NotExaminable(UNREADABLE, "no note of a download")
    root, path = place["root"], place["root"] + place["file"]
    etag = lines[1].strip().strip('"').lower()
    commit = builder.artifact(identity.commit(lines[0]), name=lines[0][:12], resolved=False)
    model = identity.at_path("model", root.rstrip("/") or ".")
    builder.relate(model, "built_from", commit, Proof.DECLARED, blob.location)
    if is_commit(etag):
        algorithm = "sha256" if len(etag) == 64 else "git-blob"
        file = builder.artifact(identity.content("file", etag, algorithm), name=path, resolved=False)
        builder.claims.append(Claim(file, None, path, published=True))
        builder.relate(commit, "contains", file, Proof.MATCHED, blob.location, place["file"])
    return builder.build()
