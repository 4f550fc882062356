from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from scanner.advisories import osv_service
from scanner.advisories.osv_service import running_service, serve
from scanner.advisories.store import AdvisoryStore

MakeRecord = Callable[..., dict[str, Any]]
MakeStore = Callable[..., AdvisoryStore]


@pytest.fixture
def client(cut_store: AdvisoryStore) -> Iterator[http.client.HTTPConnection]:
    with running_service(cut_store) as url:
        yield connect(url)


def connect(url: str) -> http.client.HTTPConnection:
    address = urlsplit(url)
    assert address.hostname == "127.0.0.1"
    return http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)


def ask(client: http.client.HTTPConnection, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    client.request("GET" if content is None else "POST", path, content, headers)
    response = client.getresponse()
    return response.status, json.loads(response.read())


def package(name: str, version: str, ecosystem: str = "PyPI") -> dict[str, Any]:
    return {"package": {"name": name, "ecosystem": ecosystem}, "version": version}


def test_a_query_gives_whole_records(client: http.client.HTTPConnection) -> None:
    status, answer = ask(client, "/v1/query", package("Flask", "2.2.2"))
    assert status == 200
    (found,) = answer["vulns"]
    assert (found["id"], found["aliases"]) == ("PYSEC-2023-62", ["CVE-2023-30861", "GHSA-m2qf-hxjv-5gpq"])
    (affected,) = found["affected"]
    assert affected["package"] == {"ecosystem": "PyPI", "name": "flask"}
    assert {"fixed": "2.2.5"} in affected["ranges"][0]["events"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (package("flask", "3.1.0"), 0),
        (package("absent", "1.0"), 0),
        (package("flask", "2.2.2", "npm"), 0),
        (package("flask", "2.2.2+cu121"), 1),
        ({"package": {"name": "flask", "ecosystem": "PyPI"}}, 3),
        ({"package": {"purl": "pkg:pypi/flask@2.2.2"}}, 1),
        ({"package": {"purl": "pkg:pypi/flask"}, "version": "2.2.2"}, 1),
    ],
)
def test_the_number_of_answers(client: http.client.HTTPConnection, query: dict[str, Any], count: int) -> None:
    status, answer = ask(client, "/v1/query", query)
    assert status == 200
    assert len(answer.get("vulns", [])) == count


def test_a_batch_gives_ids_in_the_order_asked(client: http.client.HTTPConnection) -> None:
    queries = [package("flask", "3.1.0"), package("flask", "2.2.2")]
    assert ask(client, "/v1/querybatch", {"queries": queries}) == (
        200,
        {"results": [{}, {"vulns": [{"id": "PYSEC-2023-62", "modified": "2023-06-05T01:12:52Z"}]}]},
    )


def test_a_record_by_id(client: http.client.HTTPConnection) -> None:
    assert ask(client, "/v1/vulns/PYSEC-2023-62")[1]["published"] == "2023-05-02T18:15:00Z"
    assert ask(client, "/v1/vulns/PYSEC-1900-1")[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/query", b"{", 400),
        ("/v1/query", b"[]", 400),
        ("/v1/query", b"[" * 100_000, 400),
        ("/v1/query", {}, 400),
        ("/v1/query", {"package": 7}, 400),
        ("/v1/query", {"package": {"name": "flask"}}, 400),
        ("/v1/query", {"package": {"name": "\ud800", "ecosystem": "PyPI"}}, 400),
        ("/v1/query", {"package": {"purl": "pkg:generic/x"}, "version": "1"}, 400),
        ("/v1/querybatch", {"queries": 7}, 400),
        ("/v1/querybatch", {"queries": [7]}, 400),
        ("/v1/querybatch", {"queries": [{}] * 1001}, 400),
        ("/v2/query", {}, 404),
        ("/etc/passwd", None, 404),
    ],
)
def test_wrong_requests_are_answered_and_the_service_lives(
    client: http.client.HTTPConnection, path: str, body: object, status: int
) -> None:
    assert ask(client, path, body)[0] == status
    assert ask(client, "/v1/query", package("flask", "2.2.2"))[0] == 200


