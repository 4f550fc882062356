"""Every artifact kind, evidence group and relationship type: name, type, one-line meaning.

Policy lint, documentation and the JSON Schema of the scan result are made from here. A group is present on an artifact
once a component stated it; its absence means nobody looked. Times are RFC 3339 strings in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner.model import BASES


@dataclass(frozen=True, slots=True)
class Scalar:
    """``string``, ``int``, ``number``, ``bool`` or ``time``; ``nullable``: looked at, and there is none."""

    name: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a closed set of words, ordered from worst to best where an order makes sense."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping that always carries exactly these keys."""

    members: Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of scalars, or of mappings told apart by the member named ``key``."""

    item: Type
    key: str | None = None


Type = Scalar | OneOf | Fields | ListOf


@dataclass(frozen=True, slots=True)
class Group:
    """One evidence group. ``fold`` says how several statements become one value:

    ``first``  the smallest by ``order`` (a field holding a ranked word), then by canonical JSON;
    ``worst``  the same, where ``order`` ranks from worst to best;
    ``union``  lists are united, of members with equal keys the first by ``order``, then by canonical JSON, is kept;
    ``merge``  mappings are united field by field, a stated value wins over null;
    ``greatest``  the one with the latest time, or the greatest number, in the field ``order``.
    """

    type: Type
    meaning: str
    fold: str = "first"
    order: str | None = None
    internal: bool = False
    """True for facts that only enrichers read; policies cannot name them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One artifact kind: its meaning, what identifies it in a policy, and its own groups."""

    meaning: str
    identity: str
    groups: Mapping[str, Group] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """A typed direction from an artifact to what it is made of or uses."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    reads: str
    spdx: str
    group: str | None = None
    """The evidence group whose absence means that this relationship was not looked for."""


STRING: Final = Scalar("string")
STRING_OR_NULL: Final = Scalar("string", nullable=True)
INT: Final = Scalar("int")
INT_OR_NULL: Final = Scalar("int", nullable=True)
NUMBER: Final = Scalar("number")
BOOL: Final = Scalar("bool")
BOOL_OR_NULL: Final = Scalar("bool", nullable=True)
TIME: Final = Scalar("time")
TIME_OR_NULL: Final = Scalar("time", nullable=True)
STRINGS: Final = ListOf(STRING)
SEVERITY: Final = OneOf(("critical", "high", "medium", "low", "unknown"))
BASIS: Final = OneOf(BASES)
_DAYS: Final = Scalar("int", nullable=True)
EXAMINED_STATES: Final = ("not_examined", "partly", "examined")
CODE_VERDICTS: Final = ("malicious", "unknown", "known-safe")
ENGINE_WORDS: Final = ("malicious", "not-examined", "unknown", "known-safe", "no issue")


def _fields(**members: Type) -> Fields:
    return Fields(members)


COMMON: Final[Mapping[str, Group]] = {
    "examined": Group(
        _fields(state=OneOf(EXAMINED_STATES), reason=STRING_OR_NULL),
        "whether the content was read to its end",
        "worst",
        "state",
    ),
    "approvals": Group(
        ListOf(_fields(by=STRING, role=STRING, at=TIME_OR_NULL, trusted=BOOL), key="by"),
        "who approved it; trusted only when a verified signature says so",
        "union",
    ),
    "signing": Group(
        _fields(state=OneOf(("changed", "invalid", "untrusted", "verified", "unsigned")), unsigned_extras=INT),
        "what its signatures say",
        "worst",
        "state",
    ),
    "packaged": Group(
        _fields(by=STRING),
        "the installed package that owns it, by package URL; absent where no package does",
    ),
    "dates": Group(
        ListOf(_fields(id=STRING, what=STRING, time=TIME, basis=BASIS), key="id"),
        "every date recorded for it, each with what it rests on",
        "union",
    ),
    "impossible_dates": Group(
        ListOf(_fields(id=STRING, detail=STRING), key="id"),
        "dates of it that cannot all be true; empty: compared, and none",
        "union",
    ),
}

