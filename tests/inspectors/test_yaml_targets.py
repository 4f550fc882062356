"""Tags and targets in configurations: what runs code is malicious, what ordinary configurations name is not."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors import yaml_targets


def judged(groups: dict[str, Any]) -> list[tuple[str, str]]:
    verdict = groups["code_scan"]["verdict"] if groups else None
    return [(one["code"], verdict) for one in groups.get("findings", [])]


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system ['true']",
        "a: !!python/object/new:subprocess.Popen [['true']]",
        "- [{x: !!python/name:os.system }]",
        "a: !!python/object/apply:builtins.eval ['1']",
        "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['true']",
        "a: !<tag:yaml.org,2002:%70ython/object/apply:os.system> ['true']",
        "%TAG !p! tag:yaml.org,2002:python/object/\n---\na: !p!apply:os.system ['true']",
        "a: 1\n---\nb: !!python/module:subprocess",
    ],
)
def test_tags_that_run_code(inspected: Any, text: str) -> None:
    assert judged(inspected(yaml_targets, text.encode(), "mkdocs.yml")) == [("yaml-denied-reference", "malicious")]


def test_tags_on_no_list(inspected: Any) -> None:
    text = b"a: !!python/object:mine.Settings {x: 1}"
    assert judged(inspected(yaml_targets, text, "settings.yaml")) == [("yaml-unlisted-reference", "unknown")]


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/tuple [1, 2]",
        "emoji: !!python/name:material.extensions.emoji.twemoji",
        "a: !!python/object/apply:collections.OrderedDict [[]]",
        "Resources: !Ref x",
        "a: &a [*a]",
        "text: 'os.system !!python/object/apply:os.system'",
        "optimizer: {_target_: torch.optim.Adam, lr: 1}",
        "path: {_target_: os.path.join, _args_: [a, b]}",
        "model: {_target_: transformers.AutoModel.from_pretrained, x: y}",
        "launcher: {_target_: hydra._internal.core_plugins.basic_launcher.BasicLauncher}",
        "own: {_target_: mine.Model}",
        "{ no yaml: [",
    ],
)
def test_ordinary_configurations(inspected: Any, text: str) -> None:
    assert inspected(yaml_targets, text.encode(), "config.yaml") == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "a: {_target_: os.system, _args_: [x]}"),
        ("config.yaml", 'a: {"\\x5ftarget_": builtins.exec}'),
        ("config.json", '{"a": [{"_target_": "subprocess.run", "args": ["x"]}]}'),
        ("config.json", '{"a": [{"\\u005ftarget_": "subprocess.run", "args": ["x"]}]}'),
        ("model_config.yaml", "a:\n  _target_: mine.os.system"),
        ("config.toml", '[a]\n_target_ = "os.system"\nargs = ["x"]'),
        ("config.toml", '[[a.b]]\n"\\u005ftarget_" = "builtins.exec"'),
    ],
)
def test_targets_that_run_code(inspected: Any, name: str, text: str) -> None:
    assert judged(inspected(yaml_targets, text.encode(), name)) == [("target-denied-reference", "malicious")]


def test_targets_of_a_model_are_judged_strictly(inspected: Any) -> None:
    text = b"target: nemo.Model\n_target_: mine.Model\noptim: {_target_: torch.optim.Adam}\n"
    found = inspected(yaml_targets, text, "model_config.yaml")
    assert judged(found) == [("target-unlisted-reference", "unknown")]
    assert found["findings"][0]["at"] == "line 2"


def test_what_comes_before_an_error_counts(inspected: Any) -> None:
    text = b"a: !!python/object/apply:os.system ['x']\n]["
    assert judged(inspected(yaml_targets, text, "a.yaml")) == [("yaml-denied-reference", "malicious")]


@pytest.mark.parametrize("text", [b"!x " + b"[" * 100_000, b"!x\n" + b"- \n" * 501_000])
def test_depth_and_number_of_values(inspected: Any, monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.setattr(yaml_targets, "EVENTS", 500_000)
    with pytest.raises(NotExaminable) as caught:
        inspected(yaml_targets, text, "a.yaml")
    assert caught.value.reason == OVER_LIMIT


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", 'a: ${eval:\'__import__("os").system("x")\'}'),
        ("config.yaml", "a: [\"${py:subprocess.run(['x'])}\"]"),
        ("config.json", '{"a": "${calc: exec(b)}"}'),
        ("config.toml", "a = \"${eval:os.popen('x')}\""),
    ],
)
def test_resolvers_that_are_given_code(inspected: Any, name: str, text: str) -> None:
    assert judged(inspected(yaml_targets, text.encode(), name)) == [("resolver-evaluates-code", "malicious")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "a: ${oc.env:HOME}\nb: ${eval:'${x} * 2'}\nc: ${model.os.dim}\nd: ${now:%Y}"),
        ("compose.yaml", "image: ${IMAGE:-x}\ncommand: python -c 'eval(1)'"),
        ("pyproject.toml", '[tool.x]\n_target_ = "mine.Model"\nrun = "${HOME:-x}"'),
        ("broken.toml", '_target_ = "os.system"\n['),
    ],
)
def test_ordinary_resolvers(inspected: Any, name: str, text: str) -> None:
    assert inspected(yaml_targets, text.encode(), name) == {}