def test_a_body_without_or_beyond_a_length_is_refused(client: http.client.HTTPConnection) -> None:
    for value, status in (("", 411), ("-1", 411), ("99999999999", 413), ("0" * 12 + "9999999999", 413)):
        client.putrequest("POST", "/v1/query")
        client.putheader("Content-Length", value)
        client.endheaders()
        response = client.getresponse()
        assert (response.status, response.read() != b"") == (status, True)


def test_a_foreign_host_name_is_refused(client: http.client.HTTPConnection) -> None:
    assert ask(client, "/v1/vulns/PYSEC-2023-62", Host="evil.example")[0] == 403


def test_records_that_would_break_a_strict_client_are_made_harmless(make_store: MakeStore, record: MakeRecord) -> None:
    first = record(
        "PYSEC-1",
        "De_Mo",
        ("introduced", "0"),
        ("fixed", "1.0"),
        published="2025-01-01T00:00:00.123456789Z",
        aliases=["GHSA-1"],
        modified="0001-01-01T00:00:00Z",
    )
    first["affected"] += record("X", "de.mo", ("introduced", "2.0"), ("fixed", "not PEP 440"), ("fixed", "3.0"))[
        "affected"
    ]
    second = record("GHSA-1", "demo", ("introduced", "0"), aliases=["CVE-1"])
    with running_service(make_store(first, second)) as url:
        status, answer = ask(connect(url), "/v1/query", package("de-mo", "0.5"))
    assert status == 200
    assert answer["vulns"] == [
        {
            "schema_version": "1.7.0",
            "id": "PYSEC-1",
            "modified": "2025-01-01T00:00:00Z",
            "published": "2025-01-01T00:00:00Z",
            "aliases": ["CVE-1", "GHSA-1"],
            "summary": "",
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": "de-mo"},
                    "ranges": [
                        {
                            "type": "ECOSYSTEM",
                            "events": [{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "2.0"}, {"fixed": "3.0"}],
                        }
                    ],
                    "versions": [],
                }
            ],
            "database_specific": {"severity": "UNKNOWN"},
        }
    ]


def test_overlapping_ranges_stay_apart(make_store: MakeStore, record: MakeRecord) -> None:
    entry = record("PYSEC-1", "demo", ("introduced", "0"), ("fixed", "2.0"))
    entry["affected"] += record("X", "demo", ("introduced", "1.0"), ("fixed", "3.0"))["affected"]
    with running_service(make_store(entry)) as url:
        _, answer = ask(connect(url), "/v1/query", package("demo", "1.5"))
    assert len(answer["vulns"][0]["affected"][0]["ranges"]) == 2


def test_one_connection_answers_a_hundred_questions(client: http.client.HTTPConnection) -> None:
    """Without TCP_NODELAY and buffered writes each answer waits 40 ms for an acknowledgement."""
    answers = [ask(client, "/v1/query", package("flask", "2.2.2")) for _ in range(100)]
    assert all(answer == answers[0] for answer in answers)
    assert osv_service._Handler.disable_nagle_algorithm
    assert osv_service._Handler.wbufsize > 0


def test_several_clients_at_once(cut_store: AdvisoryStore) -> None:
    answers: list[int] = []

    def worker(url: str) -> None:
        client = connect(url)
        answers.extend(len(ask(client, "/v1/query", package("flask", "2.2.2"))[1]["vulns"]) for _ in range(20))

    with running_service(cut_store) as url:
        threads = [threading.Thread(target=worker, args=(url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [1] * 80


def test_serve_announces_where_it_listens_and_ends_on_interrupt(
    cut_store: AdvisoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[str] = []

    def interrupt(self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("socketserver.BaseServer.serve_forever", interrupt)
    serve(cut_store, announced.append)
    assert announced[0].startswith("http://127.0.0.1:")
