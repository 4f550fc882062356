"""7z archives as Sources: the files of each folder, one after the other, as the folder expands.

Decoders are those of the standard library: LZMA, LZMA2 (also behind a branch or delta filter), deflate, bzip2, copy and
zstd. A folder by another coder, or an encrypted one, is told file by file.
"""

from __future__ import annotations

import io
import lzma
import stat
import zlib
from collections.abc import Iterator
from typing import IO, Final, cast

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import Location, NotExamined
from scanner.sources.archive import Budget, Members, Part, Suspect, safe_member_path, spool
from scanner.sources.blob import Blob, blob_of_bytes, open_part
from scanner.sources.seven_zip_records import Directory, File, Folder, read_directory
from scanner.sources.unpacking import Copy, Decoder, Unpacked, Zlib, Zstd, bzip2, lzma1, lzma2

COPY, LZMA, LZMA2 = b"\0", b"\x03\x01\x01", b"\x21"
DEFLATE, BZIP2, ZSTD, AES = b"\x04\x01\x08", b"\x04\x02\x02", b"\x04\xf7\x11\x01", b"\x06\xf1\x07\x01"
FILTERS: Final = {
    b"\x03": lzma.FILTER_DELTA,
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x04": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x07": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x08": lzma.FILTER_ARMTHUMB,
}
"""Filters that liblzma undoes behind LZMA2. Behind LZMA it keeps back the last bytes, so that they stay unsupported."""


def un7z(blob: Blob, budget: Budget) -> Members:
    """Members of a 7z archive. Raises NotExaminable when its header cannot be read."""

    def expand(folder: Folder, limit: int) -> bytes:
        if folder.size > limit:
            raise NotExaminable(OVER_LIMIT, f"7z header larger than {limit} bytes")
        content, whole = spool(
            cast(IO[bytes], _Taken(_open(blob, folder), folder.size)), blob.path, folder.packed, budget
        )
        if not whole:
            raise NotExaminable(UNREADABLE, "broken 7z archive")
        return content.read(limit)

    with blob.open() as stream:
        directory = read_directory(stream, blob.size, expand)
    return Members("7z", _parts(blob, directory, budget))


def _parts(blob: Blob, directory: Directory, budget: Budget) -> Iterator[Part]:
    inside: dict[int, list[File]] = {}
    for file in directory.files:
        if file.folder is not None:
            inside.setdefault(file.folder, []).append(file)
        elif not file.directory and (path := safe_member_path(file.name)) is not None:
            budget.member()
            yield blob_of_bytes(f"{blob.path}!{path}", b"")
    for number, files in sorted(inside.items()):
        folder = directory.folders[number]
        try:
            stream = _open(blob, folder)
        except NotExaminable as error:
            yield from (NotExamined(_place(blob, file), error.reason, error.detail) for file in files)
            continue
        with stream:
            yield from _files(blob, stream, folder, files, budget)


def _files(blob: Blob, stream: IO[bytes], folder: Folder, files: list[File], budget: Budget) -> Iterator[Part]:
    for position, file in enumerate(files):
        budget.member()
        place = _place(blob, file)
        named = place != blob.location
        taken = _Taken(stream, file.size)
        content, _ = spool(
            cast(IO[bytes], taken), place.path if named else f"{blob.path}!{position}", folder.packed, budget
        )
        if taken.left:
            if content.size:
                yield content
            yield from (NotExamined(_place(blob, one), UNREADABLE, "broken archive member") for one in files[position:])
            return
        if named and stat.S_ISLNK(file.mode):
            continue
        if not named:
            yield NotExamined(place, UNSUPPORTED, "member name leaves the archive")
        elif file.crc is not None and file.crc != taken.crc:
            yield Suspect(place.path, "checksum")
        yield content


def _place(blob: Blob, file: File) -> Location:
    path = safe_member_path(file.name)
    return blob.location if path is None else Location(f"{blob.path}!{path.encode('utf-8', 'replace').decode()}")


class _Taken(io.RawIOBase):
    """The next ``size`` bytes of a stream, summed; ``left`` is what was not read of them."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream, self.left, self.crc = stream, size, 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, self.left)) if self.left else b""
        self.left -= len(data)
        self.crc = zlib.crc32(data, self.crc)
        return data


def _open(blob: Blob, folder: Folder) -> IO[bytes]:
    """The expanded bytes of a folder. Raises NotExaminable."""
    methods = [one.method for one in folder.coders]
    if AES in methods:
        raise NotExaminable(UNSUPPORTED, "encrypted")
    decoder = _filtered(folder) if len(methods) == 2 and methods[0] == LZMA2 and methods[1] in FILTERS else None
    if decoder is None and (len(methods) != 1 or not folder.simple):
        raise NotExaminable(UNSUPPORTED, "7z coders without a decoder")
    packed = open_part(blob.open(), folder.start, folder.packed)
    return cast(IO[bytes], Unpacked(packed, decoder or _decoder(folder), folder.size))


def _decoder(folder: Folder) -> Decoder:
    coder = folder.coders[0]
    if coder.method == LZMA:
        return lzma1(coder.properties, coder.size)
    if coder.method == LZMA2:
        return lzma2(coder.properties, coder.size)
    if coder.method == COPY:
        return Copy()
    if coder.method == DEFLATE:
        return Zlib(-zlib.MAX_WBITS)
    if coder.method == BZIP2:
        return bzip2()
    if coder.method == ZSTD:
        return Zstd()
    raise NotExaminable(UNSUPPORTED, "7z coders without a decoder")


def _filtered(folder: Folder) -> Decoder:
    first, second = folder.coders
    before: dict[str, int] = {"id": FILTERS[second.method]}
    if before["id"] == lzma.FILTER_DELTA:
        before["dist"] = (second.properties or b"\0")[0] + 1
    return lzma2(first.properties, first.size, before)
