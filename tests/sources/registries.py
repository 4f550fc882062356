"""A registry on loopback that says whatever a test wants."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"

Answer = Callable[[BaseHTTPRequestHandler], None]


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def answer(body: bytes, type: str = "application/octet-stream", status: int = 200, **headers: str) -> Answer:
    """An answer with this body; underscores in header names are hyphens."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", type)
        handler.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


class Registry:
    """Answers by path; every request is kept as (path, headers)."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.address = ""

    def blob(self, data: bytes) -> dict[str, Any]:
        """Serve a blob; its descriptor."""
        digest = digest_of(data)
        self.answers[f"/v2/team/app/blobs/{digest}"] = answer(data)
        return {"mediaType": "application/octet-stream", "digest": digest, "size": len(data)}

    def manifest(self, fields: dict[str, Any], *tags: str, type: str = MANIFEST) -> dict[str, Any]:
        """Serve a manifest by its digest and tags; its descriptor."""
        body = json.dumps({"schemaVersion": 2, "mediaType": type, **fields}).encode()
        for wanted in (digest_of(body), *tags):
            self.answers[f"/v2/team/app/manifests/{wanted}"] = answer(body, type, Docker_Content_Digest=digest_of(body))
        return {"mediaType": type, "digest": digest_of(body), "size": len(body)}

    def image(self, layer: bytes = b"layer", *tags: str, **fields: Any) -> dict[str, Any]:
        """Serve an image of one layer."""
        return self.manifest({"config": self.blob(b'{"os": "linux"}'), "layers": [self.blob(layer)], **fields}, *tags)


@contextmanager
def served(context: ssl.SSLContext | None = None) -> Iterator[Registry]:
    """A running registry; its repository is ``team/app``. It speaks TLS where a context is given."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked.append((self.path, dict(self.headers.items())))
            send = registry.answers.get(self.path) or registry.answers.get(self.path.partition("?")[0])
            try:
                (send or answer(b"{}", status=404))(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    registry.address = f"127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
