"""Istio: who may call, whether callers must prove who they are, and which version gets which share of the traffic.

Sources: Istio security and networking API references. Each object says it of the workloads that its selector meets; which
these are, is not worked out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scanner.model import Evidence, EvidenceBuilder, Json
from scanner.records.kubernetes_objects import KubernetesObject
from scanner.records.manifests import manifest_objects, mentions, object_name, object_ref
from scanner.records.plain import Plain, at, mapping, mappings, text, texts
from scanner.sources.blob import Blob

NAME: Final = "istio"
VERSION: Final = "1"
DESTINATIONS: Final = 1_000
_MODES: Final = {"STRICT": "strict", "PERMISSIVE": "permissive", "DISABLE": "disabled"}
_TLS: Final = {"ISTIO_MUTUAL": "strict", "MUTUAL": "strict", "DISABLE": "disabled"}


def wants(blob: Blob) -> bool:
    """A manifest that mentions the API groups of Istio."""
    return mentions(blob, b"security.istio.io/", b"networking.istio.io/")


def collect(blob: Blob) -> Evidence:
    """One deployment for each object that decides about callers or traffic. Raises NotExaminable as for any manifest."""
    builder = EvidenceBuilder(NAME)
    for item, place in manifest_objects(blob):
        if not item.group.endswith(".istio.io"):
            continue
        ref = object_ref("deployment", blob, item, place)
        said = _statements(item)
        if said:
            builder.artifact(ref, place, name=object_name(item))
        for group, value in said.items():
            builder.state(ref, group, value, place)
    return builder.build()


def _statements(item: KubernetesObject) -> dict[str, Json]:
    spec = mapping(item.fields.get("spec"))
    if item.kind == "PeerAuthentication":
        modes = [at(spec, "mtls", "mode"), *(at(port, "mode") for port in mapping(spec.get("portLevelMtls")).values())]
        found = [word for mode in modes if (word := _MODES.get(text(mode) or "")) is not None]
        return {"mtls": _worst(found)} if found else {}
    if item.kind == "DestinationRule":
        mode = _TLS.get(text(at(spec, "trafficPolicy", "tls", "mode")) or "")
        return {"mtls": mode} if mode else {}
    if item.kind == "AuthorizationPolicy":
        return {"callers": {"everyone": _lets_everyone_in(spec)}}
    if item.kind == "VirtualService":
        shares = _shares(spec)
        return {"shares": shares} if shares else {}
    return {}


def _worst(modes: list[str]) -> str:
    return min(modes, key=("disabled", "permissive", "strict").index)


def _lets_everyone_in(spec: Mapping[str, Plain]) -> bool:
    """Whether an ALLOW policy has a rule that asks for nothing of the caller.

    A rule without ``from`` takes any caller, ``*`` any identity. No rules at all allow nobody.
    """
    if (text(spec.get("action")) or "ALLOW") != "ALLOW":
        return False
    for rule in mappings(spec.get("rules")):
        sources = mappings(rule.get("from"))
        if rule.get("when") is None and (
            not sources or any(_is_anybody(mapping(one.get("source"))) for one in sources)
        ):
            return True
    return False


def _is_anybody(source: Mapping[str, Plain]) -> bool:
    """Whether a source restricts nothing: empty, or any namespace. Any principal (``*``) at least has a certificate."""
    asked = {key: texts(value) for key, value in source.items() if texts(value)}
    return all(key == "namespaces" and "*" in values for key, values in asked.items())


def _shares(spec: Mapping[str, Plain]) -> list[Json]:
    """Shares of the routes of a virtual service that split traffic, by ``host/subset``."""
    shares: list[Json] = []
    for protocol in ("http", "tls", "tcp"):
        for number, route in enumerate(mappings(spec.get(protocol))):
            targets = mappings(route.get("route"))
            for target in targets:
                host, subset = text(at(target, "destination", "host")), text(at(target, "destination", "subset"))
                weight = _number(target.get("weight"), 100.0 if len(targets) == 1 else None)
                if host is not None and weight is not None and len(shares) < DESTINATIONS:
                    name = f"{host}/{subset}" if subset else host
                    where = f"{name} ({protocol} route {number + 1})" if number else name
                    shares.append({"model": where, "percent": weight})
            if (mirrored := text(at(route, "mirror", "host"))) is not None and len(shares) < DESTINATIONS:
                subset = text(at(route, "mirror", "subset"))
                name = f"{mirrored}/{subset}" if subset else mirrored
                shares.append({"model": f"{name} (mirror)", "percent": 0.0})
    return shares


def _number(value: Plain, missing: float | None) -> float | None:
    if value is None:
        return missing
    try:
        found = float(text(value) or "")
    except ValueError:
        return None
    return found if 0 <= found <= 100 else None
