"""Ordinary chat templates pass; every way out of a template to the objects behind it is a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors import template_files
from scanner.inspectors.chat_template import template_reasons

LLAMA = """{{- bos_token }}{%- if custom_tools is defined %}{%- set tools = custom_tools %}{%- endif %}
{%- set ns = namespace(found=false, last='') %}{%- if messages[0]['role'] == 'system' %}
{%- set system_message = messages[0]['content']|trim %}{%- set messages = messages[1:] %}{%- endif %}
{%- for message in messages %}{%- if loop.index0 % 2 == 0 and message.role != 'user' %}
{{- raise_exception('roles must alternate') }}{%- endif %}{%- set ns.found = true %}
{%- if '</think>' in message.content %}{%- set content = message.content.split('</think>')[-1].lstrip('\\n') %}{% endif %}
{{- '<|start|>' + message['role'] + '<|end|>' ~ (message.tool_calls | tojson(indent=4)) }}
{%- generation %}{{ message['content'] | trim }}{% endgeneration %}{% if loop.last %}{% break %}{% endif %}
{%- endfor %}{{ strftime_now('%d %b %Y') }}{%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
{%- macro show(x) %}{{ x.items() | map(attribute='0') | join(', ') }}{% endmacro %}{{ show(tools) }}"""


def judged(text: str) -> set[tuple[str, str]]:
    return {(one.code, one.verdict) for one in template_reasons(text, "template")}


def test_ordinary_template() -> None:
    assert judged(LLAMA) == set()


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        r"{{ ''['\x5f\x5fclass\x5f\x5f'] }}",
        "{{ ''|attr('__class__') }}",
        "{{ [x]|map(attribute='__class__')|list }}",
        "{{ [x]|map('attr', '__class__')|list }}",
        "{{ x['__cla' ~ 'ss__'] }}",
        "{{ x['__cla' + 'ss__'] }}",
        "{{ x[['__cla', 'ss__']|join] }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{% if messages[0].content == 'x' %}{{ namespace.__init__ }}{% endif %}",
        "{% for a in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    ],
)
def test_special_attributes(text: str) -> None:
    assert ("template-special-attribute", "malicious") in judged(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ x|attr(y) }}", "template-computed-attribute"),
        ("{{ x['a' ~ y] }}", "template-computed-attribute"),
        ("{{ x['%c%c'|format(95, 95)] }}", "template-computed-attribute"),
        ("{{ x['__ssalc__'[::-1]] }}", "template-computed-attribute"),
        ("{{ x|attr('_private') }}", "template-special-attribute"),
        ("{{ lipsum.func }}", "template-global"),
        ("{{ request.application }}", "template-global"),
        ("{% include 'other' %}", "template-include"),
        ("{% import 'other' as o %}", "template-include"),
        ("{% extends 'other' %}", "template-include"),
        ("{% if", "template-syntax"),
        ("{% unheard_of %}", "template-syntax"),
        (
            "{% if 'bank' in messages[-1].content %}Visit https://example.invalid{% endif %}",
            "template-conditional-address",
        ),
        ("{% if 'x' in m %}{{ '<script>' }}{% endif %}", "template-conditional-address"),
    ],
)
def test_reasons_for_review(text: str, code: str) -> None:
    assert judged(text) == {(code, "unknown")}


def test_nothing_is_evaluated() -> None:
    assert judged("{{ 9 ** 9 ** 9 }}{{ 'x' * 10 ** 12 }}{{ range(10 ** 15)|list }}") == set()


@pytest.mark.parametrize(
    "text", ["{{ " + "(" * 5000 + ")" * 5000 + " }}", "x" * (1 << 19), "{{ " + "-" * 100_000 + "1 }}"]
)
def test_excess_is_refused(text: str) -> None:
    with pytest.raises(NotExaminable):
        template_reasons(text, "template")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}%-|~.()[]'\"_ab 1\n", max_size=120))
def test_any_text(text: str) -> None:
    assert all(one.verdict in ("malicious", "unknown") for one in template_reasons(text, "template"))


BAD = "{{ ''.__class__ }}"


@pytest.mark.parametrize(
    ("name", "text", "at"),
    [
        ("chat_template.jinja", BAD, "template line 1"),
        ("additional_chat_templates/tool_use.jinja", BAD, "template line 1"),
        ("tokenizer_config.json", json.dumps({"chat_template": BAD}), "chat_template line 1"),
        ("chat_template.json", json.dumps({"chat_template": {"rag": BAD}}), "chat_template 'rag' line 1"),
        (
            "processor_config.json",
            json.dumps({"chat_template": [{"name": "tool", "template": BAD}]}),
            "chat_template 'tool' line 1",
        ),
    ],
)
def test_places_of_templates(inspected: Any, name: str, text: str, at: str) -> None:
    found = inspected(template_files, text.encode(), name)
    assert found["code_scan"]["verdict"] == "malicious"
    assert [one["at"] for one in found["findings"]] == [at]


def test_files_without_a_template(inspected: Any) -> None:
    assert inspected(template_files, b'{"tokenizer_class": "X", "chat_template": null}', "tokenizer_config.json") == {}
    assert inspected(template_files, BAD.encode(), "page.jinja") == {}
    ordinary = inspected(template_files, json.dumps({"chat_template": LLAMA}).encode(), "tokenizer_config.json")
    assert ordinary["code_scan"]["verdict"] == "known-safe"
