"""Families of section "zip structure": records that contradict each other, with and without a payload behind them."""

from __future__ import annotations

import io
import pickle
import stat
import struct
import tarfile
from collections.abc import Iterator

from tests.corpus.family import Family, Item, one_file
from tests.corpus.stream_families import payload
from tests.corpus.zips import BZIP2, DEFLATED, LZMA, Member, zipped

PLAIN = pickle.dumps({"weight": [1.0, 2.0]}, 2)


def model(content: bytes, *more: Member, **records: object) -> list[Member]:
    """The members of a torch archive whose ``data.pkl`` is ``content``."""
    return [
        Member("model/data.pkl", content, **records),  # type: ignore[arg-type]
        Member("model/version", b"3\n"),
        Member("model/data/0", bytes(16)),
        *more,
    ]


def _payload_in_lying_record() -> Iterator[Item]:
    lies: dict[str, dict[str, object]] = {
        "local-name": {"local_name": "model/data.txt"},
        "local-name-longer": {"local_name": "model/data.pkl.png"},
        "encrypted-flag": {"flags": 1},
        "encrypted-flag-local": {"local_flags": 1},
        "encrypted-flag-central": {"flags": 1, "local_flags": 0},
        "patch-flag": {"flags": 0x20},
        "strong-encryption-flag": {"flags": 0x40},
        "masked-header-flag": {"flags": 0x2000},
        "bad-crc": {"crc": 0},
        "bad-crc-deflated": {"crc": 0, "method": DEFLATED},
        "size": {"size": 3},
        "local-size": {"local_size": 3},
        "method-local": {"local_method": 8},
        "unix-link": {"attributes": (stat.S_IFLNK | 0o777) << 16},
    }
    for title, records in lies.items():
        yield one_file(title, zipped(model(payload(title), **records)), "model.pt")


def _payload_in_odd_place() -> Iterator[Item]:
    hidden = Member("model/data.pkl", payload("hidden"), listed=False)
    yield one_file("not-in-directory", zipped([hidden, *model(PLAIN)]), "model.pt")
    last = Member("model/extra.pkl", payload("hidden-last"), listed=False)
    yield one_file("not-in-directory-last", zipped([*model(PLAIN), last]), "model.pt")
    twin = Member("model/data.pkl", payload("duplicate"))
    yield one_file("duplicate-first", zipped([twin, *model(PLAIN)]), "model.pt")
    second = Member("model/data.pkl", payload("duplicate-second"))
    yield one_file("duplicate-second", zipped([*model(PLAIN), second]), "model.pt")
    folded = Member("model/DATA.PKL", payload("case"))
    yield one_file("duplicate-by-case", zipped([*model(PLAIN), folded]), "model.pt")
    yield one_file("comment", zipped(model(PLAIN), comment=payload("comment")), "model.pt")
    yield one_file("behind", zipped(model(PLAIN)) + payload("behind"), "model.pt")
    yield one_file("before", payload("before") + zipped(model(PLAIN)), "model.pt")
    yield one_file("before-counted", zipped(model(PLAIN), prefix=payload("before-counted")), "model.pt")
    yield one_file("fewer-counted", zipped(model(PLAIN, Member("model/z.pkl", payload("fewer"))), count=3), "model.pt")
    first, second_archive = zipped(model(PLAIN)), zipped(model(payload("two-archives")))
    yield one_file("two-archives", first + second_archive, "model.pt")
    yield one_file("two-archives-turned", zipped(model(payload("turned"))) + first, "model.pt")


