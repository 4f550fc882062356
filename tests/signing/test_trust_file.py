"""The trust file is read strictly."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scanner.errors import ConfigError
from scanner.signing import keys
from scanner.signing.result import Signer
from scanner.signing.trust import IdentityRule, Trust
from scanner.signing.trust_file import load_trust
from tests.signing.authority import Authority
from tests.signing.rig import Rig


def write(folder: Path, text: str) -> Path:
    path = folder / "trust.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_kind_of_entry_is_loaded(tmp_path: Path, key: ec.EllipticCurvePrivateKey, rig: Rig) -> None:
    authority = Authority()
    pem = keys.spki_pem(key.public_key()).decode()
    (tmp_path / "ca.pem").write_bytes(authority.root_pem())
    (tmp_path / "ca.crl").write_bytes(authority.crl_pem([7]))
    root = json.dumps(rig.trusted_root()).encode()
    (tmp_path / "trusted_root.json").write_bytes(root)
    (tmp_path / "release.pem").write_text(pem)
    path = write(
        tmp_path,
        f"""\
schema: trust/v1
keys:
  - {{name: release, pem: release.pem, not_after: 2027-01-31}}
  - {{name: inline, pem: {json.dumps(pem)}, not_after: "2027-01-31T01:00:00+01:00", revoked: true}}
cas:
  - name: corporate
    roots: ca.pem
    identity: "*@example.com"
    eku: codeSigning
    at: now
    crl: ca.crl
sigstore:
  - name: private
    trusted_root: trusted_root.json
    sha256: {hashlib.sha256(root).hexdigest()}
    max_age: 90d
identities:
  - artifact: "models/**"
    issuer: https://issuer.example
    san: release@example.com
    claims: {{source_repository: https://example.com/repo}}
builders:
  - {{issuer: https://issuer.example, san: "https://example.com/**", id: https://builder.example, level: 3}}
""",
    )
    trust = load_trust(path)
    assert trust.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert trust.keys[0].key_id == keys.key_id(key.public_key())
    assert trust.keys[0].not_after == datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)
    assert trust.keys[1].not_after == datetime(2027, 1, 31, tzinfo=UTC)
    assert (trust.keys[1].key_id, trust.keys[1].revoked) == (trust.keys[0].key_id, True)
    assert trust.authorities[0].roots == (authority.root,)
    assert trust.authorities[0].crl is not None
    assert (trust.sigstore[0].raw, trust.sigstore[0].max_age_days) == (root, 90)
    assert trust.identities[0].claims == {"source_repository": "https://example.com/repo"}
    assert trust.builders[0].level == 3


KEY = keys.spki_pem(ec.generate_private_key(ec.SECP256R1()).public_key()).decode()
ENTRY = json.dumps({"name": "release", "pem": KEY})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "trust file"),
        ("[]", "trust file"),
        ("schema: [", "trust file"),
        ("schema: trust/v2", "schema"),
        ("schema: trust/v1\nkey: []", "'key'"),
        ("schema: trust/v1\nschema: trust/v1", "trust file"),
        ("schema: trust/v1\nkeys: {}", "keys"),
        ("schema: trust/v1\nkeys: [release]", "keys[0]"),
        ("schema: trust/v1\nkeys: [{name: a}]", "'pem'"),
        ("schema: trust/v1\nkeys: [{name: a, pem: missing.pem}]", "keys[0].pem"),
        (
            'schema: trust/v1\nkeys: [{name: a, pem: "-----BEGIN X-----"}]',
            "keys[0].pem",
        ),
        (f"schema: trust/v1\nkeys: [{ENTRY}, {ENTRY}]", "name"),
        (
            f"schema: trust/v1\nkeys: [{ENTRY[:-1]}, 'revoked': 'no'}}]",
            "keys[0].revoked",
        ),
        (
            f"schema: trust/v1\nkeys: [{ENTRY[:-1]}, 'not_after': 'soon'}}]",
            "keys[0].not_after",
        ),
        (
            f"schema: trust/v1\nkeys: [{ENTRY[:-1]}, 'not_after': 7}}]",
            "keys[0].not_after",
        ),
        (f"schema: trust/v1\nkeys: [{ENTRY[:-1]}, 'colour': red}}]", "'colour'"),
        ("schema: trust/v1\ncas: [{name: a, roots: trust.yaml}]", "cas[0].roots"),
        (
            "schema: trust/v1\ncas: [{name: a, roots: trust.yaml, eku: serverAuth}]",
            "cas[0].eku",
        ),
        (
            "schema: trust/v1\ncas: [{name: a, roots: trust.yaml, at: never}]",
            "cas[0].at",
        ),
        (
            "schema: trust/v1\nsigstore: [{name: a, trusted_root: nowhere.json}]",
            "sigstore[0].trusted_root",
        ),
        (
            "schema: trust/v1\nsigstore: [{name: a, trusted_root: trust.yaml}]",
            "sigstore[0].trusted_root",
        ),
        ("schema: trust/v1\nidentities: [{artifact: '**', issuer: i}]", "'san'"),
        (
            "schema: trust/v1\nidentities: [{artifact: '**', issuer: i, san: s, claims: [x]}]",
            "identities[0].claims",
        ),
        (
            "schema: trust/v1\nbuilders: [{issuer: i, san: s, id: b, level: 4}]",
            "builders[0].level",
        ),
    ],
)
def test_a_mistake_is_an_error_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_trust(write(tmp_path, text))
    assert place in str(error.value)
    assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize(("member", "value"), [("sha256", "0" * 64), ("max_age", "90"), ("max_age", "0d")])
def test_a_wrong_pin_or_age_is_an_error(tmp_path: Path, rig: Rig, member: str, value: str) -> None:
    (tmp_path / "root.json").write_text(json.dumps(rig.trusted_root()))
    text = f"schema: trust/v1\nsigstore: [{{name: a, trusted_root: root.json, {member}: '{value}'}}]"
    with pytest.raises(ConfigError) as error:
        load_trust(write(tmp_path, text))
    assert f"sigstore[0].{member}" in str(error.value)


def test_a_missing_trust_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load_trust(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("artifact", "signer", "claims", "expected"),
    [
        (
            "models/a",
            Signer("dev@example.com", "https://i"),
            {"ref": "main", "x": "y"},
            True,
        ),
        ("images/a", Signer("dev@example.com", "https://i"), {"ref": "main"}, False),
        (
            "models/a",
            Signer("dev@example.com.evil", "https://i"),
            {"ref": "main"},
            False,
        ),
        ("models/a", Signer("dev@example.com", "https://i/"), {"ref": "main"}, False),
        ("models/a", Signer("dev@example.com", "https://i"), {"ref": "dev"}, False),
        ("models/a", Signer("dev@example.com", "https://i"), {}, False),
        ("models/a", Signer(None, "https://i"), {"ref": "main"}, False),
    ],
)
def test_identity_rules(artifact: str, signer: Signer, claims: dict[str, str], expected: bool) -> None:
    rule = IdentityRule("models/*", "https://i", "*@example.com", {"ref": "main"})
    assert Trust("", identities=(rule,)).welcomes(artifact, signer, claims) is expected


def test_a_key_may_say_who_holds_it(tmp_path: Path) -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    path = tmp_path / "trust.yaml"
    path.write_text(
        json.dumps({"schema": "trust/v1", "keys": [{"name": "release", "identity": "r@example.com", "pem": pem}]})
    )
    assert load_trust(path).keys[0].identity == "r@example.com"
