"""The same tensors in every format give one digest, and nothing else gives it."""

from __future__ import annotations

import io
import json
import shutil
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors.tensors import READERS, read_tensors, tensor_digest, totals
from scanner.inspectors.tensors.table import Tensor, checked
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.sources.directory import Handle, open_blob

SAMPLES = Path(__file__).parent / "samples"
FORMAT = {".pt": "torch", ".safetensors": "safetensors", ".npz": "npz", ".onnx": "onnx"}
SAME = (
    "state.pt", "wrapped.pt", "module.pt", "plain.safetensors", "metadata.safetensors", "stored.npz", "deflated.npz",
    "raw.onnx", "typed.onnx", "external.onnx",
)  # fmt: skip


def opened(path: Path) -> Blob:
    return open_blob(Handle(path.name, str(path), str(path.parent), path.stat().st_size))


def digest(path: Path) -> str:
    return tensor_digest(read_tensors(opened(path), FORMAT[path.suffix]))


def safetensors(**tensors: tuple[str, list[int], bytes]) -> bytes:
    header, data = {}, b""
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def of_bytes(data: bytes, format: str = "safetensors") -> list[Tensor]:
    return read_tensors(blob_of_bytes("x", data), format)


@pytest.mark.parametrize("name", SAME)
def test_the_same_weights_in_every_format(name: str) -> None:
    assert digest(SAMPLES / name) == digest(SAMPLES / "plain.safetensors")
    tensors = read_tensors(opened(SAMPLES / name), FORMAT[Path(name).suffix])
    assert [one.name for one in tensors][:3] == ["0.bias", "0.weight", "1.bias"]
    assert totals(tensors) == {"count": 9, "parameters": 277, "bytes": 1112}


@pytest.mark.parametrize("name", ["views", "types"])
def test_views_ties_and_every_type(name: str) -> None:
    assert digest(SAMPLES / f"{name}.pt") == digest(SAMPLES / f"{name}.safetensors")


def test_trained_on_they_are_other_weights() -> None:
    assert digest(SAMPLES / "checkpoint.pt") != digest(SAMPLES / "plain.safetensors")


@pytest.mark.parametrize("name", ["transposed.pt", "sparse.pt"])
def test_what_is_no_plain_tensor_is_not_guessed_at(name: str) -> None:
    with pytest.raises(NotExaminable):
        digest(SAMPLES / name)


@pytest.mark.parametrize("name", ["plain.safetensors", "raw.onnx", "state.pt"])
def test_one_changed_byte_of_a_value_is_another_digest(name: str, tmp_path: Path) -> None:
    data = bytearray((SAMPLES / name).read_bytes())
    values = b"".join(read_tensors(opened(SAMPLES / name), FORMAT[Path(name).suffix])[1].chunks())
    data[data.index(values)] ^= 1
    (tmp_path / name).write_bytes(data)
    assert digest(tmp_path / name) != digest(SAMPLES / name)


def test_external_data_that_are_gone_or_changed(tmp_path: Path) -> None:
    for name in ("external.onnx", "external.data"):
        shutil.copy(SAMPLES / name, tmp_path / name)
    changed = bytearray((tmp_path / "external.data").read_bytes())
    changed[0] ^= 1
    (tmp_path / "external.data").write_bytes(changed)
    assert digest(tmp_path / "external.onnx") != digest(SAMPLES / "external.onnx")
    (tmp_path / "external.data").write_bytes(changed[:-4])
    with pytest.raises(NotExaminable):
        digest(tmp_path / "external.onnx")
    (tmp_path / "external.data").unlink()
    with pytest.raises(NotExaminable):
        digest(tmp_path / "external.onnx")


names = st.text("abc.", min_size=1, max_size=4)


@given(st.dictionaries(names, st.binary(min_size=4, max_size=4), min_size=1, max_size=6), st.randoms())
def test_the_order_in_the_file_does_not_matter(values: dict[str, bytes], random: object) -> None:
    order = list(values)
    random.shuffle(order)  # type: ignore[attr-defined]
    one = safetensors(**{name: ("F32", [1], values[name]) for name in values})
    other = safetensors(**{name: ("F32", [1], values[name]) for name in order})
    assert tensor_digest(of_bytes(one)) == tensor_digest(of_bytes(other))


