"""A loopback service that speaks the OSV API (version 1): ``/v1/query``, ``/v1/querybatch``, ``/v1/vulns/ID``."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from scanner.advisories.osv_answers import BadQuery, advisories_for, document, modified
from scanner.advisories.store import AdvisoryStore

_ADDRESS: Final = "127.0.0.1"
_LARGEST_BODY: Final = 4 * 1024 * 1024
_LONGEST_LENGTH: Final = 10
_LARGEST_BATCH: Final = 1000
_IDLE_SECONDS: Final = 60


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, store: AdvisoryStore, port: int) -> None:
        super().__init__((_ADDRESS, port), _Handler)
        self.store = store

    @property
    def base_url(self) -> str:
        return f"http://{_ADDRESS}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    # without these two, delayed acknowledgements cost 40 ms per request
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_POST(self) -> None:
        self._answer({"/v1/query": self._query, "/v1/querybatch": self._query_batch}.get(self.path))

    def do_GET(self) -> None:
        self._answer(self._record if self.path.startswith("/v1/vulns/") else None)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: addresses and queries are nobody's business."""

    def _answer(self, operation: Callable[[], dict[str, Any]] | None) -> None:
        try:
            self._refuse_foreign_hosts()
            if operation is None:
                raise _Refused(404, "no such operation")
            self._send(200, operation())
        except _Refused as error:
            # what is left of the request was not read, so the connection cannot be used again
            self._send(error.status, {"message": str(error)}, ("Connection", "close"))

    def _refuse_foreign_hosts(self) -> None:
        """A web page that resolves its own name to the loopback address must not read the store."""
        port = self.server.server_address[1]
        if self.headers.get("Host", "") not in (f"{_ADDRESS}:{port}", f"localhost:{port}"):
            raise _Refused(403, "only for this machine")

    def _query(self) -> dict[str, Any]:
        advisories = self._advisories(self._body())
        store = self.server.store
        return {"vulns": [document(store, advisory) for advisory in advisories]} if advisories else {}

    def _query_batch(self) -> dict[str, Any]:
        queries = self._body().get("queries")
        if not isinstance(queries, list) or len(queries) > _LARGEST_BATCH:
            raise _Refused(400, f"queries must be a list of at most {_LARGEST_BATCH}")
        answers = [self._advisories(query) for query in queries]
        return {
            "results": [
                {"vulns": [{"id": a.id, "modified": modified(a)} for a in found]} if found else {} for found in answers
            ]
        }

    def _record(self) -> dict[str, Any]:
        advisory = self.server.store.advisory(self.path.removeprefix("/v1/vulns/"))
        if advisory is None:
            raise _Refused(404, "no such advisory")
        return document(self.server.store, advisory)

    def _advisories(self, query: object) -> list[Any]:
        if not isinstance(query, dict):
            raise _Refused(400, "a query must be an object")
        try:
            return advisories_for(self.server.store, query)
        except BadQuery as error:
            raise _Refused(400, str(error)) from None

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise _Refused(411, "Content-Length is needed")
        if len(length) > _LONGEST_LENGTH or int(length) > _LARGEST_BODY:
            raise _Refused(413, "request too large")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise _Refused(400, "not JSON") from None
        if not isinstance(body, dict):
            raise _Refused(400, "not an object")
        return body

    def _send(self, status: int, answer: dict[str, Any], *headers: tuple[str, str]) -> None:
        content = json.dumps(answer, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running_service(store: AdvisoryStore) -> Iterator[str]:
    """Serves ``store`` in a thread on a free loopback port; the value is the base URL."""
    with _Server(store, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.base_url
        finally:
            server.shutdown()
            thread.join()


def serve(store: AdvisoryStore, announce: Callable[[str], None], port: int = 0) -> None:
    """Serves ``store`` until interrupted; ``announce`` gets the base URL. Port 0 takes a free one."""
    with _Server(store, port) as server:
        announce(server.base_url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
