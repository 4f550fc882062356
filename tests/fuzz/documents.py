"""What users and signers write as targets: bundles, certificates, trust files, policies, waivers, results, advisories."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from scanner import result
from scanner.advisories import archive, osv, versions
from scanner.cli import configuration
from scanner.errors import ConfigError, NotExaminable, PolicyError, UsageError
from scanner.policy import baseline, documents, load, params, testing, waivers, yaml_loader
from scanner.signing import bundle, fulcio, keys, oms, pep740, statement, trust_file, verify, x509_reading
from scanner.signing.result import Rejected
from scanner.signing.trust import Trust
from scanner.sources import registry_reference
from tests.fuzz.scratch import written
from tests.fuzz.targets import Target, ending, holding, seeded

ROOT: Final = Path(__file__).resolve().parents[2]
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _statement(data: bytes) -> None:
    oms.parse_manifest(statement.parse_statement(bundle.Envelope(bundle.IN_TOTO, data, b"")))


def _attestations(data: bytes) -> None:
    for one in pep740.read_bundles(data):
        bundle.parse_bundle(one)


@cache
def _trust() -> Trust:
    """Trust in the key of the fixtures, by which some of the seeds are signed."""
    return trust_file.load_trust(ROOT / "fixtures" / "trust.yaml")


def _verified(data: bytes) -> None:
    """Verification never raises: what is wrong is in its result."""
    trust = _trust()
    verify.verify_model_signature(data, {}, trust, now=NOW)
    verify.verify_artifact_signature(data, "0" * 64, trust, now=NOW)
    verify.verify_attestations(data, "base-1.0.tar.gz", "0" * 64, trust, now=NOW)


def _policy_tests(data: bytes) -> None:
    """Policy tests beside the policy that they name."""
    written((ROOT / "tests" / "fuzz" / "seeds" / "policy" / "seed-small").read_bytes(), "policy.yaml")
    testing.read_cases(written(data, "tests.yaml"))


def _versions(data: bytes) -> None:
    lines = data.decode("utf-8", "replace").splitlines()
    for ecosystem in ("PyPI", "Debian", "Alpine", "Red Hat", "npm"):
        versions.ascending(lines, versions.order_of(ecosystem))


def targets() -> list[Target]:
    """Signing, then policies, then results, configuration and advisories."""
    rejected, policy = (Rejected,), (PolicyError,)
    yaml = ending(".yaml")
    bundles = ending(".sig", ".sigstore.json")
    return [
        Target("bundle", bundle.parse_bundle, rejected, bundles, bundle),
        Target("attestations", _attestations, rejected, seeded("attestations"), pep740),
        Target("statement", _statement, rejected, seeded("statement"), statement),
        Target(
            "certificate",
            lambda data: fulcio.read_identity(x509_reading.load_certificate(data)),
            rejected,
            ending(".der"),
            fulcio,
        ),
        Target("public_key", keys.load_public_key, (ValueError,), ending(".pem", ".pub"), keys),
        Target("verify", _verified, (), bundles, verify),
        Target(
            "trust_file",
            lambda data: trust_file.load_trust(written(data, "trust.yaml")),
            (ConfigError,),
            ending("trust.yaml"),
            trust_file,
        ),
        Target(
            "policy",
            lambda data: load.load_policies([str(written(data, "policy.yaml"))]),
            policy,
            holding(b"schema: policy/v1"),
            documents,
        ),
        Target(
            "policy_tests",
            _policy_tests,
            policy,
            holding(b"schema: policy-test/v1"),
            testing,
        ),
        Target(
            "waivers",
            lambda data: waivers.read_waivers(yaml_loader.load(data, "waivers.yaml")),
            policy,
            seeded("waivers"),
            waivers,
        ),
        Target(
            "baseline",
            lambda data: baseline.read_baseline(yaml_loader.load_json(data, "baseline.json")),
            policy,
            seeded("baseline"),
            baseline,
        ),
        Target(
            "parameters",
            lambda data: params.from_file(yaml_loader.load(data, "params.yaml")),
            policy,
            seeded("parameters"),
            params,
        ),
        Target("policy_yaml", lambda data: yaml_loader.load(data, "policy.yaml"), policy, yaml, yaml_loader),
        Target("result", lambda data: result.loads(data, "scan.json"), (UsageError,), seeded("result"), result),
        Target(
            "configuration",
            lambda data: configuration.discover(written(data, "lading.toml").parent),
            (ConfigError,),
            ending("lading.toml"),
            configuration,
        ),
        Target(
            "registry_reference",
            lambda data: registry_reference.parse_reference(data.decode("utf-8", "replace")),
            (UsageError,),
            seeded("registry_reference"),
            registry_reference,
        ),
        Target("advisory", osv.parse_record, (NotExaminable,), ending("-0001.json"), osv),
        Target(
            "advisory_archive",
            lambda data: list(archive.read_members(written(data, "all.zip"))),
            (NotExaminable,),
            holding(b"PK\x03\x04"),
            archive,
        ),
        Target("versions", _versions, (), seeded("versions"), versions),
    ]
