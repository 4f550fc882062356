"""Load policies: files, what they extend, overrides, parameters; compile and lint all of it before anything runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scanner.errors import PolicyError
from scanner.policy import lint
from scanner.policy.cel import Evaluator
from scanner.policy.compiled import LoadedBundle, PolicySet, compile_rule
from scanner.policy.documents import SEVERITIES, Override, PolicyFile, Rule, read_policy
from scanner.policy.packs import chosen, inside, locate
from scanner.policy.params import Given, Value, from_file, from_settings, typed
from scanner.policy.yaml_loader import digest_of, load, load_file, read_file
from scanner.result import Parameter

MAX_EXTENDS: Final = 4
_LOOSER: Final = {"action": ("block", "warn", "off"), "on_unknown": ("fail", "incomplete", "warn")}


def load_policies(
    names_or_paths: Sequence[str], *, params_file: Path | None = None, settings: Sequence[str] = ()
) -> PolicySet:
    """Load, compile and lint the named packs and files (the default packs when none is named).

    ``settings`` are ``[BUNDLE:]NAME=VALUE``. Raises PolicyError naming every lint error.
    """
    loaded = read_policies(names_or_paths, params_file=params_file, settings=settings)
    errors = [str(one) for one in lint.lint(loaded.rules, loaded.bundles) if one.level == lint.ERROR]
    if errors:
        more = f"\n... and {len(errors) - 20} more" if len(errors) > 20 else ""
        raise PolicyError("\n".join(errors[:20]) + more)
    return loaded


def read_policies(
    names_or_paths: Sequence[str],
    *,
    params_file: Path | None = None,
    settings: Sequence[str] = (),
    given: Sequence[Given] = (),
) -> PolicySet:
    """Load and compile without lint; ``given`` are further parameter values. Raises PolicyError."""
    files = _Files()
    for name in chosen(names_or_paths):
        path, where = locate(name)
        files.add(path, where, None, ())
    values = [*files.given, *given]
    if params_file is not None:
        values.extend(from_file(load_file(params_file, params_file.name)))
    values.extend(from_settings(settings, {name: one.params for name, one in files.policies.items()}))
    parameters: list[Parameter] = []
    bundles = {name: _bundle(one, values, parameters) for name, one in files.policies.items()}
    for one in values:
        if one.bundle not in bundles:
            raise PolicyError(f"{one.origin}: bundle {one.bundle!r} is not loaded; remove the value or load the bundle")
    rules = tuple(compile_rule(rule, bundles[rule.bundle]) for rule in files.rules.values())
    parameters.sort(key=lambda one: (one.bundle, one.name))
    return PolicySet(tuple(bundles.values()), rules, tuple(parameters), tuple(files.notices))


@dataclass(slots=True)
class _Files:
    """Policy files as they are found, with overrides applied from the inside out."""

    policies: dict[str, PolicyFile] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    members: dict[str, set[str]] = field(default_factory=dict)

    def add(self, path: Path, where: str, digest: str | None, chain: tuple[str, ...]) -> str:
        """Load a file and what it extends; return its bundle name."""
        data = read_file(path, where)
        found = digest_of(data)
        if digest is not None and digest != found:
            raise PolicyError(f"{where}: digest is {found}, not the pinned {digest}; review the file and renew the pin")
        policy = read_policy(load(data, where))
        name = policy.bundle.name
        if name in chain:
            raise PolicyError(f"{where}: {name} extends itself through {' -> '.join(chain)}; break the cycle")
        if len(chain) > MAX_EXTENDS:
            raise PolicyError(f"{where}: extends more than {MAX_EXTENDS} levels deep; flatten the policies")
        known = self.policies.get(name)
        if known is not None:
            if known.digest != policy.digest:
                raise PolicyError(f"{where}: bundle {name} is loaded twice with different content; keep one version")
            return name
        members = self.members.setdefault(name, set())
        for extend in policy.extends:
            target, label = (
                locate(extend.bundle)
                if extend.path is None
                else (
                    inside(path.parent, extend.path, where),
                    extend.path,
                )
            )
            base = self.add(target, label, extend.digest, (*chain, name))
            if base != extend.bundle:
                raise PolicyError(f"{label}: is bundle {base}, not {extend.bundle}; correct extends in {where}")
            members |= self.members[base]
            self.given.extend(Given(base, key, value, f"{name} extends") for key, value in extend.params.items())
            for override in extend.overrides:
                self._override(override, name, where, self.members[base])
        for rule in policy.rules:
            if rule.id in self.rules:
                raise PolicyError(f"{rule.place}: rule id {rule.id} is used twice; choose a new one")
            self.rules[rule.id] = rule
            members.add(rule.id)
        self.policies[name] = policy
        return name

    def _override(self, override: Override, by: str, where: str, members: set[str]) -> None:
        if override.rule not in members:
            raise PolicyError(f"{where}: override of {override.rule}: the bundle has no such rule; correct the id")
        rule = self.rules[override.rule]
        changes = {
            name: value
            for name in ("action", "severity", "effective_on", "on_unknown")
            if (value := getattr(override, name)) is not None and value != getattr(rule, name)
        }
        loosened = [
            f"{name} {getattr(rule, name)} -> {changes[name]}" for name in changes if _loosens(rule, name, changes)
        ]
        if loosened:
            self.notices.append(f"{rule.id} loosened by {by}: {', '.join(loosened)} ({override.reason})")
        self.rules[rule.id] = dataclasses.replace(rule, **changes, reason=override.reason)


def _loosens(rule: Rule, name: str, changes: dict[str, str]) -> bool:
    old, new = getattr(rule, name), changes[name]
    if name == "effective_on":
        return old is None or bool(new > old)
    order = SEVERITIES if name == "severity" else _LOOSER[name]
    return order.index(new) > order.index(old)


def _bundle(policy: PolicyFile, given: Sequence[Given], parameters: list[Parameter]) -> LoadedBundle:
    name = policy.bundle.name
    raw = {key: spec.default for key, spec in policy.params.items()}
    origins: dict[str, str] = {}
    for one in given:
        if one.bundle != name:
            continue
        spec = policy.params.get(one.name)
        if spec is None:
            raise PolicyError(
                f"{one.origin}: bundle {name} has no parameter {one.name!r}; see lading policy show {name}"
            )
        if spec.locked and not one.origin.endswith(" extends"):
            raise PolicyError(f"{one.origin}: {one.name} of {name} is locked; change the policy instead")
        raw[one.name], origins[one.name] = one.value, one.origin
    values: dict[str, Value] = {}
    for key, spec in sorted(policy.params.items()):
        if raw[key] is None:
            raise PolicyError(f"{policy.where}: parameter {key} has no default; give --set {name}:{key}=VALUE")
        values[key] = typed(spec, raw[key], origins.get(key, policy.where))
        if raw[key] != spec.default:
            parameters.append(Parameter(name, key, raw[key], spec.default, origins[key]))
    evaluator = Evaluator({key: spec.type for key, spec in policy.params.items()}, values)
    return LoadedBundle(policy.bundle, policy.digest, policy.where, policy.params, raw, evaluator)
