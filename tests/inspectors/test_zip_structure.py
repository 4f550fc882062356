"""Archives as their writers make them say nothing; each contradiction between their records has its reason."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import UNREADABLE, NotExaminable
from scanner.inspectors import zip_structure

DATA = Path(__file__).parent / "data"
PAYLOAD = b"cos\nsystem\n(S'true'\ntR."
ARCHIVES = sorted(path.name for path in DATA.iterdir() if path.suffix in (".pt", ".keras", ".npz"))


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(stream, "w", method) as opened:
        for name, content in members:
            opened.writestr(zipfile.ZipInfo(name), content, method)
        opened.comment = comment
    return stream.getvalue()


TWO = archive(("m/data.pkl", b"\x80\x02N."), ("m/data/0", bytes(16)))
CENTRAL = TWO.index(b"PK\x01\x02")


def patched(content: bytes, offset: int, value: bytes) -> bytes:
    return content[:offset] + value + content[offset + len(value) :]


def hidden(content: bytes) -> bytes:
    """The first member disappears from the directory; its local record stays."""
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 1)
    end = content.index(b"PK\x05\x06")
    record = bytearray(content[end:])
    record[8:12] = struct.pack("<HH", 1, 1)
    record[12:16] = struct.pack("<I", end - second)
    return content[:first] + content[second:end] + bytes(record)


def judged(groups: dict[str, Any]) -> tuple[set[str], str | None]:
    codes = {one["code"] for one in groups.get("findings", [])}
    return codes, groups["code_scan"]["verdict"] if groups else None


@pytest.mark.parametrize("name", ARCHIVES)
def test_real_archives_of_models(inspected: Any, name: str) -> None:
    assert inspected(zip_structure, DATA / name) == {}


class Unseekable(io.RawIOBase):
    """Makes ``zipfile`` write data descriptors."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += bytes(data)
        return len(data)


def streamed(large: bool) -> bytes:
    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in ("a", "b"):
            with opened.open(zipfile.ZipInfo(name), "w", force_zip64=large) as member:
                member.write(b"content" * 50)
    return stream.data


@pytest.mark.parametrize(
    "content",
    [
        archive(),
        archive(("a", b"1"), ("dir/", b""), ("dir/ü", b"2"), method=zipfile.ZIP_DEFLATED),
        archive(("inner.zip", TWO), ("x", b"y")),
        archive(("a", b"1"), comment=b"made by hand"),
        streamed(large=False),
        streamed(large=True),
    ],
)
def test_ordinary_archives(inspected: Any, content: bytes) -> None:
    assert inspected(zip_structure, content) == {}


def entries_of_zip64() -> bytes:
    """A directory that keeps its numbers in the zip64 records."""
    end = TWO.index(b"PK\x05\x06")
    length = end - CENTRAL
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2, 2, length, CENTRAL)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    return (
        TWO[:end]
        + record
        + locator
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, *[0xFFFFFFFF] * 2, 0)
    )


