"""The three encodings of R's serialisation (R Internals, section 1.8): XDR, native little endian, and ASCII."""

from __future__ import annotations

import re
import struct
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable

BEGINNING: Final = re.compile(rb"(?:RD[XAB][23]\n)?(?:X\n\0\0\0[\x02\x03]\0|A\n[23]\n\d{1,9}\n|B\n[\x02\x03]\0\0\0)")
"""How a serialised value, or a file of named ones, begins."""
CHARACTERS: Final = 9
"""Type of one text."""
HAS_ATTRIBUTES: Final = 1 << 9
TOKEN: Final = 4096
"""Characters of one number in ASCII."""


class Stream:
    """Numbers and texts from the start of a mapped file; lengths are compared with the bytes left."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.position = data, 0
        if bytes(data[:2]) == b"RD":
            self.position = 5
        self.form = chr(data[self.position])
        self.position += 2
        self._numbers = struct.Struct("<i" if self.form == "B" else ">i")

    def integer(self) -> int:
        """A signed number of 32 bits; NA is the smallest."""
        if self.form == "A":
            token = self._token()
            if token == b"NA":
                return -(1 << 31)
            if not re.fullmatch(rb"-?\d{1,11}", token):
                raise NotExaminable(UNREADABLE, "broken R data: no number where one should be")
            return int(token)
        try:
            number: int = self._numbers.unpack_from(self.data, self.position)[0]
        except struct.error:
            raise NotExaminable(UNREADABLE, "broken R data: shorter than its items") from None
        self.position += 4
        return number

    def length(self) -> int:
        """A number of elements; longer vectors have it in two parts."""
        count = self.integer()
        if count == -1:
            count = (self.integer() << 32) + (self.integer() & 0xFFFFFFFF)
        if count < 0 or count > len(self.data):
            raise NotExaminable(UNREADABLE, "broken R data: a length beyond the end")
        return count

    def skip(self, count: int, width: int) -> None:
        """Pass ``count`` numbers of ``width`` bytes."""
        if self.form != "A":
            self._take(count * width)
            return
        for _ in range(count * (2 if width == 16 else 1)):
            self._token()

    def strings(self, count: int) -> None:
        """Pass ``count`` texts with their types: most of the items of a table."""
        for _ in range(count):
            if self.integer() & (0xFF | HAS_ATTRIBUTES) != CHARACTERS:
                raise NotExaminable(UNREADABLE, "broken R data: no text where one should be")
            length = self.integer()
            if self.form == "A":
                self.text(length)
            elif length > 0:
                self._take(length)

    def text(self, length: int, keep: bool = True) -> str:
        """A text of ``length`` bytes; an empty one when it is not to be kept. A negative length is NA."""
        if length < 0:
            return ""
        if self.form != "A":
            taken = self._take(length)
            return bytes(taken[:200]).decode("utf-8", "replace") if keep else ""
        return self._escaped(length)

    def _take(self, size: int) -> memoryview:
        if size < 0 or size > len(self.data) - self.position:
            raise NotExaminable(UNREADABLE, "broken R data: a length beyond the end")
        self.position += size
        return self.data[self.position - size : self.position]

    def _token(self) -> bytes:
        """Everything up to the end of the line."""
        window = bytes(self.data[self.position : self.position + TOKEN])
        end = window.find(b"\n")
        if end < 0:
            raise NotExaminable(UNREADABLE, "broken R data: a line without end")
        self.position += end + 1
        return window[:end].strip()

    def _escaped(self, length: int) -> str:
        """A text in which every byte outside printable ASCII is written with a backslash."""
        if length > len(self.data) - self.position:
            raise NotExaminable(UNREADABLE, "broken R data: a length beyond the end")
        if length > 1 << 20:
            raise NotExaminable(OVER_LIMIT, "a text of more than 1 MiB in ASCII")
        window = bytes(self.data[self.position : self.position + 4 * length + 64])
        place, found = len(window) - len(window.lstrip()), bytearray()
        if not length:
            place = 0
        while len(found) < length:
            match = _CHARACTER.match(window, place)
            if match is None:
                raise NotExaminable(UNREADABLE, "broken R data: a text that ends too early")
            found += bytes([int(match[1], 8) & 0xFF]) if match[1] else match[0][-1:]
            place = match.end()
        self.position += place
        if bytes(self.data[self.position : self.position + 1]) == b"\n":
            self.position += 1
        return found[:200].decode("utf-8", "replace")


_CHARACTER: Final = re.compile(rb"\\([0-7]{1,3})|\\[^0-7]|[^\\]", re.DOTALL)