def _empty_lies() -> Iterator[Item]:
    """Contradictions around data only: nothing would run, and nothing honest writes them."""
    lies: dict[str, list[Member]] = {
        "local-name": model(PLAIN, local_name="model/data.txt"),
        "duplicate": model(PLAIN, Member("model/data.pkl", PLAIN + b" ")),
        "hidden": model(PLAIN, Member("model/other.bin", b"x" * 40, listed=False)),
        "size": model(PLAIN, size=3),
        "encrypted-flag": model(PLAIN, flags=1),
        "link": model(PLAIN, Member("model/link", b"/etc/passwd", attributes=(stat.S_IFLNK | 0o777) << 16)),
        "parent": model(PLAIN, Member("../outside.pkl", PLAIN)),
        "absolute": model(PLAIN, Member("/tmp/outside.pkl", PLAIN)),
        "drive": model(PLAIN, Member("C:\\outside.pkl", PLAIN)),
        "backslash": model(PLAIN, Member("..\\..\\outside.pkl", PLAIN)),
        "nul": model(PLAIN, Member("model/data.pkl\0.txt", PLAIN)),
    }
    for title, members in lies.items():
        yield one_file(title, zipped([*members, Member("model/title", title.encode())]), "model.pt")
    base = zipped([*model(PLAIN), Member("model/title", b"edges")])
    yield one_file("bytes-behind", base + b"\x7fELF" + bytes(60), "model.pt")
    yield one_file("bytes-before", b"\x7fELF" + bytes(60) + base, "model.pt")
    yield one_file("cut", base[:-40], "model.pt")
    yield one_file("no-directory", base[: base.index(b"PK\x01\x02")], "model.pt")
    overlapping = zipped(model(PLAIN))
    position = overlapping.index(b"PK\x01\x02")
    second = overlapping.index(b"PK\x01\x02", position + 4)
    yield one_file(
        "overlap", overlapping[: second + 42] + struct.pack("<I", 0) + overlapping[second + 46 :], "model.pt"
    )
    gap = zipped([Member("model/a", b"x")])
    start = gap.index(b"PK\x01\x02")
    stuffed = gap[:start] + payload("gap") + gap[start:]
    end = stuffed.rindex(b"PK\x05\x06")
    moved = stuffed[: end + 16] + struct.pack("<I", stuffed.index(b"PK\x01\x02")) + stuffed[end + 20 :]
    yield one_file("gap", moved, "model.pt")
    yield one_file("storage", zipped(model(PLAIN, Member("model/data/1", payload("storage")))), "model.pt")


def _bombs() -> Iterator[Item]:
    zeros = Member("model/data/0", bytes(80 << 20), DEFLATED)
    yield one_file("ratio", zipped([Member("model/data.pkl", PLAIN), zeros]), "model.pt")
    many = [Member(f"model/data/{number}", b"") for number in range(220_000)]
    yield one_file("members", _quickly(many), "model.pt")
    inner = zipped([Member("a", bytes(8 << 20), DEFLATED)])
    for _ in range(12):
        inner = zipped([Member("a.zip", inner, DEFLATED)])
    yield one_file("depth", inner, "model.pt")


def _quickly(members: list[Member]) -> bytes:
    """Many empty members, joined once at the end."""
    local = [
        b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, 0, 0, 0, len(one.name), 0) + one.name.encode()
        for one in members
    ]
    directory, offset = [], 0
    for one, record in zip(members, local, strict=True):
        fields = (0x314, 20, 0, 0, 0, 0x21, 0, 0, 0, len(one.name), 0, 0, 0, 0, 0, offset)
        directory.append(b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", *fields) + one.name.encode())
        offset += len(record)
    listed = b"".join(directory)
    long_end = b"PK\x06\x06" + struct.pack(
        "<QHHIIQQQQ", 44, 45, 45, 0, 0, len(members), len(members), len(listed), offset
    )
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, offset + len(listed), 1)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return b"".join(local) + listed + long_end + locator + end


