"""The page in a real browser: nothing is asked of the network, nothing fails, nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.reports.html import render
from scanner.result import ScanResult
from tests.reports.html import chromium
from tests.reports.html.document import audited, with_findings

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.find() is None, reason="no chromium on this machine (apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def tab() -> Iterator[chromium.Tab]:
    with chromium.tab() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    results: dict[str, ScanResult] = {"sample": audited(), "large": with_findings(50_000)}
    for name, result in results.items():
        (folder / f"{name}.html").write_text(render(result), "utf-8")
    return {name: folder / f"{name}.html" for name in results}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_page_is_whole_and_quiet(tab: chromium.Tab, pages: dict[str, Path], width: int, dark: bool) -> None:
    tab.events.clear()
    tab.open(pages["sample"], width, dark=dark)
    for details in ("details.f", "details.fw", "details.more", "details.astext"):
        tab.evaluate(f"for (const box of document.querySelectorAll('{details}')) box.open = true")
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    asked = [e["params"]["request"]["url"] for e in tab.events if e.get("method") == "Network.requestWillBeSent"]
    assert asked == [pages["sample"].as_uri()]
    bad = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Page.javascriptDialogOpening")
    assert [event for event in tab.events if event.get("method") in bad] == []


def test_drawn_text_stays_inside_its_box(tab: chromium.Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["sample"], 1280)
    outside = tab.evaluate(
        """[...document.querySelectorAll("g.n")].filter((box) => {
          const frame = box.querySelector("rect").getBoundingClientRect();
          return [...box.querySelectorAll("text")].some((text) => text.getBoundingClientRect().right > frame.right);
        }).map((box) => box.getAttribute("aria-label"))"""
    )
    assert outside == []


def test_policy_of_the_page_stops_injected_script(tab: chromium.Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["sample"], 1280)
    tab.evaluate(
        "{const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)}"
    )
    assert tab.evaluate("window.ran") is None


def test_filters_hide_and_links_bring_back(tab: chromium.Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["sample"], 1280)
    shown = "[...document.querySelectorAll('details.f')].filter((entry) => !entry.hidden).map((entry) => entry.id)"
    everything = tab.evaluate(shown)
    tab.evaluate("{const s = document.querySelector('#fs'); s.value = 'critical'; s.dispatchEvent(new Event('input'))}")
    assert tab.evaluate(shown) == ["F-001"]
    assert tab.evaluate("document.querySelector('#count').textContent") == f"1 of {len(everything)}"
    tab.evaluate("location.hash = '#F-007'")
    tab.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert tab.evaluate(shown) == everything
    assert tab.evaluate("document.querySelector('#F-007').open")


def test_rule_buttons_filter_and_say_so(tab: chromium.Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["sample"], 1280)
    tab.evaluate("[...document.querySelectorAll('.rule')].find((b) => b.textContent.includes('PK-003')).click()")
    assert tab.evaluate("document.querySelector('#count').textContent") == "2 of 11"
    assert tab.evaluate("document.querySelectorAll('.rule[aria-pressed=true]').length") == 1


def test_without_script_every_text_is_there(tab: chromium.Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["sample"], 1280, script=False)
    root = tab.call("DOM.getDocument", depth=0)["root"]["nodeId"]

    def count(selector: str) -> int:
        return len(tab.call("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"])

    assert count("[data-js]:not([hidden])") == 0, "controls that need the script stay hidden"
    assert count("details.f") == 11 and count("details.f.d-blocked[open]") == 4


def test_fifty_thousand_findings_can_be_paged_and_searched(tab: chromium.Tab, pages: dict[str, Path]) -> None:
    tab.open(pages["large"], 1280)
    wait = "new Promise((done) => {const at = setInterval(() => {if (document.querySelector('#all tbody tr')) {clearInterval(at); done(performance.now())}}, 10)})"
    assert tab.evaluate(wait) < 10_000
    assert tab.evaluate("document.querySelector('#range').textContent") == "1 to 100 of 50000"
    spent = tab.evaluate(
        """{const q = document.querySelector('#qa'); const start = performance.now();
        q.value = 'F-49999'; q.dispatchEvent(new Event('input')); performance.now() - start}"""
    )
    assert tab.evaluate("document.querySelector('#range').textContent") == "1 to 1 of 1"
    assert spent < 1_000
