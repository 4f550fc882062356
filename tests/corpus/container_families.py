"""Families of section "containers": tar, compression, joblib, NumPy, the legacy formats of torch, names that lie."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from tests.corpus.family import Family, Item, one_file
from tests.corpus.packed import lz4_frame, seven_zip, zstd_frame
from tests.corpus.stream_families import echo, payload
from tests.corpus.zips import Member, zipped
from tests.inspectors.pickle import assembler as asm

MAGIC: Final = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
PROTOCOL: Final = pickle.dumps(1001, 2)
SYSTEM: Final = pickle.dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2}}, 2)
STATE: Final = pickle.dumps({}, 2)
KEYS: Final = pickle.dumps([], 2)
PACKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "z": zlib.compress,
    "lz4": lz4_frame,
    "zst": zstd_frame,
    "7z": seven_zip,
}


def tarred(*members: tuple[str, bytes], links: tuple[tuple[str, str, bytes], ...] = ()) -> bytes:
    """A tar archive; ``links`` are (name, target, type)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as opened:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content))
        for name, target, kind in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            opened.addfile(info)
    return stream.getvalue()


def _compressed() -> Iterator[Item]:
    for name, pack in PACKERS.items():
        yield one_file(name, pack(payload(f"packed-{name}")), f"model.pkl.{name}")
        yield one_file(f"{name}-as-pkl", pack(payload(f"packed-{name}-as-pkl")), "model.pkl")
        yield one_file(f"{name}-as-joblib", pack(payload(f"packed-{name}-as-joblib")), "model.joblib")
        yield one_file(f"{name}-doubled", pack(pack(payload(f"packed-{name}-doubled"))), "model.pkl")
        torch = zipped([Member("m/data.pkl", payload(f"packed-{name}-torch"))])
        yield one_file(f"{name}-torch", pack(torch), "model.pt")
    for outer, inner in (("gz", "bz2"), ("xz", "gz"), ("zst", "lz4"), ("z", "xz")):
        title = f"{outer}-of-{inner}"
        yield one_file(title, PACKERS[outer](PACKERS[inner](payload(title))), "model.pkl")
    yield one_file("gz-two-members", gzip.compress(STATE, mtime=0) + gzip.compress(payload("gz2"), mtime=0), "m.pkl")
    yield one_file("gz-then-junk", gzip.compress(payload("gz-then-junk"), mtime=0) + b"junk", "model.pkl")


def _compression_bombs() -> Iterator[Item]:
    zeros = asm.proto(4) + b"\x8e" + struct.pack("<Q", 300 << 20) + bytes(300 << 20) + b"."
    once = gzip.compress(zeros, 9, mtime=0)
    yield one_file("gz", once, "model.pkl.gz")
    yield one_file("gz-doubled", gzip.compress(once, 9, mtime=0), "model.pkl")


def _broken_seven_zip() -> Iterator[Item]:
    """nullifAI: 7z under the name of a torch file, with a pickle that breaks behind its payload."""
    broken = asm.proto(4) + echo("nullifai") + b"\xff\xff"
    for filename in ("model.7z", "model.pt", "pytorch_model.bin"):
        yield one_file(filename, seven_zip(broken + filename.encode()), filename)


def _tar() -> Iterator[Item]:
    yield one_file("plain", tarred(("model.pkl", payload("tar"))), "model.tar")
    yield one_file("as-pt", tarred(("model.pkl", payload("tar-as-pt"))), "model.pt")
    yield one_file("odd-member", tarred(("notes.txt", payload("tar-odd-member"))), "model.tar")
    for name in ("gz", "bz2", "xz", "zst", "lz4"):
        content = PACKERS[name](tarred(("a/model.pkl", payload(f"tar-{name}"))))
        yield one_file(name, content, f"model.tar.{name}")
        yield one_file(f"{name}-named-tgz", PACKERS[name](tarred(("m", payload(f"tgz-{name}")))), "model.tgz")
    for member in ("../outside.pkl", "/etc/outside.pkl", "a/../../outside.pkl"):
        yield one_file(member.replace("/", "_"), tarred((member, payload(member))), "model.tar")
    yield one_file("in-tar", tarred(("inner.tar", tarred(("m.pkl", payload("tar-in-tar"))))), "model.tar")
    hard = tarred(("m.pkl", payload("hard-link")), links=(("again.pkl", "m.pkl", tarfile.LNKTYPE),))
    yield one_file("hard-link", hard, "model.tar")


