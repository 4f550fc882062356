"""HDF5 files of h5py and Keras in both layouts: attributes are judged, links to other files are told."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.inspectors import hdf5_file
from scanner.inspectors.hdf5_records import read_contents

DATA = Path(__file__).parent / "data"
UNDEFINED = b"\xff" * 8


def message(kind: int, body: bytes, flags: int = 0) -> bytes:
    body += bytes(-len(body) % 8)
    return struct.pack("<HHB3x", kind, len(body), flags) + body


def attribute(name: bytes, value: bytes, kind: int = 3) -> bytes:
    datatype = struct.pack("<B3xI", 0x10 | kind, len(value))
    space = struct.pack("<BBB5x", 1, 0, 0)
    head = struct.pack("<BxHHH", 1, len(name), len(datatype), len(space))
    return message(0x0C, head + b"".join(part + bytes(-len(part) % 8) for part in (name, datatype, space)) + value)


def hdf5(*messages: bytes, version: int = 0, header: int = 1) -> bytes:
    """A file whose root object has these messages and nothing else."""
    body = b"".join(messages)
    superblock = b"\x89HDF\r\n\x1a\n" + bytes((version, 0, 0, 0, 0, 8, 8, 0)) + struct.pack("<HHI", 4, 16, 0)
    superblock += struct.pack("<Q", 0) + UNDEFINED + bytes(8) + UNDEFINED + struct.pack("<QQ", 0, 96) + bytes(24)
    return superblock + struct.pack("<BxHIIxxxx", header, len(messages), 1, len(body)) + body


def judged(groups: dict[str, Any]) -> tuple[str, list[str]]:
    return groups["code_scan"]["verdict"], [one["code"] for one in groups.get("findings", [])]


def test_models_of_the_real_library(inspected: Any) -> None:
    dense = inspected(hdf5_file, DATA / "dense.h5")
    assert judged(dense) == ("known-safe", [])
    hostile = inspected(hdf5_file, DATA / "lambda.h5")
    assert judged(hostile) == ("malicious", ["keras-lambda"])
    assert hostile["findings"][0]["at"] == "attribute model_config"


def test_lambda_in_the_training_configuration(inspected: Any) -> None:
    value = b'{"loss": {"class_name": "function", "module": "os", "config": "system"}}'
    found = inspected(hdf5_file, hdf5(attribute(b"training_config\0", value)))
    assert judged(found) == ("malicious", ["keras-denied-reference"])


@pytest.mark.parametrize("kind", [3, 5])
def test_pickle_in_an_attribute(inspected: Any, kind: int) -> None:
    found = inspected(hdf5_file, hdf5(attribute(b"info\0", b"cos\nsystem\n(S'true'\ntR.", kind)))
    assert found["code_scan"]["verdict"] == "malicious"
    assert found["findings"][0]["detail"] == "os.system"
    assert found["findings"][0]["at"].startswith("attribute info offset")


@pytest.mark.parametrize("body", [message(0x07, bytes(16)), message(0x08, b"\x04\x03" + bytes(6))])
def test_data_in_other_files(inspected: Any, body: bytes) -> None:
    assert judged(inspected(hdf5_file, hdf5(body))) == ("unknown", ["hdf5-external-data"])


def test_continued_header(inspected: Any) -> None:
    value = attribute(b"model_config\0", b'{"class_name": "Lambda", "config": {}}')
    content = hdf5(message(0x10, struct.pack("<QQ", 96 + 16 + 24, len(value)))) + value
    assert judged(inspected(hdf5_file, content)) == ("malicious", ["keras-lambda"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (hdf5(version=9), UNSUPPORTED),
        (hdf5(header=2), UNREADABLE),
        (hdf5(message(0x06, bytes(8))), UNREADABLE),
        (hdf5(message(0x06, b"\1" + bytes(7))), UNREADABLE),
        (hdf5(message(0x02, bytes(8))), UNREADABLE),
        (hdf5(message(0x02, bytes(2) + struct.pack("<QQ", 96, 96))), UNREADABLE),
        (hdf5(message(0x0C, bytes(8), flags=2)), UNSUPPORTED),
        (hdf5(message(0x0C, b"\x09" + bytes(15))), UNREADABLE),
        (hdf5(message(0x11, struct.pack("<QQ", 96, 0))), UNREADABLE),
        (hdf5(message(0x11, struct.pack("<QQ", 1 << 60, 0))), UNREADABLE),
        (hdf5(attribute(b"model_config\0", b'{"class_name":')), UNREADABLE),
        (hdf5()[:100], UNREADABLE),
    ],
)
def test_refused(inspected: Any, content: bytes, reason: str) -> None:
    with pytest.raises(NotExaminable) as caught:
        inspected(hdf5_file, content)
    assert caught.value.reason == reason


def test_headers_that_continue_in_a_circle(inspected: Any) -> None:
    content = hdf5(message(0x10, struct.pack("<QQ", 96 + 16, 24)))
    with pytest.raises(NotExaminable):
        inspected(hdf5_file, content)


def test_trees_that_lead_in_a_circle(inspected: Any) -> None:
    content = hdf5(message(0x11, struct.pack("<QQ", 136, 0)))
    tree = b"TREE" + struct.pack("<BBH", 0, 1, 1) + bytes(16) + bytes(8) + struct.pack("<Q", 136)
    with pytest.raises(NotExaminable) as caught:
        inspected(hdf5_file, content + tree)
    assert caught.value.reason == UNREADABLE


def test_the_newer_layout(inspected: Any) -> None:
    found = inspected(hdf5_file, DATA / "newer.h5")
    assert judged(found) == ("known-safe", [])
    assert found["code_scan"]["reason"] == "data only: 3 groups and arrays"


@pytest.mark.parametrize("name", ["newer_dense.h5", "newer_ordered.h5", "newer_huge.h5"])
def test_links_and_attributes_in_heaps_are_found(inspected: Any, name: str) -> None:
    found = inspected(hdf5_file, DATA / name)
    assert found["code_scan"]["verdict"] == "malicious"
    assert all(one["at"].startswith("attribute payload offset") for one in found["findings"])
    with (DATA / name).open("rb") as stream:
        contents = read_contents(stream, (DATA / name).stat().st_size)
    assert (contents.objects, len(contents.attributes)) == ((1, 1) if "huge" in name else (42, 41))


@pytest.mark.parametrize("name", ["newer_external.h5", "external_link.h5", "virtual.h5"])
def test_links_to_other_files(inspected: Any, name: str) -> None:
    assert judged(inspected(hdf5_file, DATA / name)) == ("unknown", ["hdf5-external-data"])


def array(data: bytes, compact: bool) -> bytes:
    datatype = message(0x03, struct.pack("<B3xI", 0x10, 1))
    if compact:
        return hdf5(datatype, message(0x08, struct.pack("<BBH", 3, 0, len(data)) + data))
    head = hdf5(datatype, message(0x08, struct.pack("<BBQQ", 3, 1, 0, len(data))))
    return hdf5(datatype, message(0x08, struct.pack("<BBQQ", 3, 1, len(head), len(data)))) + data


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (bytes(64), []),
        (b"\x7fELF".ljust(64, b"\0"), ["payload-program"]),
        (b"PK\3\4".ljust(64, b"\0"), ["payload-archive"]),
    ],
)
def test_arrays_of_bytes(inspected: Any, data: bytes, codes: list[str], compact: bool) -> None:
    assert judged(inspected(hdf5_file, array(data, compact))) == ("unknown" if codes else "known-safe", codes)


def test_a_tree_of_dense_storage_that_leads_in_a_circle(inspected: Any) -> None:
    content = bytearray((DATA / "newer_dense.h5").read_bytes())
    at = content.index(b"BTHD")
    content[at + 12 : at + 14] = struct.pack("<H", 15)
    with pytest.raises(NotExaminable):
        inspected(hdf5_file, bytes(content))
