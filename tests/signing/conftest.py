"""Fixtures of the signing tests: no test may open a connection."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import NoReturn

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.signing.rig import Rig


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Connections and name look-ups fail, and the home directory holds no cache."""

    def refuse(*_args: object, **_kwargs: object) -> NoReturn:
        raise AssertionError("a test opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def rig() -> Rig:
    """A private sigstore whose clock is the real one, because sigstore's signer looks at the real one."""
    return Rig(datetime.now(UTC))


@pytest.fixture(scope="session")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
