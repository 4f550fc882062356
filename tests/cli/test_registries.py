"""``lading scan registry:...`` against a registry on loopback."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Lading
from tests.sources.registries import Registry, served

WHEN = ("--as-of", "2025-10-20", "--jobs", "1", "-q")
CALL = b"cos\nsystem\n(S'true'\ntR." + b"#" * 64


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Registry]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    with served() as found:
        yield found


def push(registry: Registry, tag: str) -> None:
    """An image whose one layer holds a pickle that calls a function."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("app/model.pkl")
        info.size = len(CALL)
        archive.addfile(info, io.BytesIO(CALL))
    layer = gzip.compress(buffer.getvalue(), mtime=0)
    diff = f"sha256:{hashlib.sha256(buffer.getvalue()).hexdigest()}"
    settings = {"os": "linux", "architecture": "amd64", "config": {"User": "1000"}, "rootfs": {"diff_ids": [diff]}}
    kind = "application/vnd.oci.image.layer.v1.tar+gzip"
    config = registry.blob(json.dumps(settings).encode())
    registry.manifest({"config": config, "layers": [{**registry.blob(layer), "mediaType": kind}]}, tag)


def test_an_image_of_a_registry_is_scanned_like_one_on_disk(registry: Registry, lading: Lading, tmp_path: Path) -> None:
    push(registry, "1")
    reference, found = f"registry:{registry.address}/team/app:1", tmp_path / "scan.json"
    assert lading("scan", reference, "--network", *WHEN, "--output", f"json={found}").code == 1
    result: dict[str, Any] = json.loads(found.read_text())
    kinds = {one["kind"]: one["name"] for one in result["artifacts"]}
    assert (kinds["image"], kinds["release"]) == (f"{registry.address}/team/app", "app")
    assert "model" in kinds
    assert str(tmp_path) not in found.read_text()
    assert "/tmp" not in found.read_text()
    again = tmp_path / "again.json"
    lading("scan", reference, "--network", *WHEN, "--output", f"json={again}")
    assert again.read_bytes() == found.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("registry:HERE/team/app:1",), "allow that with --network"),
        (("registry:HERE/team/other:1", "--network"), "the image is not there"),
        (("registry:HERE/TEAM", "--network"), "no image in a registry"),
        ((".", "--platform", "linux/amd64"), "no path is an image"),
    ],
)
def test_what_cannot_be_asked_is_a_usage_error(
    arguments: tuple[str, ...], words: str, registry: Registry, lading: Lading
) -> None:
    push(registry, "1")
    ran = lading("scan", *(one.replace("HERE", registry.address) for one in arguments), *WHEN)
    assert ran.code == 2
    assert words in ran.err


def test_one_login_is_never_sent_to_two_registries(
    registry: Registry, lading: Lading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LADING_REGISTRY_USER", "ada")
    monkeypatch.setenv("LADING_REGISTRY_PASSWORD", "secret")
    with served() as other:
        ran = lading("scan", *(f"registry:{one.address}/team/app:1" for one in (registry, other)), "--network", *WHEN)
        assert ran.code == 2
        assert "for more than one registry" in ran.err
        assert registry.asked + other.asked == []
