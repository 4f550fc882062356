"""Objects of Argo CD and Flux, hand-written after their API references."""

from __future__ import annotations

import pytest

from scanner.collectors import gitops
from scanner.errors import NotExaminable
from scanner.model import Evidence, Proof
from scanner.sources.blob import blob_of_bytes

COMMIT, DIGEST = "b" * 40, "c" * 64
APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: fraud, namespace: argocd}
spec:
  source: {repoURL: 'https://u:p@git.example.com/a.git', path: k8s, targetRevision: REVISION}
"""


def collected(text: str) -> Evidence:
    blob = blob_of_bytes("gitops/app.yaml", text.encode())
    assert gitops.wants(blob)
    return gitops.collect(blob)


def origins(evidence: Evidence) -> list[object]:
    return [one for item in evidence.statements if item.predicate == "origins" for one in item.value]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("revision", "pinned"), [(COMMIT, True), ("HEAD", False), ("main", False), ("v1.2.3", False), (COMMIT[:12], False)]
)
def test_only_a_full_commit_fixes_an_application(revision: str, pinned: bool) -> None:
    evidence = collected(APPLICATION.replace("REVISION", revision))
    assert origins(evidence) == [
        {"source": "https://git.example.com/a.git", "revision": revision, "pinned": pinned, "verified": None}
    ]
    built = [(one.target.key, one.proof) for one in evidence.relationships if one.type == "built_from"]
    assert built == ([(f"git:{COMMIT}", Proof.DECLARED)] if pinned else [])


def test_an_export_tells_what_was_rolled_out() -> None:
    status = f"status: {{sync: {{revision: {COMMIT}}}, summary: {{images: ['a/b@sha256:{DIGEST}']}}}}\n"
    evidence = collected(APPLICATION.replace("REVISION", "HEAD") + status)
    assert {(one.type, one.target.key, one.note) for one in evidence.relationships} == {
        ("built_from", f"git:{COMMIT}", "rolled out"),
        ("runs", f"sha256:{DIGEST}", "running"),
    }


def test_a_chart_and_overridden_images() -> None:
    text = APPLICATION.replace("path: k8s", "kustomize: {images: ['a=ghcr.io/x/a:2']}, chart: fraud")
    evidence = collected(text.replace("REVISION", "1.2.3"))
    assert [one["pinned"] for one in origins(evidence)] == [True]  # type: ignore[index]
    assert [one.target.key for one in evidence.relationships] == ["name:ghcr.io/x/a:2"]


@pytest.mark.parametrize(
    ("kind", "spec", "revision", "pinned", "verified"),
    [
        ("GitRepository", "{url: u, ref: {branch: main}}", "main", False, False),
        (
            "GitRepository",
            f"{{url: u, ref: {{branch: main, commit: {COMMIT}}}, verify: {{mode: HEAD}}}}",
            COMMIT,
            True,
            True,
        ),
        ("OCIRepository", f"{{url: oci://u, ref: {{digest: 'sha256:{DIGEST}'}}}}", f"sha256:{DIGEST}", True, False),
        ("OCIRepository", "{url: oci://u, ref: {tag: latest}}", "latest", False, False),
        ("HelmChart", "{chart: fraud, version: '1.x'}", "1.x", False, False),
        ("Bucket", "{endpoint: s3.example.com}", None, False, None),
    ],
)
def test_sources_of_flux(kind: str, spec: str, revision: str | None, pinned: bool, verified: bool | None) -> None:
    head = f"apiVersion: source.toolkit.fluxcd.io/v1\nkind: {kind}\nmetadata: {{name: n}}\n"
    (one,) = origins(collected(f"{head}spec: {spec}\n"))
    assert (one["revision"], one["pinned"], one["verified"]) == (revision, pinned, verified)  # type: ignore[index]


def test_what_flux_fetched_and_releases() -> None:
    evidence = collected(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: n}\nspec: {url: u}\n"
        f"status: {{artifact: {{revision: 'main@sha1:{COMMIT}'}}}}\n---\n"
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r}\n"
        "spec: {chart: {spec: {chart: fraud, version: '>=1', sourceRef: {name: repo}}}}\n"
    )
    assert [one.target.key for one in evidence.relationships] == [f"git:{COMMIT}"]
    assert origins(evidence)[1] == {"source": "repo/fraud", "revision": ">=1", "pinned": False, "verified": False}


def test_other_objects_state_nothing_and_hostile_ones_are_refused() -> None:
    workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {source: {repoURL: x}}\n"
    assert collected(workflow).artifacts == ()
    for odd in ("3", "[1]", "{source: 3, sources: 3}", "{source: {repoURL: [1]}}", "{sources: [[1]]}"):
        assert collected(f"apiVersion: argoproj.io/v1\nkind: Application\nspec: {odd}\n").artifacts == ()
    with pytest.raises(NotExaminable):
        collected("apiVersion: argoproj.io/v1\nkind: Application\nspec: " + "[" * 30_000)
