"""Objects of Istio, hand-written after its API references."""

from __future__ import annotations

import pytest

from scanner.collectors import istio
from scanner.errors import NotExaminable
from scanner.sources.blob import blob_of_bytes


def said(kind: str, spec: str, group: str = "security.istio.io/v1") -> dict[str, object]:
    text = f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: n, namespace: fraud-prod}}\nspec: {spec}\n"
    blob = blob_of_bytes("mesh.yaml", text.encode())
    assert istio.wants(blob)
    evidence = istio.collect(blob)
    assert len(evidence.artifacts) == bool(evidence.statements)
    return {item.predicate: item.value for item in evidence.statements}


@pytest.mark.parametrize(
    ("spec", "state"),
    [
        ("{mtls: {mode: STRICT}}", "strict"),
        ("{mtls: {mode: PERMISSIVE}}", "permissive"),
        ("{mtls: {mode: STRICT}, portLevelMtls: {'8080': {mode: DISABLE}}}", "disabled"),
        ("{mtls: {mode: UNSET}}", None),
        ("{}", None),
    ],
)
def test_the_weakest_mode_of_peer_authentication_counts(spec: str, state: str | None) -> None:
    assert said("PeerAuthentication", spec) == ({"mtls": state} if state else {})


@pytest.mark.parametrize(
    ("spec", "everyone"),
    [
        ("{}", False),
        ("{rules: []}", False),
        ("{rules: [{}]}", True),
        ("{action: DENY, rules: [{}]}", False),
        ("{rules: [{to: [{operation: {methods: [GET]}}]}]}", True),
        ("{rules: [{from: [{source: {principals: ['a/b']}}]}]}", False),
        ("{rules: [{from: [{source: {principals: ['*']}}]}]}", False),
        ("{rules: [{from: [{source: {}}]}]}", True),
        ("{rules: [{from: [{source: {namespaces: ['*']}}]}]}", True),
        ("{rules: [{from: [{source: {namespaces: [a]}}, {source: {}}]}]}", True),
        ("{rules: [{when: [{key: k, values: [v]}]}]}", False),
    ],
)
def test_who_may_call(spec: str, everyone: bool) -> None:
    assert said("AuthorizationPolicy", spec) == {"callers": {"everyone": everyone}}


def test_shares_of_traffic() -> None:
    routes = (
        "[{route: [{destination: {host: fraud, subset: v1}, weight: 90}, {destination: {host: fraud, subset: v2}, weight: 10}],"
        " mirror: {host: fraud, subset: v3}}, {route: [{destination: {host: other}}]}]"
    )
    shares = said("VirtualService", f"{{http: {routes}}}", "networking.istio.io/v1")["shares"]
    assert [(one["model"], one["percent"]) for one in shares] == [  # type: ignore[attr-defined]
        ("fraud/v1", 90.0),
        ("fraud/v2", 10.0),
        ("fraud/v3 (mirror)", 0.0),
        ("other (http route 2)", 100.0),
    ]


def test_a_destination_rule_that_disables_tls() -> None:
    rule = "{host: a, trafficPolicy: {tls: {mode: DISABLE}}}"
    assert said("DestinationRule", rule, "networking.istio.io/v1") == {"mtls": "disabled"}


@pytest.mark.parametrize("kind", ["PeerAuthentication", "VirtualService", "DestinationRule", "Gateway"])
@pytest.mark.parametrize(
    "spec", ["3", "[1]", "{mtls: 3, http: 3}", "{http: [{route: [{weight: many}]}]}", "{http: [[]]}"]
)
def test_wrong_shapes_state_nothing(kind: str, spec: str) -> None:
    assert said(kind, spec) == {}


def test_hostile_manifests_are_refused() -> None:
    with pytest.raises(NotExaminable):
        said("VirtualService", "{http: " + "[" * 30_000)
