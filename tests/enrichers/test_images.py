"""Layers laid over each other: what an image shows, what it hides, and what is missing of it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from scanner.graph import Graph
from scanner.model import Proof
from tests.enrichers.conftest import Scanned
from tests.enrichers.layouts import (
    MANIFEST_TYPE,
    Layer,
    Link,
    add_image,
    configuration,
    contents,
    examined,
    image_of,
    put_json,
    tar_of,
    write_image,
    write_index,
)

A, B, C = (letter * 100 for letter in (b"a", b"b", b"c"))
CALL = b"cos\nsystem\n(S'true'\ntR." + b"#" * 64
needs_tools = pytest.mark.skipif(
    not (shutil.which("umoci") and shutil.which("skopeo")), reason="umoci and skopeo are not installed"
)


def removed(graph: Graph, content: bytes) -> bool:
    digest = hashlib.sha256(content).hexdigest()
    (ref,) = [ref for ref in graph.refs("file") if ref.key == f"sha256:{digest}"]
    return "removed_in" in graph.artifact(ref).groups


@pytest.mark.parametrize(
    ("layers", "shown", "gone"),
    [
        ([[("x", A)], [("y", B)]], {"x", "y"}, []),
        ([[("d/x", A), ("d/y", B)], [("d/.wh.x", b"")]], {"d/y"}, [A]),
        ([[("d/x", A), ("e", B)], [(".wh.d", b"")]], {"e"}, [A]),
        ([[("d/x", A), ("d/y", B)], [("d/.wh..wh..opq", b""), ("d/z", C)]], {"d/z"}, [A, B]),
        ([[("x", A), ("d/y", B)], [(".wh..wh..opq", b"")]], set(), [A, B]),
        ([[("x", A)], [(".wh.x", b""), ("x", B)]], {"x"}, [A]),
        ([[("x", A)], [("x", B), (".wh.x", b"")]], {"x"}, [A]),
        ([[("x", A)], [(".wh.x", b"")], [("x", A)]], {"x"}, []),
        ([[("x", A)], [("x", B)]], {"x"}, [A]),
        ([[("d/x", A), ("d/e/y", B)], [("d", C)]], {"d"}, [A, B]),
        ([[("d", C)], [("d/x", A)]], {"d/x"}, [C]),
        ([[("x", A)], [("./.wh.x", b"")]], set(), [A]),
        ([[("x", A), ("dx/y", B)], [(".wh.d", b"")]], {"x", "dx/y"}, []),
        ([[("x", A)], [(".wh.x!y", b"")]], {"x"}, []),
    ],
    ids=[
        "two layers", "whiteout", "whiteout of a folder", "opaque folder", "opaque root", "added again beside its whiteout",
        "whiteout behind what the same layer adds", "added again later", "replaced", "file replaces folder",
        "folder replaces file", "name with a dot", "whiteout of a name that only begins alike",
        "whiteout of a name with an exclamation mark",
    ],
)  # fmt: skip
def test_what_an_image_shows(
    tmp_path: Path, scanned: Scanned, layers: list[Layer], shown: set[str], gone: list[bytes]
) -> None:
    write_image(tmp_path, *layers)
    graph = scanned(tmp_path)
    image = image_of(graph)
    assert contents(graph, image) == shown
    held = {content for layer in layers for _, content in layer}
    assert [content for content in (A, B, C) if content in held and removed(graph, content)] == gone
    assert examined(graph, image)["state"] == "examined"


def test_a_hard_link_is_its_target(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [("model.pkl", CALL), ("copy", "model.pkl")], [(".wh.model.pkl", b"")])
    graph = scanned(tmp_path)
    (model,) = [one.target for one in graph.outgoing(image_of(graph), ("contains",)) if one.target.kind == "model"]
    assert contents(graph, image_of(graph)) == {"copy"}
    assert graph.artifact(model).groups["code_scan"]["verdict"] == "malicious"  # type: ignore[call-overload,index]


@pytest.mark.parametrize(
    ("layers", "places"),
    [
        ([[("m/v1/x.pkl", CALL), ("m/now", Link("v1"))]], {"m/v1/x.pkl", "m/now/x.pkl"}),
        ([[("m/now", Link("v1"))], [("m/v1/x.pkl", CALL)]], {"m/v1/x.pkl", "m/now/x.pkl"}),
        ([[("m/x.pkl", CALL), ("x", Link("/m/./x.pkl"))]], {"m/x.pkl", "x"}),
        ([[("m/x.pkl", CALL), ("d/x", Link("../../../../../m/x.pkl"))]], {"m/x.pkl", "d/x"}),
        ([[("m/x.pkl", CALL), ("a", Link("b")), ("b", Link("m"))]], {"m/x.pkl", "a/x.pkl", "b/x.pkl"}),
        ([[("m/x.pkl", CALL), ("a", Link("b")), ("b", Link("a")), ("c", Link("c/d"))]], {"m/x.pkl"}),
        ([[("m/x.pkl", CALL), ("out", Link("/etc/passwd")), ("none", Link(""))]], {"m/x.pkl"}),
        ([[("m/x.pkl", CALL), ("a", Link("m"))], [(".wh.a", b"")]], {"m/x.pkl"}),
        ([[("m/x.pkl", CALL), ("d/a", Link("../m"))], [("d/.wh..wh..opq", b"")]], {"m/x.pkl"}),
        ([[("m/x.pkl", CALL), ("a", Link("m"))], [("a", B)]], {"m/x.pkl"}),
        ([[("m/x.pkl", CALL), ("a", Link("m"))], [("a/new", B)]], {"m/x.pkl", "a/x.pkl"}),
        ([[("m/x.pkl", CALL), ("a/y.pkl", CALL)], [("a", Link("m"))]], {"m/x.pkl", "a/x.pkl"}),
    ],
    ids=[
        "folder", "link below its target", "absolute", "above the root", "link to a link", "circles", "to nothing",
        "whiteout", "opaque folder", "replaced by a file", "file below a link", "replaces a folder",
    ],
)  # fmt: skip
def test_a_model_is_found_where_links_lead_inside_the_image_only(
    tmp_path: Path, scanned: Scanned, layers: list[Layer], places: set[str]
) -> None:
    write_image(tmp_path, *layers)
    graph = scanned(tmp_path)
    (model,) = graph.refs("model")
    shown = {place.path.rpartition("!")[2] for place in graph.artifact(model).locations} - {"a/y.pkl"}
    assert shown == places


def test_too_many_links_are_told(tmp_path: Path, scanned: Scanned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.examine.LINKS", 2)
    write_image(tmp_path, [(f"l{number}", Link("x")) for number in range(3)])
    graph = scanned(tmp_path)
    assert examined(graph, image_of(graph))["state"] == "partly"


def test_layers_know_their_step_and_what_they_brought(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [("x", A)], [("y", B)])
    graph = scanned(tmp_path)
    found = {
        graph.artifact(layer).groups["command"]: {
            one.location.path.rpartition("/")[2] for one in graph.outgoing(layer, ("contains",))
        }
        for layer in graph.refs("layer")
    }
    assert set(found) == {"step 1", "step 2"}
    assert {one.proof for one in graph.outgoing(image_of(graph), ("contains",))} == {Proof.MATCHED}


def test_an_empty_layer_is_too_small_to_be_known_by_content_and_is_found_all_the_same(
    tmp_path: Path, scanned: Scanned
) -> None:
    write_image(tmp_path, [("x", A)], [], pack=lambda data: gzip.compress(data.rstrip(b"\0") + b"\0" * 1024, mtime=0))
    assert min(path.stat().st_size for path in (tmp_path / "blobs" / "sha256").iterdir()) < 64
    graph = scanned(tmp_path)
    assert examined(graph, image_of(graph)) == {"state": "examined", "reason": None}
    assert len(graph.refs("layer")) == 2


def test_two_layouts_share_a_layer(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path / "one", [("base", A)], [("x", B)], name="example/one:1")
    write_image(tmp_path / "two", [("base", A)], [("y", C)], name="example/two:1")
    graph = scanned(tmp_path)
    shown = {graph.artifact(ref).name: contents(graph, ref) for ref in graph.refs("image")}
    assert shown == {"example/one": {"base", "x"}, "example/two": {"base", "y"}}
    assert len(graph.refs("layer")) == 3


def test_an_index_of_two_platforms(tmp_path: Path, scanned: Scanned) -> None:
    amd = add_image(tmp_path, [("bin/amd", A)])
    arm = add_image(tmp_path, [("bin/arm", B)], config={"architecture": "arm64"})
    entries = [{"mediaType": MANIFEST_TYPE, "digest": digest, "size": 1} for digest in (amd, arm)]
    whole = put_json(tmp_path, {"schemaVersion": 2, "manifests": entries})
    write_index(tmp_path, {"digest": whole, "annotations": {"io.containerd.image.name": "example/app:1"}})
    graph = scanned(tmp_path)
    (index,) = [ref for ref in graph.refs("image") if graph.artifact(ref).name == "example/app"]
    parts = {one.target.key: contents(graph, one.target) for one in graph.outgoing(index, ("contains",))}
    assert parts == {amd: {"bin/amd"}, arm: {"bin/arm"}}


def test_a_missing_layer_is_told(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [("x", A)], [("y", B)])
    largest = min((tmp_path / "blobs" / "sha256").iterdir(), key=lambda path: path.read_bytes()[:2] != b"\x1f\x8b")
    largest.unlink()
    graph = scanned(tmp_path)
    assert examined(graph, image_of(graph)) == {"state": "partly", "reason": "source_unreachable: a layer is not here"}
    assert "a layer is not here" in {item.detail for _, item in graph.not_examined}


def test_a_blob_under_the_name_of_another_is_told(tmp_path: Path, scanned: Scanned) -> None:
    write_image(tmp_path, [("x", A)])
    (layer,) = [path for path in (tmp_path / "blobs" / "sha256").iterdir() if path.read_bytes()[:2] == b"\x1f\x8b"]
    layer.write_bytes(b"\x1f\x8b\x08 something else entirely" * 4)
    graph = scanned(tmp_path)
    told = {item.detail for _, item in graph.not_examined if item.location.path == f"blobs/sha256/{layer.name}"}
    assert "the bytes do not have the digest in the name" in told
    assert examined(graph, image_of(graph))["state"] == "partly"


def test_a_zstd_layer_is_read(tmp_path: Path, scanned: Scanned) -> None:
    frame = b"\x28\xb5\x2f\xfd\x20\x03\x19\x00\x00abc"
    write_image(tmp_path, [("x", A)], pack=lambda data: frame)
    graph = scanned(tmp_path)
    (layer,) = [path for path in (tmp_path / "blobs" / "sha256").iterdir() if path.read_bytes() == frame]
    assert graph.at(f"blobs/sha256/{layer.name}!{layer.name}")


def save(path: Path, layer: bytes, config: bytes, entry: dict[str, object]) -> None:
    with tarfile.open(path, "w") as archive:
        members = {"manifest.json": json.dumps([entry]).encode(), str(entry["Config"]): config, "one/layer.tar": layer}
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def test_layers_of_docker_save_are_tied_to_the_configuration(tmp_path: Path, scanned: Scanned) -> None:
    layer, other = tar_of([("x", A)]), tar_of([("x", B)])
    config = json.dumps(configuration([layer])).encode()
    entry = {
        "Config": hashlib.sha256(config).hexdigest() + ".json",
        "RepoTags": ["example/app:1"],
        "Layers": ["one/layer.tar"],
    }
    save(tmp_path / "image.tar", layer, config, entry)
    graph = scanned(tmp_path)
    assert contents(graph, image_of(graph)) == {"x"}
    assert examined(graph, image_of(graph))["state"] == "examined"
    save(tmp_path / "image.tar", other, config, entry)
    graph = scanned(tmp_path)
    assert examined(graph, image_of(graph)) == {
        "state": "partly",
        "reason": "unreadable: a layer is not the one of the configuration",
    }


def test_a_second_record_of_an_image_never_hides_the_first(tmp_path: Path, scanned: Scanned) -> None:
    """A file beside the layout claims that the same image has no layers."""
    write_image(tmp_path / "image", [("model.pkl", CALL)])
    manifest = json.loads((tmp_path / "image" / "index.json").read_text())["manifests"][0]["digest"]
    config = json.loads((tmp_path / "image" / "blobs" / "sha256" / manifest[7:]).read_text())["config"]["digest"][7:]
    (tmp_path / "manifest.json").write_text(json.dumps([{"Config": f"{config}.json", "Layers": []}]))
    graph = scanned(tmp_path)
    assert contents(graph, image_of(graph)) == {"model.pkl"}


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A layout of three layers built by umoci."""
    layout, root = tmp_path / "made" / "image", tmp_path / "root"

    def umoci(*arguments: str) -> None:
        subprocess.run(
            ["umoci", *arguments], check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "HOME": str(root)}
        )

    root.mkdir()
    (tmp_path / "made").mkdir()
    umoci("init", "--layout", str(layout))
    umoci("new", "--image", f"{layout}:1.0")
    for name, data in {"app/model.pkl": CALL, "app/old.csv": A, "etc/keep": B}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)
    umoci("insert", "--rootless", "--image", f"{layout}:1.0", str(root / "app"), "/app")
    umoci("insert", "--rootless", "--image", f"{layout}:1.0", str(root / "etc"), "/etc")
    umoci("insert", "--rootless", "--image", f"{layout}:1.0", "--whiteout", "/app/old.csv")
    umoci("gc", "--layout", str(layout))
    return layout


