"""A client of the OCI distribution protocol (distribution-spec 1.1) that trusts nothing a registry answers.

Every answer is bounded in bytes, the whole work in time and bytes. Certificates are verified; no proxy of the environment
is used; a redirect leads to HTTPS on another machine or back to the registry itself, and carries no login along.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urljoin, urlsplit

from scanner.errors import OVER_LIMIT, SOURCE_UNREACHABLE, NotExaminable
from scanner.sources.registry_login import Login
from scanner.sources.registry_reference import Origin, is_loopback

CHUNK: Final = 1 << 20
SILENCE: Final = 30
"""Seconds without a byte after which a registry counts as not answering."""
REDIRECTS: Final = 4
TOKEN: Final = 1 << 18
_PARAMETER: Final = re.compile(r'([a-zA-Z]{1,32})="([^"\\\x00-\x1f]{0,2000})"')
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/\-]{1,65536}=*\Z")
_REDIRECT: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one image may cost: bytes received in all, and seconds."""

    bytes: int = 64 << 30
    seconds: int = 3600


class Answer:
    """The body of a successful answer, or of one that says that the thing is not there (``found`` is False)."""

    def __init__(self, client: RegistryClient, response: http.client.HTTPResponse) -> None:
        self._client, self._response = client, response
        self.found = response.status == 200
        self.headers: Mapping[str, str] = {key.lower(): value for key, value in response.getheaders()}

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces. Raises NotExaminable when it is cut short, too slow or too large."""
        while True:
            with self._client.failing_as_unreachable():
                piece = self._response.read1(CHUNK)
            if not piece:
                return
            self._client.spend(len(piece))
            yield piece

    def read(self, limit: int) -> bytes:
        """The whole body. Raises NotExaminable(over_limit) when it has more than ``limit`` bytes."""
        body = bytearray()
        for piece in self.chunks():
            body += piece
            if len(body) > limit:
                raise NotExaminable(OVER_LIMIT, f"an answer of more than {limit} bytes")
        return bytes(body)


class RegistryClient:
    """Requests about one repository of one registry; a context manager that ends with its time."""

    def __init__(self, origin: Origin, repository: str, login: Login | None, limits: Limits) -> None:
        self._origin, self._repository, self._login = origin, repository, login
        self._bytes, self._authorization = limits.bytes, ""
        self._end = time.monotonic() + limits.seconds
        self._connection: http.client.HTTPConnection | None = None
        # A peer that sends one byte now and then would hold a single read for ever: only another thread can end that.
        self._watch = threading.Timer(limits.seconds, self._cut)
        self._watch.daemon = True

    def __enter__(self) -> RegistryClient:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.cancel()

    def _cut(self) -> None:
        connection = self._connection
        if connection is not None and connection.sock is not None:
            try:
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
            except OSError:
                pass

    def spend(self, size: int) -> None:
        """Count received bytes. Raises NotExaminable(over_limit)."""
        self._bytes -= size
        if self._bytes < 0:
            raise NotExaminable(OVER_LIMIT, "more bytes than one image may have")

    @contextmanager
    def failing_as_unreachable(self) -> Iterator[None]:
        """Turn whatever the network does wrong into NotExaminable."""
        try:
            yield
        except ssl.SSLCertVerificationError:
            raise NotExaminable(SOURCE_UNREACHABLE, "its certificate is not trusted") from None
        except (OSError, http.client.HTTPException, ValueError):
            self._refuse_late()
            raise NotExaminable(SOURCE_UNREACHABLE, "the connection failed") from None
        self._refuse_late()

    def _refuse_late(self) -> None:
        if time.monotonic() >= self._end:
            raise NotExaminable(OVER_LIMIT, "out of time")

    @contextmanager
    def get(self, path: str, accept: str, absent: tuple[int, ...] = (404,)) -> Iterator[Answer]:
        """``GET /v2/<repository>/<path>``. Raises NotExaminable for every answer but 200 and those of ``absent``."""
        url = f"/v2/{quote(self._repository)}/{quote(path, safe='/:@')}"
        for authorized in (False, True):
            with self._follow(url, accept) as response:
                if response.status in (200, *absent):
                    yield Answer(self, response)
                    return
                if response.status not in (401, 403):
                    raise NotExaminable(SOURCE_UNREACHABLE, f"it answers {response.status}")
                challenges = response.headers.get_all("WWW-Authenticate") or []
            if authorized:
                break
            self._authorize(challenges)
        raise NotExaminable(SOURCE_UNREACHABLE, "it refuses access")

    @contextmanager
    def _follow(self, url: str, accept: str) -> Iterator[http.client.HTTPResponse]:
        origin, target = self._origin, url
        for _ in range(REDIRECTS):
            headers = {"Accept": accept}
            if origin == self._origin and self._authorization:
                headers["Authorization"] = self._authorization
            with self._ask(origin, target, headers) as response:
                if response.status not in _REDIRECT:
                    yield response
                    return
                origin, target = self._elsewhere(origin, target, response.headers.get("Location", ""))
        raise NotExaminable(SOURCE_UNREACHABLE, "it redirects without end")

    def _elsewhere(self, origin: Origin, target: str, location: str) -> tuple[Origin, str]:
        """Origin and target of another address. Raises NotExaminable where requests must not go."""
        base = f"{origin.scheme}://{origin.host}:{origin.port}{target}"
        try:
            parts = urlsplit(urljoin(base, location))
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
            found = Origin(parts.scheme, host, parts.port or (443 if parts.scheme == "https" else 80))
        except ValueError:
            raise NotExaminable(SOURCE_UNREACHABLE, "it redirects to no address") from None
        if found != self._origin and (found.scheme != "https" or not host or is_loopback(host)):
            raise NotExaminable(SOURCE_UNREACHABLE, "it redirects to where requests must not go")
        return found, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @contextmanager
    def _ask(self, origin: Origin, target: str, headers: Mapping[str, str]) -> Iterator[http.client.HTTPResponse]:
        self._refuse_late()
        host = origin.host.strip("[]")
        connection: http.client.HTTPConnection
        if origin.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, origin.port, timeout=SILENCE, context=context)
        else:
            connection = http.client.HTTPConnection(host, origin.port, timeout=SILENCE)
        try:
            with self.failing_as_unreachable():
                connection.connect()
                self._connection = connection
                self._refuse_late()
                connection.request(
                    "GET", target, headers={"User-Agent": "lading", "Accept-Encoding": "identity", **headers}
                )
                response = connection.getresponse()
            yield response
        finally:
            self._connection = None
            connection.close()

    def _authorize(self, challenges: list[str]) -> None:
        """Obtain what the registry asks for. Raises NotExaminable where there is nothing to answer with."""
        for challenge in challenges:
            scheme, _, rest = challenge.partition(" ")
            if scheme.lower() == "basic" and self._login is not None:
                self._authorization = self._login.basic
                return
            if scheme.lower() == "bearer":
                self._authorization = f"Bearer {self._token(dict(_PARAMETER.findall(rest)))}"
                return
        raise NotExaminable(SOURCE_UNREACHABLE, "it refuses access")

    def _token(self, parameters: Mapping[str, str]) -> str:
        """A token of the service that the registry names (distribution token specification)."""
        realm = parameters.get("realm", "")
        origin, target = self._elsewhere(self._origin, "/", realm)
        scope = f"repository:{self._repository}:pull"
        query = urlencode({"service": parameters.get("service", ""), "scope": scope})
        headers = {"Accept": "application/json"} | ({"Authorization": self._login.basic} if self._login else {})
        with self._ask(origin, f"{target}{'&' if '?' in target else '?'}{query}", headers) as response:
            if response.status != 200:
                raise NotExaminable(SOURCE_UNREACHABLE, "it refuses access")
            body = Answer(self, response).read(TOKEN)
        try:
            data: Any = json.loads(body)
        except (ValueError, RecursionError):
            data = None
        token = (data.get("token") or data.get("access_token")) if isinstance(data, dict) else None
        if not isinstance(token, str) or not _TOKEN.match(token):
            raise NotExaminable(SOURCE_UNREACHABLE, "its token service gives no token")
        return token