_LINEAGE: Final = Group(
    _fields(state=OneOf(("recorded", "none"))), "whether any record says where it came from", "first", "state"
)
_SECRETS: Final = Group(
    ListOf(_fields(id=STRING, type=STRING), key="id"),
    "secrets found in its text; the id is a digest of the secret, never the secret",
    "union",
)
_LICENCES: Final = Group(STRINGS, "SPDX ids of its licences; empty: looked at, none stated", "union")
_SECRET_ACCESS: Final = Group(
    ListOf(_fields(path=STRING, capabilities=STRINGS), key="path"),
    "paths of a secret store that it may use, and what it may do there (empty: read, as far as the store allows)",
    "union",
)
_RUNTIME_FINDINGS: Final = Group(
    ListOf(_fields(id=STRING, type=STRING, severity=SEVERITY, updated=TIME_OR_NULL), key="id"),
    "open findings of a threat detection service on it",
    "union",
)
_REMOVED: Final = Group(
    STRINGS,
    "layers that delete or replace it in every image that had it; it is in the bytes, but not installed",
    "union",
)
_IMPORTS: Final = Group(
    ListOf(
        _fields(id=STRING, name=STRING, how=OneOf(("build", "call", "ref")), verdict=OneOf(CODE_VERDICTS)), key="id"
    ),
    "Python objects that loading would import: changed (build), called (call) or only named (ref); empty: none."
    " The name ? stands for names that are hidden or behind a part that could not be read",
    "union",
)
_TENSORS: Final = Group(
    _fields(count=INT, parameters=INT, bytes=INT, digest=STRING_OR_NULL),
    "its tensors, their elements and bytes; the digest over names, types, shapes and values is null where no other file"
    " of the scan has as many of the same size",
    "merge",
)
_ENGINE_DISAGREEMENT: Final = Group(
    STRINGS,
    "what the engines that gave a verdict said, where they said different things; silence of an engine is no verdict",
    "union",
)
_VALUES: Final = ListOf(_fields(name=STRING, value=STRING), key="name")