def _torch_layouts() -> Iterator[Item]:
    def archive(title: str, path: str, method: int = 0, filename: str = "model.pt", *more: Member) -> Item:
        members = [Member(path, payload(title), method), Member("archive/data/0", bytes(64)), *more]
        return one_file(title, zipped(members), filename)

    yield archive("plain", "archive/data.pkl")
    yield archive("other-top", "x/data.pkl")
    yield archive("no-top", "data.pkl")
    yield archive("deep-top", "a/b/c/data.pkl")
    yield archive("deflated", "archive/data.pkl", DEFLATED)
    yield archive("bzip2", "archive/data.pkl", BZIP2)
    yield archive("lzma", "archive/data.pkl", LZMA)
    for renamed in ("data.xxx", "data", "data.png", "data.json", "weights.bin", ".hidden", "data.pkl.txt"):
        yield archive(f"renamed-{renamed}", f"archive/{renamed}")
    for filename in ("model.bin", "model.ckpt", "model.zip", "model.jpg", "model", "model.safetensors", "model.npz"):
        yield archive(f"named-{filename}", "archive/data.pkl", 0, filename)
    for member in ("constants.pkl", "attributes.pkl", "traced_inputs.pkl", "bytecode.pkl", "code/m.py.debug_pkl"):
        yield one_file(
            member.replace("/", "-"), zipped(model(PLAIN, Member(f"model/{member}", payload(member)))), "m.pt"
        )
    yield one_file("proto-0", zipped(model(payload("proto-0", None))), "model.pt")
    yield one_file("extra-text", zipped(model(PLAIN, Member("model/.data/notes.txt", payload("extra-text")))), "m.pt")


def _nested() -> Iterator[Item]:
    inner = zipped(model(payload("three-levels")))
    for level in range(3):
        inner = zipped([Member(f"level{level}.zip", inner, DEFLATED if level else 0)])
    yield one_file("three-levels", inner, "model.zip")
    for outer in ("model.pt", "bundle.dat", "archive.whl"):
        yield one_file(f"zip-in-{outer}", zipped([Member("a/b", zipped(model(payload(outer))))]), outer)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as opened:
        content = zipped(model(payload("zip-in-tar")))
        info = tarfile.TarInfo("model.pt")
        info.size = len(content)
        opened.addfile(info, io.BytesIO(content))
    yield one_file("zip-in-tar", tar.getvalue(), "model.tar")
    yield one_file("tar-in-zip", zipped([Member("model.tar", tar.getvalue() + bytes(512))]), "model.zip")


def _polyglots() -> Iterator[Item]:
    yield one_file("pickle-then-zip", payload("pickle-then-zip") + zipped(model(PLAIN)), "model.pkl")
    yield one_file("data-pickle-then-zip", PLAIN + zipped(model(payload("data-pickle-then-zip"))), "model.pt")
    yield one_file("zip-then-pickle", zipped(model(PLAIN)) + payload("zip-then-pickle"), "model.pkl")
    yield one_file("gif-then-zip", b"GIF89a" + bytes(80) + zipped(model(payload("gif-then-zip"))), "model.gif")
    yield one_file("elf-then-zip", b"\x7fELF" + bytes(80) + zipped(model(payload("elf-then-zip"))), "model.bin")
    yield one_file("pdf-then-zip", b"%PDF-1.4\n" + zipped(model(payload("pdf-then-zip"))) + b"\n%%EOF", "paper.pdf")
    yield one_file("text-then-zip", b"#!/bin/sh\nexit\n" + zipped(model(payload("text-then-zip"))), "run.sh")
    yield one_file("zip-then-text", zipped(model(payload("zip-then-text"))) + b"\nread me\n", "model.pt")


FAMILIES = (
    Family("zip/payload-in-lying-record", "malicious", _payload_in_lying_record),
    Family("zip/payload-in-odd-place", "malicious", _payload_in_odd_place),
    Family("zip/contradictions", "lie", _empty_lies),
    Family("zip/bombs", "lie", _bombs),
    Family("zip/torch-layouts", "malicious", _torch_layouts),
    Family("zip/nested", "malicious", _nested),
    Family("zip/polyglots", "malicious", _polyglots),
)
