"""OCI image layouts and archives of ``docker save``, written member by member for what no image builder would make."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scanner.graph import Graph
from scanner.model import ArtifactRef


class Link(NamedTuple):
    """A symbolic link."""

    target: str


Layer = Sequence[tuple[str, bytes | str | Link]]
"""Members of one layer in order: bytes are a file, text is the target of a hard link."""
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def tar_of(layer: Layer) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in layer:
            info = tarfile.TarInfo(name)
            if isinstance(content, Link):
                info.type, info.linkname = tarfile.SYMTYPE, content.target
                archive.addfile(info)
            elif isinstance(content, str):
                info.type, info.linkname = tarfile.LNKTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def put(layout: Path, data: bytes, name: str | None = None) -> str:
    """Write a blob; the digest under which it is found."""
    digest = hashlib.sha256(data).hexdigest() if name is None else name
    (layout / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    (layout / "blobs" / "sha256" / digest).write_bytes(data)
    return f"sha256:{digest}"


def put_json(layout: Path, value: Any) -> str:
    return put(layout, json.dumps(value).encode())


def configuration(layers: Sequence[bytes], **fields: Any) -> dict[str, Any]:
    diff_ids = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]
    steps = [{"created_by": f"step {number + 1}"} for number in range(len(layers))]
    rootfs = {"type": "layers", "diff_ids": diff_ids}
    return {"architecture": "amd64", "os": "linux", "rootfs": rootfs, "history": steps} | fields


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def add_image(layout: Path, *layers: Layer, pack: Any = packed, config: Mapping[str, Any] | None = None) -> str:
    """Add blobs of one image; the digest of its manifest."""
    tars = [tar_of(layer) for layer in layers]
    entries = [{"mediaType": LAYER_TYPE, "digest": put(layout, pack(data)), "size": 1} for data in tars]
    digest = put_json(layout, configuration(tars, **(config or {})))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 1},
        "layers": entries,
    }
    return put_json(layout, manifest)


def write_index(layout: Path, *entries: Mapping[str, Any]) -> None:
    layout.mkdir(parents=True, exist_ok=True)
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": list(entries)}))


def write_image(layout: Path, *layers: Layer, name: str = "example/app:1", **how: Any) -> str:
    digest = add_image(layout, *layers, **how)
    annotations = {"org.opencontainers.image.ref.name": name}
    write_index(layout, {"mediaType": MANIFEST_TYPE, "digest": digest, "size": 1, "annotations": annotations})
    return digest


def image_of(graph: Graph) -> ArtifactRef:
    """The one image whose bytes were found."""
    (image,) = [ref for ref in graph.refs("image") if graph.seen(ref)]
    return image


def contents(graph: Graph, image: ArtifactRef) -> set[str]:
    """Paths of the files that are visible in an image."""
    shown = graph.outgoing(image, ("contains",))
    return {one.location.path.partition("!")[2].rpartition("!")[2] for one in shown if one.target.kind == "file"}


def examined(graph: Graph, ref: ArtifactRef) -> Any:
    return graph.artifact(ref).groups["examined"]
