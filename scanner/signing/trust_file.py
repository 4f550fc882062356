"""The trust file on disk.

``schema: trust/v1`` with the lists ``keys``, ``cas``, ``sigstore``, ``identities`` and ``builders``; every member is
named here, an unknown or repeated one is an error. PEM text stands in the file itself, or the value is the path of a
file relative to the trust file. The file is part of the gate: review it like code; its sha256 goes into every report.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from scanner.errors import ConfigError
from scanner.signing.keys import key_id, load_public_key
from scanner.signing.result import Rejected
from scanner.signing.strict_json import load_object
from scanner.signing.trust import Builder, IdentityRule, SigstoreRoot, Trust, TrustedAuthority, TrustedKey

SCHEMA = "trust/v1"
MAX_BYTES = 4 * 1024 * 1024
TAG_ERRORS = (KeyError, IndexError, AttributeError, OverflowError)
"""What PyYAML raises for a value that is not what its tag says, such as ``!!bool x``."""


class _UniqueLoader(yaml.SafeLoader):
    """Safe YAML in which a repeated member is an error instead of a silent replacement."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(name, deep=True) for name, _ in node.value]
        if len({str(name) for name in names}) != len(names):
            raise yaml.constructor.ConstructorError(None, None, "a member is repeated", node.start_mark)
        return super().construct_mapping(node, deep)


def load_trust(path: Path) -> Trust:
    """Load a trust file and the files it names; raises :class:`ConfigError` with the place of what is wrong."""
    raw = _read(path, "trust file")
    try:
        document = _UniqueLoader(raw.decode("utf-8")).get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError, *TAG_ERRORS) as error:
        raise ConfigError("trust file: not UTF-8 YAML without repeated members; correct the syntax") from error
    reader = _Reader(path.parent)
    top = reader.members(document, "trust file", {"schema"}, {"keys", "cas", "sigstore", "identities", "builders"})
    if top["schema"] != SCHEMA:
        raise ConfigError(f"trust file: schema: unknown; write {SCHEMA}")
    trust = Trust(
        sha256=hashlib.sha256(raw).hexdigest(),
        keys=tuple(reader.key(value, place) for value, place in reader.items(top, "keys")),
        authorities=tuple(reader.authority(value, place) for value, place in reader.items(top, "cas")),
        sigstore=tuple(reader.sigstore(value, place) for value, place in reader.items(top, "sigstore")),
        identities=tuple(reader.identity(value, place) for value, place in reader.items(top, "identities")),
        builders=tuple(reader.builder(value, place) for value, place in reader.items(top, "builders")),
    )
    names = [entry.name for group in (trust.keys, trust.authorities, trust.sigstore) for entry in group]
    if len(set(names)) != len(names):
        raise ConfigError("trust file: name: used twice; give every key, authority and sigstore root its own name")
    return trust


def _read(path: Path, place: str) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{place}: cannot be read; check the path") from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{place}: larger than {MAX_BYTES} bytes; name the right file")
    return raw