def test_zip64(inspected: Any) -> None:
    assert inspected(zip_structure, entries_of_zip64()) == {}
    assert judged(inspected(zip_structure, patched(entries_of_zip64(), 30, b"x")))[0] == {"zip-name-mismatch"}
    contradiction = patched(entries_of_zip64(), len(entries_of_zip64()) - 6, struct.pack("<I", CENTRAL + 1))
    assert judged(inspected(zip_structure, contradiction)) == ({"zip-two-directories"}, "malicious")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (patched(TWO, 30, b"x/other"), "zip-name-mismatch"),
        (patched(TWO, CENTRAL + 46, b"x/other"), "zip-name-mismatch"),
        (hidden(TWO), "zip-hidden-entry"),
        (archive(("m/data.pkl", b"1"), ("m/data.pkl", b"2")), "zip-duplicate-name"),
        (archive(("a", b"1"), comment=TWO), "zip-two-directories"),
    ],
)
def test_what_hides_content_is_malicious(inspected: Any, content: bytes, code: str) -> None:
    codes, verdict = judged(inspected(zip_structure, content))
    assert code in codes
    assert verdict == "malicious"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (patched(TWO, 6, b"\x10\0"), "zip-flags-mismatch"),
        (patched(TWO, 8, b"\x08\0"), "zip-method-mismatch"),
        (patched(TWO, 14, b"\1\2\3\4"), "zip-size-mismatch"),
        (patched(TWO, 22, b"\1\2\3\4"), "zip-size-mismatch"),
        (patched(TWO, CENTRAL + 42, b"\1\0\0\0"), "zip-no-local-record"),
        (TWO + b"more", "zip-trailing-bytes"),
        (TWO[: CENTRAL - 4] + b"junk" + TWO[CENTRAL - 4 :], "zip-prefix"),
        (archive(("a", b"1"), ("../b", b"2")), "zip-unsafe-path"),
        (archive(("a", b"1"), ("/etc/b", b"2")), "zip-unsafe-path"),
        (archive(("a", b"1"), ("C:\\b", b"2")), "zip-unsafe-path"),
        (archive(("a", b"1"), ("a", b"2")), "zip-duplicate-name"),
        (archive(("m/data.pkl", b"1"), ("m/DATA.pkl", b"2")), "zip-duplicate-name"),
        (archive(("a", b"1"), comment=b"\x7fELF\2\1\1"), "zip-comment-payload"),
        (patched(patched(TWO, 6, b"\1\0"), CENTRAL + 8, b"\1\0"), "zip-encrypted"),
        (patched(patched(TWO, 6, b"\x20\0"), CENTRAL + 8, b"\x20\0"), "zip-odd-flags"),
        (patched(TWO, CENTRAL + 38, struct.pack("<I", 0o120777 << 16)), "zip-symlink"),
        (patched(TWO, TWO.index(b"PK\x05\x06") + 8, b"\7\0\7\0"), "zip-count-mismatch"),
    ],
)
def test_other_contradictions(inspected: Any, content: bytes, code: str) -> None:
    codes, verdict = judged(inspected(zip_structure, content))
    assert code in codes
    assert verdict == ("malicious" if "zip-hidden-entry" in codes else "unknown")


def test_comment_with_a_pickle_is_judged(inspected: Any) -> None:
    found = inspected(zip_structure, archive(("a", b"1"), comment=PAYLOAD))
    assert found["code_scan"]["verdict"] == "malicious"
    assert any(one["detail"] == "os.system" for one in found["findings"])


def overlapping() -> bytes:
    """Two directory entries over the same member, as compression bombs have them."""
    end = TWO.index(b"PK\x05\x06")
    second = TWO.index(b"PK\x01\x02", CENTRAL + 1)
    return patched(TWO, second + 42, bytes(4))[:end] + TWO[end:]


def padded(padding: bytes) -> Callable[[], bytes]:
    def build() -> bytes:
        end = TWO.index(b"PK\x05\x06")
        record = bytearray(TWO[end:])
        record[16:20] = struct.pack("<I", CENTRAL + len(padding))
        return TWO[:CENTRAL] + padding + TWO[CENTRAL:end] + bytes(record)

    return build


@pytest.mark.parametrize(
    ("build", "codes"),
    [
        (overlapping, {"zip-overlap", "zip-name-mismatch", "zip-gap", "zip-size-mismatch"}),
        (padded(bytes(64)), set()),
        (padded(b"secret"), {"zip-gap"}),
        (padded(b"..." + archive(("evil", PAYLOAD))[:40]), {"zip-hidden-entry"}),
        (padded(bytes(8) + b"APK Sig Block 42"), set()),
    ],
)
def test_bytes_between_members(inspected: Any, build: Callable[[], bytes], codes: set[str]) -> None:
    assert judged(inspected(zip_structure, build()))[0] == codes