@given(names, names, st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_name_type_shape_and_value_each_count(name: str, other: str, values: bytes, changed: bytes) -> None:
    plain = tensor_digest(of_bytes(safetensors(**{name: ("F32", [2], values)})))
    variants = {
        "name": ((other, "F32", [2], values), name == other),
        "type": ((name, "I32", [2], values), False),
        "shape": ((name, "F32", [2, 1], values), False),
        "value": ((name, "F32", [2], changed), values == changed),
    }
    for (key, dtype, shape, data), equal in variants.values():
        assert (tensor_digest(of_bytes(safetensors(**{key: (dtype, shape, data)}))) == plain) is equal


def pickled(body: bytes, **members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("m/data.pkl", b"\x80\x02" + body)
        for name, data in members.items():
            archive.writestr(f"m/data/{name}", data)
    return out.getvalue()


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        pickled(b"."),
        pickled(b"}."[:1]),
        pickled(b"cos\nsystem\n(X\x04\x00\x00\x00truetR."),
        pickled(b"(" * 50),
        pickled(b"K\x01K\x02R."),
        pickled(b"}q\x00(X\x01\x00\x00\x00ah\x00u."),
        pickled(b"}X\x01\x00\x00\x00a" + STORAGE + b"s."),
        pickled(b"}X\x01\x00\x00\x00a" + REBUILD + b"(" + STORAGE + b"K\x00K\x04\x85K\x01\x85\x89NtRs."),
        pickled(
            b"}X\x01\x00\x00\x00a" + REBUILD + b"(" + STORAGE + b"K\x03K\x04\x85K\x01\x85\x89NtRs.", **{"0": bytes(16)}
        ),
        pickled(
            b"}X\x01\x00\x00\x00a" + REBUILD + b"(" + STORAGE + b"K\x00K\x04\x85K\x02\x85\x89NtRs.", **{"0": bytes(16)}
        ),
        pickled(
            b"}X\x01\x00\x00\x00a" + REBUILD + b"(" + STORAGE + b"K\x00J\xff\xff\xff\x7f\x85K\x01\x85\x89NtRs.",
            **{"0": bytes(16)},
        ),
    ],
)
def test_hostile_torch_archives(data: bytes) -> None:
    try:
        tensors = of_bytes(data, "torch")
    except NotExaminable:
        return
    assert tensors == []


def test_the_hand_made_archive_is_read_when_it_is_whole() -> None:
    body = b"}X\x01\x00\x00\x00a" + REBUILD + b"(" + STORAGE + b"K\x01K\x03\x85K\x01\x85\x89NtRs."
    (tensor,) = of_bytes(pickled(body, **{"0": struct.pack("<4f", 1, 2, 3, 4)}), "torch")
    assert (tensor.name, tensor.dtype, tensor.shape) == ("a", "F32", (3,))
    assert b"".join(tensor.chunks()) == struct.pack("<3f", 2, 3, 4)


@pytest.mark.parametrize("format", sorted(READERS))
@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything_else(format: str, data: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"\x08\x07"):
        try:
            tensor_digest(of_bytes(head + data, format))
        except NotExaminable:
            continue


@pytest.mark.parametrize("name", SAME)
@given(cut=st.integers(0, 4_000), flip=st.integers(0, 4_000), bit=st.integers(0, 7))
def test_no_damage_raises_anything_else(name: str, cut: int, flip: int, bit: int) -> None:
    data = bytearray((SAMPLES / name).read_bytes())
    data[flip % len(data)] ^= 1 << bit
    try:
        tensor_digest(of_bytes(bytes(data[: cut or len(data)]), FORMAT[Path(name).suffix]))
    except NotExaminable:
        return


def test_a_compressed_array_may_not_expand_without_end() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (8000000,)}\n"
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(8_000_000))
    with pytest.raises(NotExaminable, match="larger than their archive"):
        of_bytes(out.getvalue(), "npz")


def test_names_that_repeat_are_refused() -> None:
    one = Tensor("a", "F32", (1,), lambda: iter((b"1234",)))
    with pytest.raises(NotExaminable):
        checked([one, one])


def test_shared_lists_that_double_are_given_up() -> None:
    body = REBUILD + b"(" + STORAGE + b"K\x00K\x04\x85K\x01\x85\x89NtRq\x00"
    for level in range(1, 39):
        body += b"](" + (b"h" + bytes([level - 1])) * 2 + b"eq" + bytes([level])
    with pytest.raises(NotExaminable, match="more than"):
        of_bytes(pickled(body + b".", **{"0": bytes(16)}), "torch")
