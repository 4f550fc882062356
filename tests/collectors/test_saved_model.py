"""Three saves by TensorFlow 2.21: 1 and 2 of equal weights, 3 of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import saved_model
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "tensorflow"


def collected(blob: Blob) -> Evidence:
    assert saved_model.wants(blob)
    return saved_model.collect(blob)


def test_equal_weights_have_one_fingerprint(blob_at: Opener) -> None:
    found = []
    for version in (1, 2, 3):
        (stated,) = collected(blob_at(DATA, f"fraud/{version}/fingerprint.pb")).statements
        assert (stated.subject.key, stated.predicate) == (f"path:fraud/{version}/saved_model.pb", "fingerprint")
        found.append(stated.value)
    assert found[0] == found[1] != found[2]
    assert blob_at(DATA, "fraud/1/saved_model.pb").sha256 != blob_at(DATA, "fraud/2/saved_model.pb").sha256


@pytest.mark.parametrize(
    ("path", "record_key"),
    [
        ("fraud/0002/saved_model.pb", "record:tensorflow_serving/.#fraud/2"),
        ("srv/models/fraud/2/saved_model.pb", "record:tensorflow_serving/srv/models#fraud/2"),
        ("image!srv/fraud/2/saved_model.pb", "record:tensorflow_serving/image!srv#fraud/2"),
    ],
)
def test_a_numbered_folder_is_a_version(path: str, record_key: str, record: Maker) -> None:
    (alias,) = collected(record(path, b"\x08\x01")).aliases
    assert (alias.ref.key, alias.same_as.key, alias.proof) == (record_key, f"path:{path}", Proof.INFERRED)


@pytest.mark.parametrize("path", ["fraud/saved_model.pb", "fraud/v2/saved_model.pb", "2/saved_model.pb", "a/2/x.pb"])
def test_other_folders_say_nothing(path: str, record: Maker) -> None:
    assert not saved_model.wants(record(path, b"\x08\x01"))


@pytest.mark.parametrize("data", [b"\x08\x01", b"\xff" * 40, b"\x12\x03abc", b"\x10\x01\x18\x01\x20\x01"])
def test_another_fingerprint_is_not_examinable(data: bytes, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record("m/fingerprint.pb", data))


def test_a_fingerprint_cut_anywhere_is_told_or_read(blob_at: Opener, record: Maker) -> None:
    data = blob_at(DATA, "fraud/1/fingerprint.pb").read()
    for end in range(1, len(data)):
        try:
            assert len(collected(record("fingerprint.pb", data[:end])).statements) == 1
        except NotExaminable as error:
            assert error.reason == "unreadable"