class _Reader:
    """Turns the parsed YAML into typed entries; ``place`` names the member in messages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def members(self, value: object, place: str, required: set[str], optional: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ConfigError(f"{place}: not a mapping; write name: value pairs")
        unknown = value.keys() - required - optional
        if unknown:
            raise ConfigError(f"{place}: unknown member {min(map(str, unknown))!r}; remove or correct it")
        missing = required - value.keys()
        if missing:
            raise ConfigError(f"{place}: member {min(missing)!r} is missing; add it")
        return value

    def items(self, top: Mapping[str, Any], name: str) -> list[tuple[object, str]]:
        values = top.get(name, [])
        if not isinstance(values, list):
            raise ConfigError(f"trust file: {name}: not a list; start every entry with a dash")
        return [(value, f"trust file: {name}[{index}]") for index, value in enumerate(values)]

    def string(self, value: object, place: str) -> str:
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{place}: not a string; write text, in quotes if needed")
        return value

    def content(self, value: object, place: str) -> bytes:
        """PEM text of the file itself, or the bytes of the file that the value names."""
        text = self.string(value, place)
        return text.encode() if "-----BEGIN" in text else _read(self.folder / text, place)

    def key(self, value: object, place: str) -> TrustedKey:
        entry = self.members(value, place, {"name", "pem"}, {"identity", "not_after", "revoked"})
        try:
            key = load_public_key(self.content(entry["pem"], f"{place}.pem"))
        except ValueError as error:
            raise ConfigError(
                f"{place}.pem: not a usable public key; use P-256, P-384, P-521, Ed25519 or RSA of at least 3072 bits"
            ) from error
        revoked = entry.get("revoked", False)
        if not isinstance(revoked, bool):
            raise ConfigError(f"{place}.revoked: not true or false; write one of them")
        not_after = _time(entry["not_after"], f"{place}.not_after") if "not_after" in entry else None
        identity = self.string(entry["identity"], f"{place}.identity") if "identity" in entry else None
        return TrustedKey(self.string(entry["name"], f"{place}.name"), key, key_id(key), not_after, revoked, identity)

    def authority(self, value: object, place: str) -> TrustedAuthority:
        from cryptography import x509

        entry = self.members(value, place, {"name", "roots"}, {"identity", "eku", "at", "crl"})
        if entry.get("eku", "codeSigning") != "codeSigning":
            raise ConfigError(f"{place}.eku: unknown; codeSigning is the only extended key usage that can sign")
        at = entry.get("at", "now")
        if at not in ("now", "timestamp"):
            raise ConfigError(f"{place}.at: unknown; write now or timestamp")
        try:
            roots = tuple(x509.load_pem_x509_certificates(self.content(entry["roots"], f"{place}.roots")))
        except ValueError as error:
            raise ConfigError(f"{place}.roots: not PEM certificates; give the root certificates as PEM") from error
        crl = None
        if "crl" in entry:
            try:
                crl = x509.load_pem_x509_crl(self.content(entry["crl"], f"{place}.crl"))
            except ValueError as error:
                raise ConfigError(f"{place}.crl: not a PEM revocation list; convert it to PEM") from error
        identity = self.string(entry["identity"], f"{place}.identity") if "identity" in entry else None
        return TrustedAuthority(self.string(entry["name"], f"{place}.name"), roots, identity, at, crl)

    def sigstore(self, value: object, place: str) -> SigstoreRoot:
        entry = self.members(value, place, {"name", "trusted_root"}, {"sha256", "max_age"})
        file = self.string(entry["trusted_root"], f"{place}.trusted_root")
        raw = _read(self.folder / file, f"{place}.trusted_root")
        sha256 = hashlib.sha256(raw).hexdigest()
        if entry.get("sha256", sha256) != sha256:
            raise ConfigError(f"{place}.sha256: the file has another digest; review the file and correct the pin")
        try:
            media_type = load_object(raw, "the file").get("mediaType")
        except Rejected as error:
            raise ConfigError(f"{place}.trusted_root: not JSON; give a sigstore trusted_root.json") from error
        if not str(media_type).startswith("application/vnd.dev.sigstore.trustedroot"):
            raise ConfigError(f"{place}.trusted_root: of another kind; give a sigstore trusted_root.json")
        max_age = entry.get("max_age")
        if max_age is not None and not re.fullmatch(r"[1-9][0-9]{0,4}d", str(max_age)):
            raise ConfigError(f"{place}.max_age: not a number of days; write for example 90d")
        days = int(max_age[:-1]) if max_age is not None else None
        return SigstoreRoot(self.string(entry["name"], f"{place}.name"), raw, sha256, days)

    def identity(self, value: object, place: str) -> IdentityRule:
        entry = self.members(value, place, {"artifact", "issuer", "san"}, {"claims"})
        claims = entry.get("claims", {})
        if not isinstance(claims, dict):
            raise ConfigError(f"{place}.claims: not a mapping; write claim: value pairs")
        artifact, issuer, san = (self.string(entry[name], f"{place}.{name}") for name in ("artifact", "issuer", "san"))
        wanted = {self.string(name, f"{place}.claims"): self.string(claims[name], f"{place}.claims") for name in claims}
        return IdentityRule(artifact, issuer, san, wanted)

    def builder(self, value: object, place: str) -> Builder:
        entry = self.members(value, place, {"issuer", "san", "id", "level"}, set())
        if entry["level"] not in (1, 2, 3) or isinstance(entry["level"], bool):
            raise ConfigError(f"{place}.level: not an SLSA build level; write 1, 2 or 3")
        issuer, san, builder = (self.string(entry[name], f"{place}.{name}") for name in ("issuer", "san", "id"))
        return Builder(issuer, san, builder, entry["level"])


def _time(value: object, place: str) -> datetime:
    """A moment in UTC from a YAML timestamp or RFC 3339 text; a date without time means the end of that day."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, 23, 59, 59, tzinfo=UTC)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ConfigError(f"{place}: not a time; write for example 2027-01-31T00:00:00Z") from error
    if not isinstance(value, datetime):
        raise ConfigError(f"{place}: not a time; write for example 2027-01-31T00:00:00Z")
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ConfigError(f"{place}: outside the calendar in UTC; write for example 2027-01-31T00:00:00Z") from error
