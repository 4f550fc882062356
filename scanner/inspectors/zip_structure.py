"""Zip archives that tell two stories: local records against the central directory, and bytes that belong to neither.

Loaders differ in which record they believe, so that content can be hidden from one of them. An archive as its writer
made it gives no statement here: its members are judged on their own.
"""

from __future__ import annotations

import contextlib
import re
import stat
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, Final

from scanner.errors import UNSUPPORTED, NotExaminable
from scanner.formats import sniff, zip_format
from scanner.inspectors.embedded_pickle import pickle_reasons
from scanner.inspectors.pickle import looks_like_pickle
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import RANK, Reason, state_verdict
from scanner.inspectors.zip_records import END, TAIL, Directory, Entry, read_directory, read_local
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.archive import safe_member_path
from scanner.sources.blob import Blob

NAME: Final = "zip_structure"
VERSION: Final = "1"
MODELS: Final = frozenset({"torch", "torchscript", "keras", "skops", "npz"})
"""Kinds of archives whose loaders look members up by name."""
SUFFIXES: Final = (".zip", ".keras", ".skops", ".npz", ".pt", ".pth", ".mar")
GAP_LIMIT: Final = 64 << 20
REASONS: Final = 200
ENCRYPTED, DESCRIPTOR, PATCHED, STRONG, UTF8 = 0x0001, 0x0008, 0x0020, 0x0040, 0x0800
FREE_FLAGS: Final = DESCRIPTOR | UTF8 | 0x0006
"""Flags that writers set in one record only: data descriptor, UTF-8 names, and the level of deflate."""
DESCRIPTORS: Final = (12, 16, 20, 24)
"""Sizes of the data descriptor behind a member: with and without signature, 32 and 64 bits."""

_HIDDEN: Final = re.compile(rb"PK\x03\x04[\x00-\x3f][\x00-\x14].{2}[\x00\x08\x09\x0c\x0e\x5d\x5f]\x00", re.DOTALL)
_SIGNING_BLOCK: Final = b"APK Sig Block 42"
"""Android puts the signature of a package before the directory."""


def wants(blob: Blob) -> bool:
    """Whether the content is a zip archive, or ends as one under a name that loaders open as one."""
    if sniff(blob.head, blob.size) == "zip":
        return True
    return blob.name.lower().endswith(SUFFIXES) and _ends_as_archive(blob)


def _ends_as_archive(blob: Blob) -> bool:
    with blob.open() as stream:
        stream.seek(max(blob.size - TAIL, 0))
        return END in stream.read(TAIL)


