"""The whole page: structure, security, determinism and size."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from scanner.reports import json_result
from scanner.reports.html import render
from scanner.result import dumps, loads
from tests.reports.html.document import Document, audited, with_findings
from tests.reports.sample_result import HOSTILE, sample_result

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = (
    "verdict", "changes", "findings", "lineage", "inventory", "vulnerabilities", "signatures", "controls", "waivers",
    "evidence", "method", "signoff",
)  # fmt: skip
ACT = '"><img src=x onerror=alert(1)></script></title></style><script>alert(1)</script><a href="javascript:alert(1)">'


@pytest.fixture(scope="module")
def page() -> str:
    return render(audited())


@pytest.fixture(scope="module")
def document(page: str) -> Document:
    return Document(page)


def test_sections_come_in_the_order_of_a_reader_s_questions(document: Document) -> None:
    main = document.by_id("main")
    assert tuple(child.attributes["id"] for child in main.children) == SECTIONS


def test_title_begins_with_the_verdict(document: Document) -> None:
    assert document.all("title")[0].text == "Blocked · shop 4.2.0-rc.3 · Lading release audit"


def test_first_screen_says_what_the_result_says(document: Document) -> None:
    text = document.by_id("verdict").all_text()
    result = audited()
    assert f"Blocked by {result.blocking} findings" in text
    assert "1, policy failed · 4 blocking · 2 undecided · gate all" in text
    for notice in result.notices:
        assert " ".join(notice.split()) in text
    assert {link.attributes["href"] for link in document.all("a") if link.parent in _reasons(document)} == {
        "#F-001", "#F-002", "#F-003", "#F-004", "#F-005", "#F-006"
    }  # fmt: skip


def _reasons(document: Document) -> list[object]:
    listed = next(item for item in document.all("ol") if item.attributes.get("class") == "reasons")
    return list(listed.children)


def test_everything_a_verdict_rests_on_is_printed(page: str) -> None:
    result = audited()
    assert result.advisories is not None and result.trust is not None
    for policy in result.policy:
        assert policy.name in page and policy.digest in page
    for needed in (
        result.advisories.digest, "2026-11-18 00:00 UTC", result.trust.digest, "2026-11-20 00:00 UTC", "max_data_age",
        "lading 0.1.0", "mlflow_store", *(place.component for place in result.coverage.not_examined),
    ):  # fmt: skip
        assert needed in page


def test_one_h1_and_no_heading_skips_a_level(document: Document) -> None:
    levels = [int(element.tag[1]) for element in document.elements if re.fullmatch("h[1-6]", element.tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ids_are_unique_and_links_and_labels_find_them(document: Document) -> None:
    ids = Counter(element.attributes["id"] for element in document.elements if "id" in element.attributes)
    assert [id for id, times in ids.items() if times > 1] == []
    targets = [link.attributes["href"][1:] for link in document.all("a")]
    labels = [e.attributes["aria-labelledby"] for e in document.elements if "aria-labelledby" in e.attributes]
    assert len(labels) == len(SECTIONS) - 1
    assert set(targets) | set(labels) <= set(ids)


def test_every_control_has_a_label_and_every_column_a_scope(document: Document) -> None:
    for control in [*document.all("input"), *document.all("select")]:
        assert control.parent is not None
        assert control.parent.tag == "label" and control.parent.all_text().strip()
    for button in document.all("button"):
        assert button.all_text().strip()
    assert all(head.attributes["scope"] == "col" and head.text for head in document.all("th"))
    for picture in document.all("svg"):
        assert "aria-hidden" in picture.attributes or picture.attributes["aria-label"]
    assert document.all("html")[0].attributes["lang"] == "en"


def test_policy_names_the_only_style_and_script_by_their_hash(page: str, document: Document) -> None:
    policy = next(m for m in document.all("meta") if "http-equiv" in m.attributes).attributes["content"]
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{hashed}'" in policy
    assert policy.startswith("default-src 'none'") and "base-uri 'none'" in policy and "form-action 'none'" in policy
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_nothing_in_the_page_loads_runs_or_leads_away(document: Document) -> None:
    for element in document.elements:
        assert not [name for name in element.attributes if name.startswith("on") or name in ("style", "src", "action")]
        assert element.attributes.get("href", "#").startswith("#")
    tags = {element.tag for element in document.elements}
    assert not tags & {"link", "iframe", "object", "embed", "form", "base", "img", "image", "foreignobject", "use"}
    assert len(document.all("script")) == len(document.all("style")) == 1


def test_text_of_the_result_never_becomes_markup() -> None:
    text = dumps(sample_result())
    for word in ("fraud", "shop", "requests", "web-team", "data-governance", "mlflow_store", "over_limit", "signed"):
        text = text.replace(f'"{word}"', json.dumps(word + ACT))
    page = render(loads(text, "test"))
    tame, hostile = Document(render(sample_result())), Document(page)
    assert page.count("onerror") > 20
    assert {element.tag for element in hostile.elements} <= {element.tag for element in tame.elements}
    assert _vocabulary(hostile) <= _vocabulary(tame)
    test_nothing_in_the_page_loads_runs_or_leads_away(hostile)


def _vocabulary(document: Document) -> set[tuple[str, str]]:
    """Every class, and every name of an attribute that can be told apart by a selector."""
    classes = {("class", word) for e in document.elements for word in e.attributes.get("class", "").split()}
    return classes | {(e.tag, name) for e in document.elements for name in e.attributes}


def test_invisible_and_reordering_characters_are_shown(page: str) -> None:
    assert any("\u202e" in name for name in HOSTILE)
    assert "⟨U+202E⟩" in page
    assert not re.search("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", page)


def test_lone_surrogates_do_not_break_the_page() -> None:
    result = sample_result()
    renamed = tuple(dataclasses.replace(item, name=item.name + "\udcff") for item in result.artifacts)
    assert "⟨U+DCFF⟩" in render(dataclasses.replace(result, artifacts=renamed)).encode().decode()


def test_template_syntax_in_names_stays_text() -> None:
    result = sample_result()
    notices = ("{{ 7*7 }} {% include 'x' %} {# gone #}",)
    assert "{{ 7*7 }} {% include &#39;x&#39; %} {# gone #}" in render(dataclasses.replace(result, notices=notices))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "pass", "exit_code": 0}, "May ship: every blocking rule passed"),
        ({"verdict": "pass", "exit_code": 0, "gate": "new"}, "May ship: no new blocking finding"),
        ({"verdict": "incomplete", "exit_code": 3, "undecided": 1}, "Incomplete: 1 finding undecided"),
        ({"verdict": "incomplete", "exit_code": 3, "undecided": 0}, "Incomplete: 2 places not examined"),
        ({"verdict": "fail", "exit_code": 0, "blocking": 1}, "because it was asked to, not because"),
    ],
)
def test_verdict_in_words(changes: dict[str, object], words: str) -> None:
    assert words in render(dataclasses.replace(sample_result(), **changes))  # type: ignore[arg-type]


def test_empty_result_says_what_is_absent() -> None:
    result = sample_result()
    nothing = dataclasses.replace(
        result, policy=(), parameters=(), trust=None, advisories=None, waiver_file=None, baseline=None, verdict="incomplete", exit_code=3, blocking=0,
        undecided=0, artifacts=(), relationships=(), findings=(), waivers=(), rules=(), notices=(), inputs=(),
        coverage=dataclasses.replace(result.coverage, blobs=0, examined=0, not_examined=()),
    )  # fmt: skip
    page = render(nothing)
    Document(page)
    for words in (
        "nothing was found to scan", "No policy was used", "No model was found", "No waiver was given",
        "No advisory data was given", "No trust file was given", "No baseline was given",
    ):  # fmt: skip
        assert words in page


def test_equal_results_give_equal_bytes_anywhere(page: str, tmp_path: Path) -> None:
    program = (
        "import hashlib; from scanner.reports.html import render; from tests.reports.html.document import audited;"
        "print(hashlib.sha256(render(audited()).encode()).hexdigest())"
    )
    for seed, zone, where in (("1", "UTC", ROOT), ("2", "Asia/Kolkata", tmp_path)):
        surroundings = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
        ran = subprocess.run(
            [sys.executable, "-c", program], env=surroundings, cwd=where, capture_output=True, text=True
        )
        assert ran.stdout.strip() == hashlib.sha256(page.encode()).hexdigest(), ran.stderr


def test_result_read_back_from_its_file_gives_the_same_page(page: str) -> None:
    assert render(loads(dumps(audited()), "scan.json")) == page


def test_page_names_the_json_output_it_renders(page: str) -> None:
    assert hashlib.sha256(json_result.render(audited())).hexdigest() in page


def test_sample_is_small(page: str) -> None:
    assert len(page.encode()) <= 150_000


def test_fifty_thousand_findings_stay_below_five_megabytes() -> None:
    page = render(with_findings(50_000))
    assert len(page.encode()) <= 5_000_000
    assert "Showing 500 of 50,000 findings" in page
    assert len(re.findall('<details class="f ', page)) == 500
    Document(page)


def test_two_thousand_findings_are_all_written() -> None:
    page = render(with_findings(2_000))
    assert len(re.findall('<details class="f ', page)) == 2_000
    assert "Showing" not in page.partition('id="lineage"')[0]