def _tar_lies() -> Iterator[Item]:
    yield one_file("hard-link-outside", tarred(("a", b"hard"), links=(("h", "/etc/passwd", tarfile.LNKTYPE),)), "m.tar")
    yield one_file("device", tarred(("a", b"device"), links=(("d", "", tarfile.CHRTYPE),)), "model.tar")
    yield one_file("cut", tarred(("a.pkl", STATE * 400))[:900], "model.tar")


def _legacy_torch() -> Iterator[Item]:
    parts = [MAGIC, PROTOCOL, SYSTEM, STATE, KEYS]
    for position, name in enumerate(("magic", "protocol", "system", "object", "keys")):
        changed = [*parts[:position], payload(f"legacy-{name}", 2), *parts[position + 1 :]]
        yield one_file(name, b"".join(changed), "model.pt")
    made = asm.call(asm.name("os", "system"), b"V" + b"echo computed-magic\n") + b"0" + MAGIC[2:-1]
    yield one_file("computed-magic", asm.pickle(made, protocol=2) + b"".join(parts[1:]), "model.pt")
    yield one_file("sixth", b"".join(parts) + payload("legacy-sixth", 2), "model.pt")
    yield one_file("wrong-magic", pickle.dumps(7, 2) + b"".join(parts[1:3]) + payload("wrong-magic", 2) + KEYS, "m.pt")
    yield one_file("named-bin", b"".join(parts[:3]) + payload("legacy-bin", 2) + KEYS, "pytorch_model.bin")
    for member in ("sys_info", "pickle", "storages", "tensors"):
        names = {"sys_info": SYSTEM, "pickle": STATE, "storages": pickle.dumps(0, 2), "tensors": pickle.dumps(0, 2)}
        names[member] = payload(f"torch-tar-{member}", 2)
        yield one_file(f"tar-{member}", tarred(*names.items()), "model.pt")


