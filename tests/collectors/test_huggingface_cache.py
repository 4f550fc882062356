"""A cache filled by the real client 2.4 from a hub on the loopback interface."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import huggingface_cache
from scanner.errors import NotExaminable
from scanner.model import Claim, Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "huggingface"
COMMIT = "5" * 40
ROOT = "models--acme--tiny"
SNAPSHOT = f"{ROOT}/snapshots/{COMMIT}"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    with tarfile.open(DATA / "cache.tar") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def linked(blob_at: Opener) -> Opener:
    """Opens what a link of the cache points at under the place of the link, as the walk does."""

    def opened(root: Path, path: str) -> Blob:
        blob = blob_at(root, (root / path).resolve().relative_to(root.resolve()).as_posix())
        blob.path = path
        return blob

    return opened


def collected(blob: Blob) -> Evidence:
    assert huggingface_cache.wants(blob)
    return huggingface_cache.collect(blob)


def links(evidence: Evidence) -> set[tuple[str, str, str, Proof]]:
    return {(one.source.key, one.type, one.target.key, one.proof) for one in evidence.relationships}


def test_a_large_file_is_promised_by_sha256(cache: Path, linked: Opener) -> None:
    blob = linked(cache, f"{SNAPSHOT}/weights/model.safetensors")
    folder = f"path:{SNAPSHOT}/weights"
    evidence = collected(blob)
    assert links(evidence) == {
        (f"git:{COMMIT}", "contains", f"sha256:{blob.sha256}", Proof.MATCHED),
        (folder, "version_of", "name:acme/tiny", Proof.DECLARED),
        (folder, "built_from", f"git:{COMMIT}", Proof.DECLARED),
    }
    assert ("source", {"revision_pinned": True}) in [(one.predicate, one.value) for one in evidence.statements]


def test_a_small_file_is_promised_by_git_blob(cache: Path, linked: Opener) -> None:
    evidence = collected(linked(cache, f"{SNAPSHOT}/README.md"))
    ((_, _, file, proof),) = links(evidence)
    assert (file.partition(":")[0], proof) == ("git-blob", Proof.MATCHED)
    assert evidence.claims == (Claim(evidence.relationships[0].target, None, f"{SNAPSHOT}/README.md"),)


def test_every_blob_of_the_real_cache_has_its_name(cache: Path, blob_at: Opener) -> None:
    names = sorted(path.name for path in (cache / ROOT / "blobs").iterdir())
    assert [len(name) for name in names] == [40, 40, 64]
    for name in names:
        blob = blob_at(cache, f"{ROOT}/blobs/{name}")
        (stated,) = collected(blob).statements
        assert (stated.subject, stated.predicate, stated.value) == (blob.ref, "published_digest", {"differs": False})


def test_a_changed_blob_is_told(cache: Path, blob_at: Opener) -> None:
    for path in (cache / ROOT / "blobs").iterdir():
        path.write_bytes(path.read_bytes() + b"x")
        (stated,) = collected(blob_at(cache, f"{ROOT}/blobs/{path.name}")).statements
        assert stated.value == {"differs": True}


def test_a_copy_without_a_link_is_only_declared(cache: Path, blob_at: Opener) -> None:
    path = cache / SNAPSHOT / "README.md"
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)
    blob = blob_at(cache, f"{SNAPSHOT}/README.md")
    assert links(collected(blob)) == {(f"git:{COMMIT}", "contains", blob.ref.key, Proof.DECLARED)}


def test_a_reference_names_its_commit(cache: Path, blob_at: Opener) -> None:
    evidence = collected(blob_at(cache, f"{ROOT}/refs/main"))
    assert {one.predicate: one.value for one in evidence.statements} == {
        "refs": ["main"],
        "repository": "https://huggingface.co/acme/tiny",
    }


def test_data_sets_have_their_own_address(record: Maker) -> None:
    evidence = collected(record(f"hub/datasets--acme--claims/snapshots/{COMMIT}/data/a.csv", "a,b\n"))
    folder = f"path:hub/datasets--acme--claims/snapshots/{COMMIT}/data"
    assert (folder, "version_of", "name:acme/claims", Proof.DECLARED) in links(evidence)
    assert evidence.statements[0].value == "https://huggingface.co/datasets/acme/claims"


@pytest.mark.parametrize("content", [b"", b"../../etc/passwd", b"main", b"5" * 39, b"\xff" * 40, b"5" * 5000])
def test_a_reference_without_a_commit_is_not_examinable(content: bytes, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record(f"{ROOT}/refs/main", content))


@pytest.mark.parametrize(
    "path",
    [
        f"{ROOT}/blobs/{'a' * 41}",
        f"{ROOT}/blobs/{'a' * 64}.incomplete",
        f"{ROOT}/snapshots/main/x",
        f"{ROOT}/.no_exist/{COMMIT}/x",
        "models--/refs/main",
        "src/models--a.py",
    ],
)
def test_other_places_are_left_alone(path: str, record: Maker) -> None:
    assert not huggingface_cache.wants(record(path, "x"))
