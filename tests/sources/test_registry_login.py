"""Logins from the environment and from Docker's file; nothing is run for one."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from scanner.errors import ConfigError
from scanner.sources.registry_login import Login, find_login
from scanner.sources.registry_reference import parse_reference

REFERENCE = parse_reference("registry.example:5000/team/app:1")
AUTH = base64.b64encode(b"ada:pass:word").decode()


def configured(folder: Path, value: object) -> dict[str, str]:
    (folder / "config.json").write_text(json.dumps(value))
    return {"DOCKER_CONFIG": str(folder)}


def test_the_environment_comes_first(tmp_path: Path) -> None:
    environment = configured(tmp_path, {"auths": {"registry.example:5000": {"auth": AUTH}}})
    found = find_login(REFERENCE, {**environment, "LADING_REGISTRY_USER": "eve", "LADING_REGISTRY_PASSWORD": "x"})
    assert found == Login("eve", "x")


@pytest.mark.parametrize("key", ["registry.example:5000", "https://registry.example:5000"])
def test_the_file_of_docker(key: str, tmp_path: Path) -> None:
    found = find_login(REFERENCE, configured(tmp_path, {"auths": {key: {"auth": AUTH}}}))
    assert found == Login("ada", "pass:word")
    assert found.basic == "Basic YWRhOnBhc3M6d29yZA=="
    assert "word" not in repr(found)


def test_the_file_in_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    configured(tmp_path / ".docker", {"auths": {"registry.example:5000": {"username": "ada", "password": "p"}}})
    assert find_login(REFERENCE, {"HOME": str(tmp_path)}) == Login("ada", "p")


def test_docker_hub_has_a_key_of_its_own(tmp_path: Path) -> None:
    environment = configured(tmp_path, {"auths": {"https://index.docker.io/v1/": {"auth": AUTH}}})
    assert find_login(parse_reference("docker.io/python:3"), environment) == Login("ada", "pass:word")
    assert find_login(REFERENCE, environment) is None


def test_no_credential_helper_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "docker-credential-trap"
    helper.write_text(f"#!/bin/sh\ntouch {tmp_path / 'marker'}\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    value = {
        "credsStore": "trap",
        "credHelpers": {"registry.example:5000": "trap"},
        "auths": {"registry.example:5000": {}},
    }
    assert find_login(REFERENCE, configured(tmp_path, value)) is None
    assert not (tmp_path / "marker").exists()


@pytest.mark.parametrize(
    "value",
    [[], {"auths": []}, {"auths": {"registry.example:5000": 1}}, {"auths": {"registry.example:5000": {"auth": "%%"}}},
     {"auths": {"registry.example:5000": {"username": "a\r\nX: y", "password": "p"}}}],
)  # fmt: skip
def test_what_is_no_login_is_none(value: object, tmp_path: Path) -> None:
    assert find_login(REFERENCE, configured(tmp_path, value)) is None


def test_a_broken_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ConfigError, match="DOCKER_CONFIG"):
        find_login(REFERENCE, {"DOCKER_CONFIG": str(tmp_path)})
