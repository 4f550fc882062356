"""Decoders of packed bytes behind one stream class, so that every archive expands piece by piece and never at once.

Formats: RFC 1951 (deflate), the LZMA SDK's properties of five bytes, xz, bzip2, zstd (RFC 8878) and LZ4 frames 1.6.
"""

from __future__ import annotations

import bz2
import io
import lzma
import sys
import zlib
from typing import IO, Any, BinaryIO, Final, Protocol, cast

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

PIECE: Final = 1 << 18
DICTIONARY: Final = 256 << 20
"""The largest window of an LZMA stream; its header may claim 4 GiB."""


class Decoder(Protocol):
    """What ``bz2`` and ``lzma`` call a decompressor: bounded output, and input only when it asks for it."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class Zlib:
    """``zlib.decompressobj`` as a :class:`Decoder`; ``wbits`` as there."""

    def __init__(self, wbits: int = zlib.MAX_WBITS) -> None:
        self._inflate = zlib.decompressobj(wbits)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max(max_length, 0))


class Copy:
    """Bytes that are not packed, as a :class:`Decoder`."""

    eof = False
    needs_input = complete = True

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return data


def lzma1(properties: bytes, size: int) -> Decoder:
    """A raw LZMA stream by its properties; ``size`` is what it is said to expand to.

    Raises NotExaminable.
    """
    if len(properties) != 5 or properties[0] >= 225:
        raise NotExaminable(UNREADABLE, "broken LZMA properties")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    window = int.from_bytes(properties[1:], "little")
    return _lzma({"id": lzma.FILTER_LZMA1, "dict_size": _window(window, size), "lc": lc, "lp": lp, "pb": pb})


def lzma2(properties: bytes, size: int, *before: dict[str, int]) -> Decoder:
    """A raw LZMA2 stream by its one byte of properties, and filters of ``lzma`` to undo behind it. Raises NotExaminable."""
    if len(properties) != 1 or properties[0] > 40:
        raise NotExaminable(UNREADABLE, "broken LZMA2 properties")
    bits = properties[0]
    return _lzma(*before, {"id": lzma.FILTER_LZMA2, "dict_size": _window((2 | bits & 1) << (bits // 2 + 11), size)})


def _window(claimed: int, size: int) -> int:
    """The window to decode with: a size may be a lie that is too small, so that it only cuts a window without measure."""
    needed = claimed if claimed <= DICTIONARY else min(claimed, size)
    if needed > DICTIONARY:
        raise NotExaminable(OVER_LIMIT, f"an LZMA window larger than {DICTIONARY} bytes")
    return max(needed, 4096)


def _lzma(*filters: dict[str, int]) -> Decoder:
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    except (lzma.LZMAError, ValueError):
        raise NotExaminable(UNREADABLE, "broken LZMA properties") from None


class Unpacked(io.RawIOBase):
    """What a decoder makes of a packed stream, which it closes with itself; bytes behind its end are left alone.

    ``size`` is what it expands to where the archive says so: a stream that its writer did not mark as ended stops there.
    Reading raises EOFError when the packed bytes end too early, and what the decoder raises.
    """

    def __init__(self, packed: BinaryIO, decoder: Decoder, size: int | None = None) -> None:
        self._packed, self._decoder, self._size = packed, decoder, size
        self._produced = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return self.readall()
        while size and not self._decoder.eof:
            piece = self._packed.read(min(size, PIECE)) if self._decoder.needs_input else b""
            if not piece and self._decoder.needs_input:
                if getattr(self._decoder, "complete", False) or self._produced == self._size:
                    return b""
                raise EOFError
            data = self._decoder.decompress(piece, size)
            if data:
                self._produced += len(data)
                return data
        return b""

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._packed.close()
        super().close()


def bzip2() -> Decoder:
    """A bzip2 stream."""
    return bz2.BZ2Decompressor()


def xz() -> Decoder:
    """An xz stream, with as much memory as the largest window of LZMA."""
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2 * DICTIONARY)


class Zstd:
    """Any number of zstd frames, as a :class:`Decoder`; ``complete`` says whether the input may end here."""

    eof = False

    def __init__(self) -> None:
        self._frame: Any = None
        self._rest = b""

    @property
    def needs_input(self) -> bool:
        return not self._rest and (self._frame is None or self._frame.needs_input)

    @property
    def complete(self) -> bool:
        return self._frame is None and not self._rest

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd

        if self._frame is None:
            self._frame = zstd.ZstdDecompressor()
        try:
            made: bytes = self._frame.decompress(self._rest + data, max_length)
        except zstd.ZstdError:
            raise ValueError("broken zstd frame") from None
        self._rest = b""
        if self._frame.eof:
            self._rest, self._frame = self._frame.unused_data, None
        return made


def lz4(packed: BinaryIO) -> IO[bytes]:
    """The content of an LZ4 stream of any number of frames."""
    import lz4.frame

    return cast(IO[bytes], lz4.frame.LZ4FrameFile(packed))