@needs_tools
def test_an_image_built_by_umoci(real: Path, scanned: Scanned) -> None:
    graph = scanned(real.parent)
    image = image_of(graph)
    assert contents(graph, image) == {"app/model.pkl", "etc/keep"}
    assert removed(graph, A)
    assert graph.artifact(image).groups["names"] == ["1.0"]
    assert examined(graph, image) == {"state": "examined", "reason": None}
    assert [one.target.kind for one in graph.outgoing(image, ("contains",)) if one.target.kind == "model"] == ["model"]


@needs_tools
def test_the_same_image_saved_for_docker_shows_the_same(real: Path, tmp_path: Path, scanned: Scanned) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    subprocess.run(
        ["skopeo", "copy", f"oci:{real}:1.0", f"docker-archive:{saved / 'image.tar'}:example/app:1.0"],
        check=True,
        capture_output=True,
    )
    graph = scanned(saved)
    image = image_of(graph)
    assert graph.artifact(image).name == "docker.io/example/app"
    assert contents(graph, image) == {"app/model.pkl", "etc/keep"}
    assert removed(graph, A)
    assert examined(graph, image)["state"] == "examined"


def test_a_package_that_an_upper_layer_deletes_is_in_the_bytes_but_not_installed(
    tmp_path: Path, scanned: Scanned
) -> None:
    site = "usr/lib/python3/dist-packages"
    lower: Layer = [
        (f"{site}/{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode())
        for name in ("demo", "kept")
    ]
    write_image(tmp_path, lower, [(f"{site}/demo-1.0.dist-info/.wh.METADATA", b"")])
    graph = scanned(tmp_path)
    packages = {graph.artifact(ref).name: "removed_in" in graph.artifact(ref).groups for ref in graph.refs("package")}
    assert packages == {"demo": True, "kept": False}
    (image,) = graph.refs("image")
    shown = {one.target.key for one in graph.outgoing(image, ("contains",)) if one.target.kind == "package"}
    assert shown == {"pkg:pypi/kept@1.0"}
