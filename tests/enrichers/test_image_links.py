"""Where symbolic links lead, as the kernel would find it in a container with the image as its root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.enrichers.image_links import STEPS, resolve

NAMES = st.sampled_from(["a", "b", "c", "..", "."])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("links", "path", "real"),
    [
        ({}, "a/b", "a/b"),
        ({"a": "b"}, "a/x", "b/x"),
        ({"d/a": "../m"}, "d/a", "m"),
        ({"a": "/m"}, "a/x", "m/x"),
        ({"a": "../../.."}, "a/x", "x"),
        ({"a": "b", "b": "a"}, "a", None),
        ({"a": "a/a"}, "a", None),
        ({"a": "x/" * STEPS}, "a", None),
    ],
)
def test_where_a_path_leads(links: dict[str, str], path: str, real: str | None) -> None:
    assert resolve(links, path) == real


@given(st.dictionaries(st.sampled_from(["a", "b", "a/b", "b/c"]), PATHS | PATHS.map(lambda path: f"/{path}")), PATHS)
def test_no_link_leads_out_of_the_image_or_round_for_ever(links: dict[str, str], path: str) -> None:
    real = resolve(links, path)
    assert real is None or not {"..", "."} & set(real.split("/"))


def test_relative_links_lead_where_the_kernel_says(tmp_path: Path) -> None:
    (tmp_path / "v1" / "deep").mkdir(parents=True)
    (tmp_path / "v1" / "deep" / "model").write_text("x")
    links = {"now": "v1", "v1/up": "../now/deep", "last": "now/up/../deep/model"}
    for path, target in links.items():
        (tmp_path / path).symlink_to(target)
    for path in (*links, "now/up/model", "now/deep/../deep"):
        assert resolve(links, path) == os.path.relpath(os.path.realpath(tmp_path / path), tmp_path)