def inspect(blob: Blob) -> Evidence:
    """Contradictions in the structure of one archive; empty evidence for an ordinary one. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    with blob.open() as stream:
        directory = read_directory(stream, blob.size)
        names = [entry.name.decode("utf-8", "replace") for entry in directory.entries]
        model = zip_format(names) in MODELS
        reasons = [*_ends(directory), *_names(names, model=model), *_entries(stream, directory, model=model)]
    if sniff(blob.head, blob.size) != "zip":
        builder.missed(blob.location, UNSUPPORTED, "members of a zip archive behind other bytes")
    if reasons:
        reasons.sort(key=lambda one: (RANK.index(one.verdict), one.at, one.code))
        state_verdict(builder, blob, "lading", reasons[0].verdict, reasons[:REASONS])
    return builder.build()


def _ends(directory: Directory) -> Iterator[Reason]:
    """What stands before and behind the archive proper."""
    if directory.rivals:
        yield Reason("zip-two-directories", "several end records fit the file", "end record", "malicious")
    if directory.prefix:
        yield Reason("zip-prefix", f"{directory.prefix} bytes before the archive", "offset 0x0", "unknown")
    if directory.trailing:
        yield Reason("zip-trailing-bytes", f"{directory.trailing} bytes behind the end record", "end record", "unknown")
    if len(directory.entries) % 0x10000 != directory.count % 0x10000:
        yield Reason("zip-count-mismatch", "the end record counts other members", "end record", "unknown")
    comment = directory.comment
    if looks_like_pickle(comment, len(comment)):
        yield Reason("zip-comment-payload", "the comment is a pickle", "comment", "unknown")
        # A pickle that cannot be followed takes nothing away from what is known of the archive.
        with contextlib.suppress(NotExaminable):
            yield from pickle_reasons(comment, directory.end + 22)
    elif (format := sniff(comment, len(comment))) is not None:
        yield Reason("zip-comment-payload", f"the comment is {format}", "comment", "unknown")


def _names(names: list[str], *, model: bool) -> Iterator[Reason]:
    """Members that share a name, and names that lead out of the archive."""
    for name, count in sorted(Counter(names).items()):
        if count > 1:
            verdict = "malicious" if model or name.endswith((".pkl", ".npy", ".pb")) else "unknown"
            yield Reason("zip-duplicate-name", f"{count} members have this name", escape(name), verdict)
    if model:
        for name, count in sorted(Counter(name.casefold() for name in {*names}).items()):
            if count > 1:
                yield Reason("zip-duplicate-name", f"{count} names differ in case only", escape(name), "unknown")
    for name in sorted(set(names)):
        if "\0" in name or safe_member_path(name) is None:
            yield Reason("zip-unsafe-path", "the name leads out of the archive or holds NUL", escape(name), "unknown")


def _entries(stream: BinaryIO, directory: Directory, *, model: bool) -> Iterator[Reason]:
    """Each central record against its local one, and the bytes between the members."""
    position = 0
    for entry in sorted(directory.entries, key=lambda one: (one.at, one.name)):
        place = escape(entry.name.decode("utf-8", "replace"))
        local = read_local(stream, entry.at)
        if local is None:
            yield Reason("zip-no-local-record", "the directory points at no member", place, "unknown")
            continue
        yield from _contradictions(entry, local, place)
        if model:
            yield from _oddities(entry, local, place)
        if entry.at < position:
            yield Reason("zip-overlap", "members share bytes", place, "unknown")
        elif entry.at > position:
            yield from _gap(stream, position, entry.at)
        position = max(position, entry.at + local.length + entry.packed)
        if local.flags & DESCRIPTOR:
            position += _descriptor(stream, position, entry)
    if position > directory.start:
        yield Reason("zip-overlap", "members reach into the directory", "directory", "unknown")
    elif position < directory.start:
        yield from _gap(stream, position, directory.start)
    if directory.zip64 is False and directory.stop != directory.end:
        yield Reason("zip-gap", "bytes between directory and end record", "end record", "unknown")


def _contradictions(entry: Entry, local: Entry, place: str) -> Iterator[Reason]:
    if entry.name != local.name:
        shown = escape(local.name.decode("utf-8", "replace"))
        yield Reason("zip-name-mismatch", f"its own record calls it {shown}", place, "malicious")
    if (entry.flags ^ local.flags) & ~FREE_FLAGS:
        yield Reason("zip-flags-mismatch", "its two records differ in flags", place, "unknown")
    if entry.method != local.method:
        yield Reason("zip-method-mismatch", "its two records differ in compression", place, "unknown")
    deferred = bool(local.flags & DESCRIPTOR)
    for what, central, own in (
        ("size", entry.size, local.size),
        ("packed size", entry.packed, local.packed),
        ("checksum", entry.crc, local.crc),
    ):
        if central != own and not (deferred and own in (0, 0xFFFFFFFF)):
            yield Reason("zip-size-mismatch", f"its two records differ in {what}", place, "unknown")


def _oddities(entry: Entry, local: Entry, place: str) -> Iterator[Reason]:
    """What no model is saved with; in other archives such members are told as not examined and nothing more."""
    flags = entry.flags | local.flags
    if flags & ENCRYPTED:
        yield Reason("zip-encrypted", "the member is encrypted", place, "unknown")
    elif flags & (PATCHED | STRONG):
        yield Reason("zip-odd-flags", "flags that make readers give up", place, "unknown")
    if stat.S_ISLNK(entry.mode):
        yield Reason("zip-symlink", "the member is a symbolic link", place, "unknown")


def _descriptor(stream: BinaryIO, position: int, entry: Entry) -> int:
    """Bytes of the data descriptor at a place; 0 when there is none."""
    stream.seek(position)
    data = stream.read(max(DESCRIPTORS))
    crc, wide = entry.crc.to_bytes(4, "little"), (entry.packed.to_bytes(8, "little"), entry.size.to_bytes(8, "little"))
    long = crc + b"".join(wide)
    short = crc + b"".join(number[:4] for number in wide)
    for body in (b"PK\x07\x08" + long, b"PK\x07\x08" + short, long, short):
        if data.startswith(body):
            return len(body)
    return 0


def _gap(stream: BinaryIO, start: int, stop: int) -> Iterator[Reason]:
    """Bytes that no member owns: zeros are padding, a local record among them is a member that the directory hides."""
    stream.seek(start)
    data = stream.read(min(stop - start, GAP_LIMIT))
    if len(data) == stop - start and (not data.strip(b"\0") or data.endswith(_SIGNING_BLOCK)):
        return
    place = f"offset {start:#x}"
    hidden = _HIDDEN.search(data)
    if hidden is not None:
        place = f"offset {start + hidden.start():#x}"
        yield Reason("zip-hidden-entry", "a member that the directory does not list", place, "malicious")
    else:
        yield Reason("zip-gap", f"{stop - start} bytes that belong to no member", place, "unknown")
