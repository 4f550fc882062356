from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records.commands import Install, installs


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("pip install lightgbm", [("lightgbm", False)]),
        ("!pip install -q lightgbm==4.6.0", [("lightgbm==4.6.0", True)]),
        ("%pip install 'a>=1' b==2.*", [("a>=1", False), ("b==2.*", False)]),
        ("python3 -m pip install --upgrade pip", [("pip", False)]),
        ("sudo -E true; FOO=1 pip3 install x", [("x", False)]),
        ("uv pip install x==1", [("x==1", True)]),
        ("pip install -r requirements.txt", [("-r requirements.txt", False)]),
        ("pip install --require-hashes -r requirements.txt", [("-r requirements.txt", True)]),
        ("pip install --index-url https://example.com/simple x==1", [("x==1", True)]),
        ("pip install git+https://example.com/x@" + "a" * 40, [("git+https://example.com/x@" + "a" * 40, True)]),
        ("pip install git+https://example.com/x@main", [("git+https://example.com/x@main", False)]),
        ("apt-get update && apt-get install -y curl=7.88.1 jq", [("curl=7.88.1", True), ("jq", False)]),
        ("apt-get -y install \\\n  curl \\\n  jq", [("curl", False), ("jq", False)]),
        ("conda install -c conda-forge numpy=1.26", [("numpy=1.26", True)]),
        ("npm install left-pad@1.3.0 @scope/x", [("@scope/x", False), ("left-pad@1.3.0", True)]),
        ("echo pip install x", []),
        ("pip list; pip download x", []),
        ("python train.py # pip install x", []),
    ],
)
def test_what_a_script_installs(script: str, found: list[tuple[str, bool]]) -> None:
    assert installs(script) == [Install(what, pinned) for what, pinned in found]


@given(st.text("pip install=@-;&|'\"\\\n$()", max_size=120))
def test_any_script_is_read(script: str) -> None:
    assert installs(script) == sorted(installs(script))
