"""Notes in the form that the client (huggingface_hub) writes them."""

from __future__ import annotations

import pytest

from scanner.collectors import huggingface_download
from scanner.errors import NotExaminable
from scanner.model import Claim, Evidence
from scanner.sources.blob import blob_of_bytes

COMMIT, SMALL, LARGE = "c" * 40, "d" * 40, "e" * 64
PLACE = "models/bert/.cache/huggingface/download/onnx/config.json.metadata"


def collected(text: str, path: str = PLACE) -> Evidence:
    blob = blob_of_bytes(path, text.encode())
    assert huggingface_download.wants(blob)
    return huggingface_download.collect(blob)


@pytest.mark.parametrize(("etag", "key"), [(SMALL, f"git-blob:{SMALL}"), (LARGE, f"sha256:{LARGE}")])
def test_a_note_ties_the_file_to_the_revision_by_its_digest(etag: str, key: str) -> None:
    evidence = collected(f"{COMMIT}\n{etag}\n1760430602.5\n")
    assert [(one.source.key, one.type, one.target.key) for one in evidence.relationships] == [
        ("path:models/bert", "built_from", f"git:{COMMIT}"),
        (f"git:{COMMIT}", "contains", key),
    ]
    claim = Claim(evidence.artifacts[-1].ref, None, "models/bert/onnx/config.json", published=True)
    assert evidence.claims == (claim,)


def test_an_etag_that_is_no_digest_claims_nothing() -> None:
    assert len(collected(f"{COMMIT}\nW/abc\n1\n").relationships) == 1


@pytest.mark.parametrize("text", ["", "main\nabc\n1\n", COMMIT, "\xff"])
def test_other_notes_are_not_examinable(text: str) -> None:
    with pytest.raises(NotExaminable):
        collected(text)


def test_metadata_elsewhere_is_not_wanted() -> None:
    assert not huggingface_download.wants(blob_of_bytes("a/config.json.metadata", b""))
