"""Git directories for fuzzing: what the fuzzer changes is packed and named as git would, so that it reaches the parsers."""

from __future__ import annotations

import hashlib
import shutil
import struct
import zlib
from pathlib import Path
from typing import Final

from scanner.collectors import git
from scanner.records.git_pack import Budget, GitObject, Pack
from scanner.sources.blob import blob_of_bytes
from scanner.sources.directory import Handle, open_blob
from tests.fuzz.scratch import folder

PART: Final = b"\n====\n"
"""Between the parts of one input."""
HEX: Final = b"<id>"
RAW: Final = b"{id}"
"""Stand for the id of the object before, as text and as bytes."""


def read_folder(data: bytes) -> None:
    """A repository from the parts ``config``, ``packed-refs`` and objects, the last of which ``HEAD`` names."""
    root = folder() / "repository" / ".git"
    shutil.rmtree(root.parent, ignore_errors=True)
    (root / "objects").mkdir(parents=True)
    (root / "refs" / "heads").mkdir(parents=True)
    config, references, *objects = (data + PART + PART).split(PART)
    id = "0" * 40
    for content in objects:
        if content:
            id = _store(content.replace(HEX, id.encode()).replace(RAW, bytes.fromhex(id)), root / "objects")
    (root / "config").write_bytes(config)
    (root / "packed-refs").write_bytes(references.replace(HEX, id.encode()))
    (root / "HEAD").write_text("ref: refs/heads/main\n")
    (root / "refs" / "heads" / "main").write_text(f"{id}\n")
    head = root / "HEAD"
    blob = open_blob(Handle(".git/HEAD", str(head), str(root.parent), head.stat().st_size))
    if git.wants(blob):
        git.collect(blob)


def _store(content: bytes, objects: Path) -> str:
    kind, _, body = content.partition(b"\n")
    whole = b"%s %d\0%s" % (kind, len(body), body)
    id = hashlib.sha1(whole).hexdigest()
    (objects / id[:2]).mkdir(exist_ok=True)
    (objects / id[:2] / id[2:]).write_bytes(zlib.compress(whole, 1))
    return id


def read_pack(data: bytes) -> None:
    """A pack of the parts, each a byte for its type and its content; offset deltas name the part before."""
    pack = bytearray(b"PACK\0\0\0\2\0\0\0\1")
    offsets: list[int] = []
    for part in data.split(PART)[:32]:
        kind, content = (part[0] if part else 0) & 7, part[1:]
        offsets.append(len(pack))
        pack += _entry_header(kind, len(content))
        if kind == 6 and len(offsets) > 1:
            pack += _distance(offsets[-1] - offsets[-2])
        elif kind == 7:
            pack += _id(0)
        pack += zlib.compress(content, 1)
    index = b"\xfftOc\0\0\0\2" + struct.pack(">256I", *[len(offsets)] * 256)
    index += b"".join(_id(at) for at in range(len(offsets))) + bytes(4 * len(offsets))
    index += struct.pack(f">{len(offsets)}I", *offsets)
    opened = Pack(
        blob_of_bytes("pack-1.pack", bytes(pack)), index, 20, Budget(1 << 22), lambda id: GitObject("blob", b"base")
    )
    for at in range(len(offsets)):
        found = opened.find(_id(at).hex())
        assert found == offsets[at]
        opened.read(found)


def _id(at: int) -> bytes:
    return struct.pack(">I", at).ljust(20, b"\0")


def _entry_header(kind: int, size: int) -> bytes:
    """Type and size of an entry of a pack (gitformat-pack)."""
    first, size = kind << 4 | size & 15, size >> 4
    written = bytearray()
    while size:
        written.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    written.append(first)
    return bytes(written)


def _distance(back: int) -> bytes:
    """The distance to the base of an offset delta (gitformat-pack)."""
    written = [back & 0x7F]
    while back := back >> 7:
        back -= 1
        written.append(back & 0x7F | 0x80)
    return bytes(reversed(written))
