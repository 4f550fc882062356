"""Copying images from registries: a real one of Debian, and hostile ones, all on loopback."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import UsageError
from scanner.sources.oci_registry import copy_image
from scanner.sources.registry_client import Limits, RegistryClient
from scanner.sources.registry_login import Login
from scanner.sources.registry_reference import Origin, parse_reference
from tests.sources.registries import INDEX, MANIFEST, Registry, answer, digest_of, served

LOGIN = Login("ada", "secret")
INDEX_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


@pytest.fixture
def registry() -> Iterator[Registry]:
    with served() as found:
        yield found


def copied(registry: Registry, folder: Path, wanted: str = ":1", **settings: Any) -> dict[str, Any]:
    """Copy ``team/app``; the index of the layout."""
    copy_image(parse_reference(f"{registry.address}/team/app{wanted}"), folder / "app", **settings)
    found: dict[str, Any] = json.loads((folder / "app" / "index.json").read_text())
    return found


def blobs(folder: Path) -> set[str]:
    return {f"sha256:{file.name}" for file in (folder / "app" / "blobs" / "sha256").iterdir()}


def test_an_image_becomes_a_layout_of_what_its_digests_name(registry: Registry, tmp_path: Path) -> None:
    image = registry.image(b"layer", "1")
    index = copied(registry, tmp_path)
    (entry,) = index["manifests"]
    assert entry == {**image, "annotations": {"io.containerd.image.name": f"{registry.address}/team/app:1"}}
    assert blobs(tmp_path) == {image["digest"], digest_of(b"layer"), digest_of(b'{"os": "linux"}')}
    for file in (tmp_path / "app" / "blobs" / "sha256").iterdir():
        assert digest_of(file.read_bytes()) == f"sha256:{file.name}"


def test_every_image_of_an_index_is_copied_and_one_where_a_platform_is_chosen(
    registry: Registry, tmp_path: Path
) -> None:
    one, two = registry.image(b"one"), registry.image(b"two")
    entries = [
        {**one, "platform": {"os": "linux", "architecture": "amd64"}},
        {**two, "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}},
    ]
    whole = registry.manifest({"manifests": entries}, "1", type=INDEX)
    assert copied(registry, tmp_path / "all")["manifests"][0]["digest"] == whole["digest"]
    assert {one["digest"], two["digest"]} < blobs(tmp_path / "all")
    for number, platform in enumerate(("linux/arm", "linux/arm/v7")):
        folder = tmp_path / str(number)
        assert copied(registry, folder, platform=platform)["manifests"][0]["digest"] == two["digest"]
        assert not {one["digest"], whole["digest"]} & blobs(folder)
    with pytest.raises(UsageError, match="no image of this platform"):
        copied(registry, tmp_path / "none", platform="plan9/386")


def test_referrers_come_along_by_the_api_the_fallback_tag_and_the_tags_of_cosign(
    registry: Registry, tmp_path: Path
) -> None:
    image = registry.image(b"layer", "1")
    plain = image["digest"].replace(":", "-")
    bill = registry.image(b"bill", subject=image, artifactType="application/vnd.cyclonedx+json")
    signature = registry.image(b"signature", f"{plain}.sig")
    listed = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [bill]}).encode()
    registry.answers[f"/v2/team/app/referrers/{image['digest']}"] = answer(listed, INDEX)
    found = {entry["digest"]: entry.get("annotations", {}) for entry in copied(registry, tmp_path)["manifests"]}
    assert found.keys() == {image["digest"], bill["digest"], signature["digest"]}
    assert found[signature["digest"]] == {"org.opencontainers.image.ref.name": f"{plain}.sig"}
    assert digest_of(b"bill") in blobs(tmp_path)
    del registry.answers[f"/v2/team/app/referrers/{image['digest']}"]
    registry.manifest({"manifests": [bill]}, plain, type=INDEX)
    assert bill["digest"] in {entry["digest"] for entry in copied(registry, tmp_path / "tag")["manifests"]}


def test_a_foreign_layer_is_left_out_and_its_address_is_never_asked(registry: Registry, tmp_path: Path) -> None:
    foreign = {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": digest_of(b"far"),
        "size": 3,
        "urls": [f"http://{registry.address}/far"],
    }
    registry.manifest({"config": registry.blob(b"{}"), "layers": [foreign]}, "1")
    copied(registry, tmp_path)
    assert foreign["digest"] not in blobs(tmp_path)
    assert not any("far" in path for path, _ in registry.asked)


def challenged(registry: Registry, challenge: str, login: str, path: str = "/v2/team/app/manifests/1") -> None:
    """Answer ``path`` only with an Authorization header of this value."""
    inner = registry.answers[path]

    def send(handler: BaseHTTPRequestHandler) -> None:
        given = handler.headers.get("Authorization")
        (inner if given == login else answer(b"", status=401, WWW_Authenticate=challenge))(handler)

    registry.answers[path] = send


def test_basic_and_bearer_logins(registry: Registry, tmp_path: Path) -> None:
    registry.image(b"layer", "1")
    challenged(registry, 'Basic realm="x"', LOGIN.basic)
    copied(registry, tmp_path / "basic", login=LOGIN)
    registry.image(b"layer", "2")
    registry.answers["/token"] = answer(b'{"token": "abc.DEF"}')
    challenge = f'Bearer realm="http://{registry.address}/token",service="r",scope="repository:other:push"'
    challenged(registry, challenge, "Bearer abc.DEF", "/v2/team/app/manifests/2")
    copied(registry, tmp_path / "bearer", ":2", login=LOGIN)
    (asked,) = [(path, headers) for path, headers in registry.asked if path.startswith("/token")]
    assert asked[0] == "/token?service=r&scope=repository%3Ateam%2Fapp%3Apull"
    assert asked[1]["Authorization"] == LOGIN.basic


@pytest.mark.parametrize(
    "challenge",
    [
        "", "Basic", "Negotiate abc", 'Bearer realm="HERE/again"', 'Bearer realm="HERE/none"', 'Bearer realm="HERE/odd"',
        'Bearer realm="HERE/huge"', 'Bearer realm="file:///etc/passwd"', 'Bearer realm="http://10.0.0.1/"',
        'Bearer realm="https://localhost/"', 'Bearer realm="http://["', 'Bearer realm="HERE/good"',
    ],
)  # fmt: skip
def test_a_registry_that_never_lets_anybody_in_is_an_error(challenge: str, registry: Registry, tmp_path: Path) -> None:
    registry.image(b"layer", "1")
    registry.answers |= {
        "/again": answer(b"", status=401, WWW_Authenticate=challenge),
        "/odd": answer(b'{"token": "a\\r\\nX-Other: b"}'),
        "/huge": answer(b" " * (1 << 19)),
        "/good": answer(b'{"token": "x"}'),
    }
    challenge = challenge.replace("HERE", f"http://{registry.address}")
    registry.answers["/v2/team/app/manifests/1"] = answer(b"", status=401, WWW_Authenticate=challenge)
    with pytest.raises(UsageError) as caught:
        copied(registry, tmp_path)
    assert str(caught.value).startswith(f"registry:{registry.address}/team/app:1: ")
    assert len(registry.asked) <= 4


def test_a_redirect_goes_back_to_the_registry_or_to_https_elsewhere_only(registry: Registry, tmp_path: Path) -> None:
    registry.image(b"layer", "1")
    path = f"/v2/team/app/blobs/{digest_of(b'layer')}"
    registry.answers["/moved"] = registry.answers[path]
    registry.answers[path] = answer(b"", status=307, Location="/moved")
    copied(registry, tmp_path / "same")
    with served() as other:
        other.answers["/moved"] = answer(b"layer")
        for location in (
            f"http://{other.address}/moved", "http://169.254.169.254/", "file:///etc/passwd", "https://127.0.0.1/", path
        ):  # fmt: skip
            registry.answers[path] = answer(b"", status=302, Location=location)
            with pytest.raises(UsageError, match="redirects"):
                copied(registry, tmp_path / digest_of(location.encode()))
        assert other.asked == []


def test_bytes_that_are_not_those_of_their_digest_or_size_are_refused(registry: Registry, tmp_path: Path) -> None:
    registry.image(b"layer", "1")
    path = f"/v2/team/app/blobs/{digest_of(b'layer')}"
    for number, body in enumerate((b"LAYER", b"lay", b"layer and more")):
        registry.answers[path] = answer(body)
        with pytest.raises(UsageError, match="not the one its digest and size name"):
            copied(registry, tmp_path / str(number))
        assert digest_of(b"layer") not in blobs(tmp_path / str(number))


def test_a_manifest_under_the_digest_of_another_is_refused(registry: Registry, tmp_path: Path) -> None:
    image, other = registry.image(b"layer"), registry.image(b"other", "1")
    path = "/v2/team/app/manifests/"
    registry.answers[path + image["digest"]] = registry.answers[path + other["digest"]]
    with pytest.raises(UsageError, match="not the one its digest names"):
        copied(registry, tmp_path / "asked", f"@{image['digest']}")
    registry.answers[path + "1"] = answer(b'{"layers": []}', MANIFEST, Docker_Content_Digest=image["digest"])
    with pytest.raises(UsageError, match="not the one its digest names"):
        copied(registry, tmp_path / "promised")


@pytest.mark.parametrize(
    ("body", "type", "words"),
    [
        (b"[]", MANIFEST, "no JSON object"),
        (b"[" * 100_000, MANIFEST, "no JSON object"),
        (b'{"layers": ' + b" " * (5 << 20), MANIFEST, "more than"),
        (b'{"schemaVersion": 1, "fsLayers": []}', MANIFEST, "first version"),
        (b'{"manifests": [], "layers": []}', INDEX, "index too"),
        (b'{"mediaType": "%s", "manifests": []}' % INDEX.encode(), INDEX_LIST, "another type"),
        (b'{"layers": 1}', MANIFEST, "no objects"),
        (b'{"layers": [1]}', MANIFEST, "no objects"),
        (b'{"layers": [{"digest": "sha256:../../x", "size": 1}]}', MANIFEST, "another digest than sha256"),
        (b'{"layers": [{"digest": "sha256:%s"}]}' % (b"a" * 64), MANIFEST, "no size"),
        (b'{"layers": [{"digest": "sha256:%s", "size": true}]}' % (b"a" * 64), MANIFEST, "no size"),
        (b'{"layers": [{"digest": "sha256:%s", "size": -1}]}' % (b"a" * 64), MANIFEST, "no size"),
        (b'{"layers": [{"digest": "sha256:%s", "size": 1%s}]}' % (b"a" * 64, b"0" * 18), MANIFEST, "free space"),
        (b'{"layers": [{"digest": "sha256:%s", "size": 1}]}' % (b"a" * 64), MANIFEST, "not there"),
        (b'{"manifests": [{"digest": "sha512:1"}]}', INDEX, "another digest than sha256"),
    ],
)
def test_hostile_manifests(body: bytes, type: str, words: str, registry: Registry, tmp_path: Path) -> None:
    registry.answers["/v2/team/app/manifests/1"] = answer(body, type)
    with pytest.raises(UsageError, match=words):
        copied(registry, tmp_path)


def test_indexes_nested_too_deep_are_refused(registry: Registry, tmp_path: Path) -> None:
    entry = registry.image()
    for level in range(6):
        entry = registry.manifest({"manifests": [entry]}, f"level{level}", type=INDEX)
    with pytest.raises(UsageError, match="nested deeper"):
        copied(registry, tmp_path, ":level5")


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_other_answers_are_errors(status: int, registry: Registry, tmp_path: Path) -> None:
    registry.answers["/v2/team/app/manifests/1"] = answer(b"", status=status)
    with pytest.raises(UsageError, match=f"it answers {status}"):
        copied(registry, tmp_path)


def endless(first: bytes, pause: float) -> Any:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(first)
        while True:
            handler.wfile.write(b"x" * (1 if pause else 1 << 16))
            time.sleep(pause)

    return send


@pytest.mark.parametrize(
    ("first", "pause", "words"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", 0, "more than"),
        (b"HTTP/1.1 200 OK\r\n\r\n", 0.05, "out of time"),
        (b"HTTP/1.1 200 OK\r\nX: ", 0.05, "out of time"),
        (b"HTTP/1.1 200 OK\r\nX: ", 0, "connection failed"),
        (b"SSH-2.0-", 0, "connection failed"),
    ],
)
def test_answers_without_end_are_cut_off(
    first: bytes, pause: float, words: str, registry: Registry, tmp_path: Path
) -> None:
    registry.answers["/v2/team/app/manifests/1"] = endless(first, pause)
    began = time.monotonic()
    with pytest.raises(UsageError, match=words):
        copied(registry, tmp_path, limits=Limits(seconds=1) if pause else Limits())
    assert time.monotonic() - began < 10


def test_an_image_may_not_cost_more_bytes_than_allowed(registry: Registry, tmp_path: Path) -> None:
    registry.image(b"x" * 5000, "1")
    with pytest.raises(UsageError, match="more bytes than one image may have"):
        copied(registry, tmp_path, limits=Limits(bytes=4000))


def test_a_registry_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(UsageError, match="connection failed"):
            copy_image(parse_reference(f"{address}/team/app"), tmp_path / "app")


def test_no_proxy_of_the_environment_is_used(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.image(b"layer", "1")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert copied(registry, tmp_path)["manifests"]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """The control is the same server with its certificate among the trusted ones."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with served(context) as registry:
        registry.answers["/v2/team/app/manifests/1"] = answer(b"{}", MANIFEST)
        origin = Origin("https", "localhost", int(registry.address.rpartition(":")[2]))

        def status() -> bool:
            with (
                RegistryClient(origin, "team/app", None, Limits()) as client,
                client.get("manifests/1", MANIFEST) as found,
            ):
                return found.found

        with pytest.raises(Exception, match="certificate is not trusted"):
            status()
        assert registry.asked == []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(certificate))
            assert status()


@pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("docker-registry", "skopeo", "umoci")),
    reason="docker-registry, skopeo and umoci are not installed",
)
@pytest.mark.parametrize("form", ["oci", "v2s2"])
def test_the_registry_of_debian_with_an_image_pushed_by_skopeo(form: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = tmp_path / "registry.yml"
    settings.write_text(
        f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '{address}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: '{tmp_path / 'store'}'}}}}\n"
    )
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "train.csv").write_text("a,b\n1,2\n")
    source = tmp_path / "source"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}

    def run(*arguments: object) -> None:
        subprocess.run([str(one) for one in arguments], check=True, capture_output=True, env=environment)

    run("umoci", "init", "--layout", source)
    run("umoci", "new", "--image", f"{source}:1")
    run("umoci", "insert", "--rootless", "--image", f"{source}:1", tmp_path / "files", "/app")
    server = subprocess.Popen(["docker-registry", "serve", settings], stderr=subprocess.DEVNULL, env=environment)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        run(
            "skopeo",
            "copy",
            "--dest-tls-verify=false",
            f"--format={form}",
            f"oci:{source}:1",
            f"docker://{address}/a/b:1",
        )
        copy_image(parse_reference(f"registry:{address}/a/b:1"), tmp_path / "b")
        (entry,) = json.loads((tmp_path / "b" / "index.json").read_text())["manifests"]
        copy_image(parse_reference(f"registry:{address}/a/b@{entry['digest']}"), tmp_path / "again" / "b")
    finally:
        server.terminate()
        server.wait(10)
    assert (entry["mediaType"] == MANIFEST) == (form == "oci")
    run("skopeo", "inspect", f"oci:{tmp_path / 'b'}") if form == "oci" else None
    layers = [file for file in (tmp_path / "b" / "blobs" / "sha256").iterdir() if file.read_bytes()[:2] == b"\x1f\x8b"]
    assert len(layers) == 1
    assert {file.name for file in (tmp_path / "again" / "b" / "blobs" / "sha256").iterdir()} == {
        file.name for file in (tmp_path / "b" / "blobs" / "sha256").iterdir()
    }