def npy(dtype: str, body: bytes, version: int = 1, shape: str = "(1,)") -> bytes:
    """A ``.npy`` file whose header names ``dtype``."""
    text = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (63 - (len(text) + (10 if version == 1 else 12)) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + body


def _numpy() -> Iterator[Item]:
    for version in (1, 2, 3):
        title = f"npy-v{version}"
        yield one_file(title, npy("'|O'", payload(title), version), "array.npy")
        yield one_file(
            f"{title}-fields", npy("[('a', '<f8'), ('b', '|O')]", payload(f"{title}-fields"), version), "a.npy"
        )
    numbers = npy("'<f8'", bytes(8))
    yield one_file("behind-numbers", numbers + payload("behind-numbers"), "array.npy")
    yield one_file("npz-object", zipped([Member("a.npy", npy("'|O'", payload("npz-object")))]), "arrays.npz")
    yield one_file("npz-bare-pickle", zipped([Member("a.npy", payload("npz-bare"))]), "arrays.npz")
    yield one_file("npz-no-suffix", zipped([Member("a", payload("npz-no-suffix"))]), "arrays.npz")
    yield one_file("npz-beside", zipped([Member("a.npy", numbers), Member("b.npy", payload("npz-beside"))]), "a.npz")
    yield one_file("npy-is-a-pickle", payload("npy-is-a-pickle"), "array.npy")


def _numpy_lies() -> Iterator[Item]:
    yield one_file("header-code", npy("__import__('os')", bytes(8)), "array.npy")
    yield one_file("header-cut", npy("'<f8'", bytes(8))[:40], "array.npy")
    yield one_file("shape-huge", npy("'<f8'", bytes(8), shape="(1099511627776, 1099511627776)"), "array.npy")
    yield one_file("shape-negative", npy("'<f8'", bytes(8), shape="(-1,)"), "array.npy")
    yield one_file("version-9", b"\x93NUMPY\x09\x00" + npy("'<f8'", bytes(8))[8:], "array.npy")
    yield one_file("bytes-behind", npy("'<f8'", bytes(8)) + b"\x7fELF" + bytes(60), "array.npy")
    yield one_file("data-missing", npy("'<f8'", bytes(3), shape="(100,)"), "array.npy")


def _wrapper(dtype: str, shape: tuple[int, ...], alignment: bytes) -> bytes:
    kind = asm.call(asm.name("numpy", "dtype"), asm.text(dtype), asm.NONE, asm.NONE)
    sizes = asm.MARK + b"".join(asm.small(one) for one in shape) + asm.TUPLE
    entries = (
        (asm.text("subclass"), asm.name("numpy", "ndarray")),
        (asm.text("shape"), sizes),
        (asm.text("order"), asm.text("C")),
        (asm.text("dtype"), kind),
        (asm.text("allow_mmap"), b"\x88"),
        (asm.text("numpy_array_alignment_bytes"), alignment),
    )
    state = asm.EMPTY_DICT + asm.MARK + b"".join(key + value for key, value in entries) + asm.SETITEMS
    made = asm.name("joblib.numpy_pickle", "NumpyArrayWrapper") + asm.EMPTY_TUPLE + asm.NEWOBJ
    return made + state + asm.BUILD


def _joblib() -> Iterator[Item]:
    numbers = asm.proto(4) + asm.EMPTY_LIST + _wrapper("f8", (3,), asm.small(16))
    padded = b"\x03\xff\xff\xff" + bytes(24)
    for title, tail in {
        "behind-array": padded + asm.APPEND + echo("joblib-behind") + asm.APPEND + asm.STOP,
        "second-pickle": padded + asm.APPEND + asm.STOP + payload("joblib-second"),
        "array-cut": bytes(5) + payload("joblib-cut"),
        "padding": bytes([16]) + payload("p")[:16].ljust(16, b"\xff") + bytes(24) + asm.APPEND + asm.STOP,
    }.items():
        yield one_file(title, numbers + tail, "model.joblib")
    nested = asm.proto(4) + _wrapper("O", (1,), asm.small(16)) + payload("joblib-object") + asm.STOP
    yield one_file("object-array", nested, "model.joblib")
    old = asm.proto(4) + _wrapper("f8", (2,), asm.NONE) + bytes(16) + b"0" + echo("joblib-old") + asm.STOP
    yield one_file("no-alignment", old, "model.joblib")
    for name in ("gz", "bz2", "xz", "lzma", "z", "lz4"):
        tail = padded + asm.APPEND + echo(f"joblib-{name}") + asm.APPEND + asm.STOP
        yield one_file(f"compressed-{name}", PACKERS[name](numbers + tail), "model.joblib")


NAMES: Final = """
model.pkl model.pickle model.dat model.data model.joblib model.sav model.p model.pt model.pth model.bin model.ckpt model.mar
model.npy model.npz model.h5 model.hdf5 model.keras model.pb model.onnx model.safetensors model.gguf model.ggml model.tflite
model.mlmodel model.pmml model.json model.yaml model.xml model.txt README.md notes.rst table.csv table.parquet photo.jpg
photo.png photo.gif icon.svg film.mp4 sound.wav paper.pdf sheet.xlsx archive.zip archive.tar archive.tar.gz archive.7z
archive.rar app.log app.log.1 model.bak model.old model.tmp model.orig model~ .hidden .model.pkl.swp model Makefile LICENSE
config.ini setup.py script.sh lib.so program.exe events.out.tfevents.1 cache.db index.idx model.pkl.part 0 _
""".split()  # noqa: SIM905  the list reads best as words


def _any_name() -> Iterator[Item]:
    for name in NAMES:
        yield one_file(f"p4-{name}", payload(f"name-{name}"), name)
        yield one_file(f"p0-{name}", payload(f"old-name-{name}", None), name)


def _programs() -> Iterator[Item]:
    elf = b"\x7fELF\x02\x01\x01" + bytes(57)
    pe = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(100)
    macho = b"\xcf\xfa\xed\xfe" + bytes(60)
    fat = b"\xca\xfe\xba\xbe" + struct.pack(">I", 1) + struct.pack(">IIIII", 7, 3, 4096, 64, 12) + bytes(64)
    script = b"#!/bin/sh\necho program\n"
    for kind, content in {"elf": elf, "pe": pe, "macho": macho, "fat": fat, "script": script}.items():
        for name in ("model.bin", "model.pkl", "model.pt", "model.onnx", "weights.h5", "model.safetensors"):
            yield one_file(f"{kind}-{name}", content + f"{kind}-{name}".encode(), name)


FAMILIES = (
    Family("container/compressed", "malicious", _compressed),
    Family("container/compression-bombs", "lie", _compression_bombs),
    Family("container/nullifai-7z", "malicious", _broken_seven_zip),
    Family("container/tar", "malicious", _tar),
    Family("container/tar-lies", "lie", _tar_lies),
    Family("container/legacy-torch", "malicious", _legacy_torch),
    Family("container/numpy", "malicious", _numpy),
    Family("container/numpy-lies", "lie", _numpy_lies),
    Family("container/joblib", "malicious", _joblib),
    Family("name/pickle-under-any-name", "malicious", _any_name),
    Family("name/programs", "lie", _programs),
)