KINDS: Final[Mapping[str, Kind]] = {
    "release": Kind(
        "the release candidate that was scanned",
        "name",
        {
            "author": Group(STRING_OR_NULL, "who made the release"),
            "created": Group(TIME, "when the release was made"),
        },
    ),
    "commit": Kind(
        "one commit of a version control repository",
        "repository and commit id",
        {
            "repository": Group(STRING, "address or path of the repository"),
            "authored": Group(TIME, "author date, as the committer wrote it"),
            "author": Group(STRING_OR_NULL, "author, as the committer wrote it"),
            "refs": Group(STRINGS, "branches and tags that lead to it", "union"),
            "history": Group(
                _fields(parents=STRINGS, complete=BOOL), "its parents; complete is false in a shallow clone"
            ),
            "checkouts": Group(STRINGS, "folders of the scan in which it is checked out", "union", internal=True),
            "work_tree": Group(
                _fields(modified=STRINGS, missing=STRINGS, differing=INT),
                "files of the scan that differ from this commit or are not there, the first of each, and how many",
            ),
        },
    ),
    "file": Kind(
        "one content found at one or more places",
        "path relative to its root",
        {
            "format": Group(STRING, "what the content is, told by the content"),
            "secrets": _SECRETS,
            "secret_access": _SECRET_ACCESS,
            "remote_code": Group(_fields(present=BOOL), "whether it asks a loader to import code", "worst"),
            "code_scan": Group(
                _fields(verdict=OneOf(CODE_VERDICTS), reason=STRING_OR_NULL),
                "whether loading it as a model runs code",
                "worst",
                "verdict",
            ),
            "engines": Group(
                ListOf(_fields(engine=STRING, verdict=OneOf(ENGINE_WORDS), detail=STRING), key="engine"),
                "the worst that each engine said about it; no issue: it has nothing to say, which is no verdict",
                "union",
                "verdict",
            ),
            "findings": Group(
                ListOf(
                    _fields(
                        id=STRING,
                        code=STRING,
                        title=STRING,
                        detail=STRING,
                        at=STRING,
                        member=STRING_OR_NULL,
                        offset=INT_OR_NULL,
                        verdict=OneOf(CODE_VERDICTS),
                        engine=STRING,
                        cwe=INT,
                        atlas=STRING,
                        help=STRING,
                    ),
                    key="id",
                ),
                "reasons behind the verdict, each with its place inside the content (a member or part, an offset in"
                " bytes), its MITRE CWE number and ATLAS technique, and what to do",
                "union",
            ),
            "imports": _IMPORTS,
            "engine_disagreement": _ENGINE_DISAGREEMENT,
            "tensors": _TENSORS,
            "tabular": Group(
                _fields(rows=Scalar("int", nullable=True), columns=STRINGS, newest=TIME_OR_NULL, column=STRING_OR_NULL),
                "rows, columns and newest event time of a table",
            ),
            "published_digest": Group(
                _fields(differs=BOOL), "whether its bytes differ from the digest its hub published them under", "worst"
            ),
            "in_model": Group(
                BOOL, "of malicious files: whether it is part of a model, which is then judged in its place"
            ),
            "removed_in": _REMOVED,
            "copies": Group(
                _fields(places=INT, names=STRINGS, owners=STRINGS),
                "of weights and data: number of places with these bytes, their telling file names, and packages that"
                " own one",
            ),
            "requests": Group(STRINGS, "PEP 508 requirements it asks for without fixing them", "union", internal=True),
            "debian_licences": Group(STRINGS, "licences that a Debian copyright file names", internal=True),
            "os_release": Group(
                _fields(id=STRING, version=STRING_OR_NULL), "the Linux distribution it names", internal=True
            ),
            "chart": Group(STRING, "name of the Helm chart whose templates lie beside it", internal=True),
            "rendered_from": Group(STRINGS, "Helm charts that it was rendered from", "union", internal=True),
            "links": Group(
                ListOf(_fields(path=STRING, target=STRING), key="path"),
                "symbolic links of an archive, as they were written",
                internal=True,
            ),
            "package_sources": Group(
                _fields(index=STRING_OR_NULL, others=STRINGS, insecure=STRINGS, direct=STRINGS),
                "where a requirements file lets packages come from: its index (null: the default one), further indexes"
                " and folders, addresses without TLS and hosts whose certificates are not checked, and requirements"
                " with an address of their own",
            ),
            "listed_files": Group(
                STRINGS,
                "files of a Debian package, each behind its digest (or same, differs, nothing) and a blank",
                internal=True,
            ),
            "weight_index": Group(STRINGS, "weight files that an index names", "union", internal=True),
            "model_config": Group(
                _fields(architectures=STRINGS, model_type=STRING_OR_NULL),
                "what a model configuration says of itself",
                internal=True,
            ),
        },
    ),
    "package": Kind(
        "one version of a software package",
        "purl without version and qualifiers",
        {
            "purl": Group(STRING, "canonical package URL"),
            "removed_in": _REMOVED,
            "audit": Group(
                _fields(state=OneOf(("malicious", "vulnerable", "undetermined", "unaudited", "clean"))),
                "what the advisory data say",
                "worst",
                "state",
            ),
            "vulnerabilities": Group(
                ListOf(
                    _fields(
                        id=STRING,
                        severity=SEVERITY,
                        published=TIME,
                        fixed_in=STRINGS,
                        known_exploited=BOOL,
                        aliases=STRINGS,
                        summary=STRING,
                        detected_by=STRINGS,
                    ),
                    key="id",
                ),
                "advisories that match this version",
                "union",
            ),
            "disagreements": Group(
                ListOf(_fields(id=STRING, detail=STRING), key="id"),
                "advisories of which the engines say different things",
                "union",
            ),
            "licences": _LICENCES,
            "pinning": Group(
                _fields(exact=BOOL, hashed=BOOL), "how the record that asks for it fixes its version", "worst"
            ),
            "origin": Group(_fields(index=STRING, yanked=BOOL), "where it is taken from", "worst"),
            "requires": Group(STRINGS, "PEP 508 requirements of its metadata", "union", internal=True),
            "installed_files": Group(
                ListOf(_fields(path=STRING, digest=STRING), key="path"),
                "places of its files as its installer wrote them down, and their digests: algorithm:hex, or same and differs"
                " where they were compared",
                "union",
                internal=True,
            ),
            "changed_files": Group(
                STRINGS,
                "places, 100 at most, whose content is no longer what the package installed there; configuration files"
                " that its records name may change and are left out; empty: compared, as far as digests are known, and"
                " none",
                "union",
            ),
            "requested": Group(BOOL, "the user asked for it by name", "first", internal=True),
            "relations": Group(
                _fields(depends=STRINGS, provides=STRINGS, source=STRING_OR_NULL),
                "dependency fields of a distribution package",
                internal=True,
            ),
        },
    ),
    "image": Kind(
        "one container image",
        "repository without tag and digest",
        {
            "configuration": Group(
                _fields(user=STRING_OR_NULL, exposes_secrets=BOOL), "what its configuration sets", "worst"
            ),
            "provenance": Group(_fields(slsa_level=INT, builder=STRING_OR_NULL), "who vouches for its build"),
            "names": Group(STRINGS, "names and tags it is known by", "union"),
            "created": Group(TIME, "creation time of its configuration"),
            "platform": Group(STRING, "operating system and architecture"),
            "training_commit": Group(
                _fields(ancestor=BOOL_OR_NULL),
                "whether the commits that its models were trained from belong to the history of its own commit; null:"
                " the history is not here",
            ),
            "training_packages_differ": Group(
                ListOf(_fields(id=STRING, training=STRING, serving=STRING), key="id"),
                "packages that it holds in another version than the training environment of its models; empty: none",
                "union",
            ),
            "unowned": Group(
                _fields(files=INT, examples=STRINGS),
                "files that it shows and that no installed package, model, dataset, notebook or document owns, and the"
                " first of them",
            ),
            "layers": Group(
                ListOf(_fields(id=STRING, keys=STRINGS), key="id"),
                "keys of its layers, lowest first, as each record of it lists them",
                "union",
                internal=True,
            ),
            "diff_ids": Group(STRINGS, "digests of its layers as plain tar, lowest first", internal=True),
            "commands": Group(ListOf(STRING_OR_NULL), "build step of each layer, lowest first", internal=True),
        },
    ),
    "layer": Kind(
        "one layer of an image",
        "digest",
        {
            "command": Group(STRING_OR_NULL, "build step that made it"),
        },
    ),
    "model": Kind(
        "one trained model: its weights, whatever the number of files",
        "logical name",
        {
            "format": Group(STRING, "file format of its weights"),
            "code_scan": Group(
                _fields(verdict=OneOf(CODE_VERDICTS), reason=STRING_OR_NULL),
                "whether loading it runs code",
                "worst",
                "verdict",
            ),
            "imports": _IMPORTS,
            "engine_disagreement": _ENGINE_DISAGREEMENT,
            "tensors": _TENSORS,
            "remote_code": Group(_fields(present=BOOL), "whether it brings code that loaders import", "worst"),
            "loader_risks": Group(
                ListOf(
                    _fields(
                        id=STRING, advisory=STRING, package=STRING, severity=SEVERITY, promise=STRING, fixed_in=STRING
                    ),
                    key="id",
                ),
                "flaws of package versions of the scan that load its format, and the protection that each breaks;"
                " absent where no such package is in the scan",
                "union",
            ),
            "registration": Group(
                _fields(registered=BOOL, digest_matches=BOOL_OR_NULL), "whether a model registry holds these bytes"
            ),
            "registered_as": Group(
                ListOf(_fields(id=STRING, name=STRING, version=STRING, aliases=STRINGS), key="id"),
                "names and versions that model registries give it, with their aliases and stages",
                "union",
            ),
            "champion": Group(
                _fields(version=STRING, matches=BOOL_OR_NULL),
                "the version of its registered name that the registry marks as live, and whether it is that one; null:"
                " only the name says that they belong together",
            ),
            "card": Group(
                _fields(licence=STRING_OR_NULL, intended_use=STRING_OR_NULL, updated=TIME_OR_NULL),
                "what its model card says",
                "merge",
            ),
            "lineage": _LINEAGE,
            "evaluation": Group(_fields(overlaps_training=BOOL_OR_NULL), "whether it was tested on its training data"),
            "freshness": Group(
                _fields(
                    data_until=TIME_OR_NULL,
                    data_basis=STRING_OR_NULL,
                    trained=TIME_OR_NULL,
                    trained_basis=STRING_OR_NULL,
                    data_age_at_training_days=_DAYS,
                    data_age_at_release_days=_DAYS,
                    superseded=BOOL_OR_NULL,
                ),
                "newest moment of its oldest training data and time of its training, what both rest on, days from the"
                " data to the training and to the scan, and whether a newer version of the model exists; null: unknown",
            ),
            "documentation": Group(
                _fields(older_than_model=BOOL_OR_NULL),
                "whether a document that describes it was last changed before the model was made; null: undated",
            ),
            "training_data": Group(
                _fields(changed=STRINGS),
                "places whose data are no longer those that its training recorded; empty: compared, and none",
            ),
            "source": Group(_fields(revision_pinned=BOOL_OR_NULL), "whether its origin is fixed to a revision"),
            "licences": _LICENCES,
            "updated": Group(
                _fields(at=TIME_OR_NULL, by=STRING_OR_NULL, basis=BASIS), "when and by whom it was last made", "first"
            ),
            "runtime_findings": _RUNTIME_FINDINGS,
            "metrics": Group(_VALUES, "measured results", "union"),
            "parameters": Group(_VALUES, "training parameters", "union"),
            "task": Group(STRING, "what it is for, as its card or record says"),
            "fingerprint": Group(
                STRING, "hashes of graph and weights that its maker wrote beside it: a hint at equal models, no proof"
            ),
            "fingerprint_twins": Group(
                STRINGS,
                "places of models with this fingerprint and other bytes that no record links to it; empty: none",
                "union",
            ),
        },
    ),
    "dataset": Kind(
        "one body of data",
        "logical name",
        {
            "as_of": Group(
                _fields(time=TIME, basis=BASIS), "the newest moment its content speaks of", "first", "basis"
            ),
            "licences": _LICENCES,
            "drift": Group(_fields(share=NUMBER, measured=TIME), "last measured drift", "greatest", "measured"),
            "undated_drift": Group(
                _fields(share=NUMBER),
                "worst drift by reports that do not say when it was measured",
                "greatest",
                "share",
            ),
            "anomalies": Group(
                ListOf(_fields(id=STRING, severity=OneOf(("error", "warning", "unknown")), summary=STRING), key="id"),
                "what the last validation found wrong with it, by column; empty: nothing",
                "union",
            ),
            "personal_data": Group(_fields(present=BOOL), "whether it holds personal data", "worst"),
            "lineage": _LINEAGE,
            "freshness": Group(_fields(superseded=BOOL), "whether a newer version of it exists", "worst"),
            "runtime_findings": _RUNTIME_FINDINGS,
            "rows": Group(INT, "number of records"),
            "columns": Group(STRINGS, "names of its columns", "union"),
            "format": Group(STRING, "file format"),
        },
    ),
    "run": Kind(
        "one execution that trained or built something",
        "system and run id",
        {
            "code": Group(
                _fields(commit=STRING_OR_NULL, dirty=BOOL_OR_NULL), "the code it ran, as it recorded it", "merge"
            ),
            "started": Group(TIME, "when it started"),
            "ended": Group(TIME, "when it ended"),
            "status": Group(STRING, "how it ended"),
            "by": Group(STRING, "who started it"),
            "parameters": Group(_VALUES, "its parameters", "union"),
            "metrics": Group(_VALUES, "its measured results", "union"),
        },
    ),
    "pipeline": Kind(
        "one definition of steps that build, train or deliver",
        "path and name",
        {
            "steps": Group(
                ListOf(_fields(id=STRING, pinned=BOOL, installs_at_run_time=BOOL), key="id"),
                "its steps",
                "union",
            ),
            "parameters": Group(_VALUES, "its parameters", "union"),
            "permissions": Group(
                _fields(writes=BOOL_OR_NULL, foreign_trigger=BOOL),
                "whether its token may change the repository (null: the platform's default), and whether strangers can"
                " start it with its secrets",
                "worst",
            ),
        },
    ),
    "deployment": Kind(
        "one place where images or models run",
        "cluster or file, namespace and name",
        {
            "environment": Group(STRING, "production, staging and so on"),
            "rendered_from": Group(
                STRINGS,
                "objects of manifests and bases that a kustomization of the scan makes it from; they are no deployments of"
                " their own",
                "union",
            ),
            "traffic": Group(
                ListOf(_fields(model=STRING, percent=NUMBER, approved=BOOL), key="model"),
                "share of each model version, and whether an approval of the version or of the deployment is recorded",
                "union",
            ),
            "shares": Group(
                ListOf(_fields(model=STRING, percent=NUMBER), key="model"),
                "share of each model version, as a record says it",
                "union",
                internal=True,
            ),
            "image_pinned": Group(_fields(by_digest=BOOL), "whether it names its images by digest", "worst"),
            "origins": Group(
                ListOf(
                    _fields(source=STRING, revision=STRING_OR_NULL, pinned=BOOL, verified=BOOL_OR_NULL), key="source"
                ),
                "repositories, charts and modules it is rolled out from: whether the revision is fixed, and whether a"
                " signature is asked for (null: the system cannot)",
                "union",
            ),
            "mtls": Group(
                OneOf(("disabled", "permissive", "strict")), "whether its callers must prove who they are", "worst"
            ),
            "callers": Group(_fields(everyone=BOOL), "whether everyone may call it", "worst"),
            "secret_access": _SECRET_ACCESS,
            "runtime_findings": _RUNTIME_FINDINGS,
        },
    ),
    "notebook": Kind(
        "one notebook",
        "path relative to its root",
        {
            "secrets": _SECRETS,
            "installs": Group(
                ListOf(_fields(id=STRING, pinned=BOOL), key="id"), "packages it installs when it runs", "union"
            ),
        },
    ),
    "document": Kind(
        "one document about another artifact",
        "path relative to its root",
        {
            "role": Group(
                OneOf(("model_card", "data_sheet", "sbom", "vex", "technical_documentation", "licence", "other")),
                "what the document is",
            ),
            "updated": Group(TIME, "when it was last changed"),
        },
    ),
    "signature": Kind(
        "one signature over something",
        "digest",
        {
            "identity": Group(STRING_OR_NULL, "who signed"),
            "issuer": Group(STRING_OR_NULL, "who vouches for that identity"),
            "scheme": Group(OneOf(("key", "certificate", "sigstore")), "kind of signature"),
            "algorithm": Group(STRING, "signature algorithm"),
            "status": Group(
                OneOf(
                    (
                        "tampered",
                        "invalid",
                        "error",
                        "partial",
                        "untrusted-signer",
                        "unsupported",
                        "unknown-source",
                        "verified",
                    )
                ),
                "result of the verification",
                "worst",
            ),
            "code": Group(STRING, "why, as a stable word"),
            "detail": Group(STRING, "the same in a sentence"),
            "bundle": Group(STRING, "the bundle as it was found", internal=True),
            "coverage": Group(
                _fields(covered=STRINGS, modified=STRINGS, missing=STRINGS, unsigned=STRINGS),
                "files below the signed folder and what the signature says of each",
                "first",
            ),
        },
    ),
    "signer": Kind(
        "one identity that signs", "key id, or identity and issuer", {"trusted": Group(BOOL, "in the trust file")}
    ),
}

