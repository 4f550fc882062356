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
from dataclasses import replace
from typing import BinaryIO, Final

from scanner.errors import NotExaminable
from scanner.formats import PROGRAMS, sniff, zip_format
from scanner.inspectors.embedded_pickle import pickle_reasons
from scanner.inspectors.hidden_executable import DATA_SUFFIXES
from scanner.inspectors.payload import opening_reasons
from scanner.inspectors.pickle import looks_like_pickle
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import RANK, Reason, state_verdict
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.archive import BROKEN, safe_member_path
from scanner.sources.blob import HEAD, Blob
from scanner.sources.zip_archive import STORAGE, name_of, open_member
from scanner.sources.zip_records import (
    DESCRIPTOR,
    GAP_LIMIT,
    Directory,
    Entry,
    Gap,
    hidden_records,
    is_zip,
    read_directory,
    walk,
)

NAME: Final = "zip_structure"
VERSION: Final = "2"
MODELS: Final = frozenset({"torch", "torchscript", "keras", "skops", "npz", "pt2", "mar"})
"""Kinds of archives whose loaders look members up by name."""
REASONS: Final = 200
ENCRYPTED, PATCHED, STRONG, UTF8 = 0x0001, 0x0020, 0x0040, 0x0800
FREE_FLAGS: Final = DESCRIPTOR | UTF8 | 0x0006
"""Flags that writers set in one record only: data descriptor, UTF-8 names, and the level of deflate."""

_CARRIER: Final = re.compile(rb"#!|MZ|JM\x01\x00|Cr24")
"""Scripts, programs that are several kinds at once, Java modules and browser extensions."""
_SIGNING_BLOCK: Final = b"APK Sig Block 42"
"""Android puts the signature of a package before the directory."""


def wants(blob: Blob) -> bool:
    """Whether the content is a zip archive, or ends as one."""
    return is_zip(blob)


def inspect(blob: Blob) -> Evidence:
    """Contradictions in the structure of one archive; empty evidence for an ordinary one. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    with blob.open() as stream:
        directory = read_directory(stream, blob.size)
        names = [entry.name.decode("utf-8", "replace") for entry in directory.entries]
        format = zip_format(names)
        model = format in MODELS
        program = _is_program(blob)
        reasons = [*_ends(directory, program=program), *_names(names, model=model)]
        reasons += _entries(stream, directory, model=model, program=program)
        if format in ("torch", "torchscript"):
            reasons += _storages(stream, directory, blob)
    if program and any(name.lower().endswith(".gguf") for name in names):
        reasons.append(Reason("executable-model", "a program that carries its model", "whole file", "unknown"))
    if reasons:
        reasons.sort(key=lambda one: (RANK.index(one.verdict), one.at, one.code))
        state_verdict(builder, blob, "lading", reasons[0].verdict, reasons[:REASONS])
    return builder.build()


def _is_program(blob: Blob) -> bool:
    """Whether the archive is what a program or script carries behind itself, as self-extracting files and zipapps do."""
    begins = sniff(blob.head, blob.size) in PROGRAMS or _CARRIER.match(blob.head) is not None
    return begins and not blob.name.lower().endswith(DATA_SUFFIXES)


def _ends(directory: Directory, *, program: bool) -> Iterator[Reason]:
    """What stands before and behind the archive proper."""
    if directory.rivals:
        yield Reason("zip-two-directories", "several end records fit the file", "end record", "malicious")
    if directory.prefix and not program:
        yield Reason("zip-prefix", f"{directory.prefix} bytes before the archive", "offset 0x0", "unknown")
    if directory.trailing and not (program and directory.prefix):
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


def _entries(stream: BinaryIO, directory: Directory, *, model: bool, program: bool) -> Iterator[Reason]:
    """Each central record against its local one, and the bytes between the members."""
    reach = 0
    for one in walk(stream, directory):
        if isinstance(one, Gap):
            if one.start or not program:
                yield from _gap(stream, one)
            continue
        place = escape(one.entry.name.decode("utf-8", "replace"))
        if one.local is None:
            yield Reason("zip-no-local-record", "the directory points at no member", place, "unknown")
            continue
        yield from _contradictions(one.entry, one.local, place)
        if model:
            yield from _oddities(one.entry, one.local, place)
        if one.overlaps:
            yield Reason("zip-overlap", "members share bytes", place, "unknown")
        reach = max(reach, one.stop)
    if reach > directory.start:
        yield Reason("zip-overlap", "members reach into the directory", "directory", "unknown")
    if directory.zip64 is False and directory.stop != directory.end:
        yield Reason("zip-gap", "bytes between directory and end record", "end record", "unknown")


def _storages(stream: BinaryIO, directory: Directory, blob: Blob) -> Iterator[Reason]:
    """Storages of tensors that begin as a file does; they are no members of their own, so that nobody else looks."""
    for one in walk(stream, directory):
        if isinstance(one, Gap) or one.local is None or not STORAGE.match(name_of(one.entry)):
            continue
        opening = replace(one.entry, packed=min(one.entry.packed, 2 * HEAD))
        with contextlib.suppress(NotExaminable, *BROKEN), open_member(blob, opening, one.local.length) as content:
            head = content.read(HEAD) or b""
            yield from opening_reasons(head, one.entry.size, escape(name_of(one.entry)), "a storage")


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


def _gap(stream: BinaryIO, gap: Gap) -> Iterator[Reason]:
    """Bytes that no member owns: zeros are padding, a local record among them is a member that the directory hides."""
    stream.seek(gap.start)
    data = stream.read(min(gap.stop - gap.start, GAP_LIMIT))
    if len(data) == gap.stop - gap.start and (not data.strip(b"\0") or data.endswith(_SIGNING_BLOCK)):
        return
    hidden = next(hidden_records(stream, gap), None)
    if hidden is not None:
        place = f"offset {hidden.at:#x}"
        yield Reason("zip-hidden-entry", "a member that the directory does not list", place, "malicious")
    else:
        place = f"offset {gap.start:#x}"
        yield Reason("zip-gap", f"{gap.stop - gap.start} bytes that belong to no member", place, "unknown")