@pytest.mark.parametrize("content", [b"PK\x03\x04", TWO[:60], TWO[:-22], patched(TWO, CENTRAL, b"xx")])
def test_broken(inspected: Any, content: bytes) -> None:
    with pytest.raises(NotExaminable) as caught:
        inspected(zip_structure, content)
    assert caught.value.reason == UNREADABLE


@pytest.mark.parametrize("name", ["model.keras", "photo.gif", "noextension"])
def test_archive_behind_other_bytes(inspected: Any, name: str) -> None:
    assert judged(inspected(zip_structure, b"GIF89a" + TWO, name))[0] == {"zip-prefix", "zip-gap"}
    adjusted = io.BytesIO(b"GIF89a")
    adjusted.seek(0, io.SEEK_END)
    with zipfile.ZipFile(adjusted, "a") as opened:
        opened.writestr("m/data.pkl", b"1")
    assert judged(inspected(zip_structure, adjusted.getvalue(), name))[0] == {"zip-gap"}


def test_archive_between_other_bytes(inspected: Any) -> None:
    """Loaders look for the end record and ask neither what stands before the archive nor what follows."""
    content = b"%PDF-1.4\n" + TWO + b"\n%%EOF\n"
    assert {"zip-prefix", "zip-trailing-bytes"} <= judged(inspected(zip_structure, content, "paper.pdf"))[0]
    signed = b"MZqFpD='\n" + bytes(60) + TWO + b"signature"
    assert inspected(zip_structure, signed, "setup.exe") == {}


def test_what_only_mentions_an_archive_is_none(inspected: Any) -> None:
    assert inspected(zip_structure, b"no archive", "model.zip") == {}
    assert inspected(zip_structure, b"junk" + TWO[2:] + b"more", "notes") == {}
    assert inspected(zip_structure, b"junk PK\x05\x06" + bytes(18), "notes") == {}


@pytest.mark.parametrize("start", [b"#!/usr/bin/env python3\n", b"\x7fELF" + bytes(60), b"MZqFpD='\n" + bytes(60)])
def test_a_program_may_carry_an_archive(inspected: Any, start: bytes) -> None:
    assert inspected(zip_structure, start + TWO, "tool") == {}
    assert judged(inspected(zip_structure, start + TWO, "weights.bin"))[0] == {"zip-prefix", "zip-gap"}
    model = archive(("weights.GGUF", b"GGUF"), ("args", b"-m"))
    assert judged(inspected(zip_structure, start + model, "tiny.llamafile")) == ({"executable-model"}, "unknown")


def test_comment_that_is_a_broken_pickle_hides_nothing(inspected: Any) -> None:
    content = archive(("m/data.pkl", b"1"), ("m/data.pkl", b"2"), comment=b"\x80\x04\x95\xff\xff")
    codes, verdict = judged(inspected(zip_structure, content))
    assert codes == {"zip-duplicate-name", "zip-comment-payload"}
    assert verdict == "malicious"


def test_names_are_shown_escaped(inspected: Any) -> None:
    found = inspected(zip_structure, archive(("a", b"1"), ("../\x1b[31m\n", b"2")))
    assert all(one["at"].isprintable() and "\x1b" not in one["at"] for one in found["findings"])


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    ("storage", "code"),
    [
        (struct.pack("<20f", *range(20)), None),
        (bytes(64), None),
        (b"\x80\x02" + bytes(62), None),
        (b"\x78\x9c" + bytes(62), None),
        (b"\x7fELF\2\1\1" + bytes(64), "payload-program"),
        (TWO, "payload-archive"),
        (PAYLOAD + bytes(64), "payload-pickle"),
        (b"\x80\x02" + PAYLOAD + bytes(64), "payload-pickle"),
    ],
)
def test_storages_of_torch_are_looked_at(inspected: Any, storage: bytes, code: str | None, method: int) -> None:
    content = archive(("m/data.pkl", b"N."), ("m/data/0", storage), method=method)
    codes, verdict = judged(inspected(zip_structure, content))
    assert (codes, verdict) == (({code}, "unknown") if code else (set(), None))