_ALL: Final = tuple(KINDS)
_SHIPPED: Final = ("release", "image", "layer", "model", "dataset", "package", "file")

RELATIONSHIPS: Final[Mapping[str, RelationshipType]] = {
    "contains": RelationshipType(
        (*_SHIPPED, "commit"),
        tuple(kind for kind in _ALL if kind not in ("release", "signer")),
        "image contains package",
        "contains",
    ),
    "depends_on": RelationshipType(("release", "package"), ("package",), "package depends_on package", "dependsOn"),
    "trained_on": RelationshipType(("model",), ("dataset",), "model trained_on dataset", "trainedOn", "lineage"),
    "tested_on": RelationshipType(("model",), ("dataset",), "model tested_on dataset", "testedOn", "evaluation"),
    "derived_from": RelationshipType(
        ("model", "dataset", "file"),
        ("model", "dataset", "file"),
        "dataset derived_from dataset",
        "descendantOf",
        "lineage",
    ),
    "generated_by": RelationshipType(
        ("model", "dataset", "image", "file"),
        ("run", "pipeline"),
        "model generated_by run",
        "hasOutput",
        "lineage",
    ),
    "used": RelationshipType(
        ("run", "pipeline", "notebook"),
        ("dataset", "commit", "package", "pipeline", "image", "model", "notebook", "file"),
        "run used commit",
        "hasInput",
    ),
    "built_from": RelationshipType(
        ("release", "image", "model", "package", "deployment"),
        ("commit", "file"),
        "image built_from commit",
        "generates",
    ),
    "based_on": RelationshipType(("image",), ("image",), "image based_on image", "descendantOf"),
    "runs": RelationshipType(("deployment",), ("image",), "deployment runs image", "other"),
    "serves": RelationshipType(("deployment",), ("model",), "deployment serves model", "other"),
    "signed_by": RelationshipType(
        ("release", "commit", "file", "package", "image", "model", "dataset", "document", "signature"),
        ("signature", "signer"),
        "model signed_by signature; signature signed_by signer",
        "other",
        "signing",
    ),
    "described_by": RelationshipType(
        ("release", "model", "dataset", "image", "package"),
        ("document",),
        "model described_by document",
        "hasDocumentation",
    ),
    "version_of": RelationshipType(
        ("model", "dataset", "release", "image"),
        ("model", "dataset", "release", "image"),
        "model version version_of registered model",
        "other",
    ),
}


COMMON_FIELDS: Final[Mapping[str, Scalar]] = {
    "id": STRING,
    "kind": STRING,
    "name": STRING,
    "version": STRING_OR_NULL,
    "digest": STRING_OR_NULL,
    "resolved": BOOL,
}
"""Fields every artifact carries beside its evidence groups."""


def groups_of(kind: str) -> Mapping[str, Group]:
    """Evidence groups that an artifact of ``kind`` may carry, common ones first. Raises KeyError for an unknown kind."""
    return {**COMMON, **KINDS[kind].groups}


def policy_groups_of(kind: str) -> Mapping[str, Group]:
    """The groups of ``kind`` that a policy may read."""
    return {name: group for name, group in groups_of(kind).items() if not group.internal}
