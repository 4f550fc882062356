"""Wrong input: exit 2 with where, what and what to do; nothing to scan: exit 3; never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, lading

CLEAN = ROOT / "fixtures/fraud-detection-clean"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("scan",), "no path given"),
        (("scan", "absent"), "absent: no such file or directory"),
        (("scan", CLEAN, "--output", "pdf=x"), "unknown format"),
        (("scan", CLEAN, "--output", "json"), "no path"),
        (("scan", CLEAN, "--output", "json=-", "--output", "text=-"), "only one report"),
        (("scan", CLEAN, "--policy", "no-such-pack"), "no-such-pack"),
        (("scan", CLEAN, "--set", "nonsense=1"), "nonsense"),
        (("scan", CLEAN, "--as-of", "yesterday"), "not a date"),
        (("scan", CLEAN, "--trust", "absent.yaml"), "trust file"),
        (("scan", CLEAN, "--advisories", "absent"), "not found"),
        (("scan", CLEAN, "--no-such-option"), "No such option"),
        (("scan", CLEAN, "--output", "json=/proc/nothing/x"), "cannot be written"),
        (("trace", "absent.json", "x"), "cannot be read"),
        (("report", __file__, "--output", "text=-"), "not JSON"),
        (("inspect",), "no path given"),
        (("verify", CLEAN), "--trust"),
        (("nonsense",), "No such command"),
    ],
    ids=lambda value: " ".join(map(str, value[:4])) if isinstance(value, tuple) else "",
)
def test_a_wrong_call_ends_with_2(arguments: tuple[str | Path, ...], says: str) -> None:
    done = lading(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_policy_is_told_with_its_place(tmp_path: Path) -> None:
    policy = tmp_path / "site.yaml"
    policy.write_text("schema: policy/v1\nbundle: {name: site, version: 1.0.0, owner: me@example.com}\nrulez: []\n")
    done = lading("scan", CLEAN, "--policy", policy)
    assert done.returncode == 2
    assert "rulez" in done.stderr
    assert "site.yaml" in done.stderr


def test_an_unknown_configuration_key_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "lading.toml").write_text("polices = []\n")
    done = lading("scan", CLEAN, cwd=tmp_path)
    assert done.returncode == 2
    assert "unknown key 'polices'" in done.stderr


def test_nothing_to_scan_is_incomplete(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert lading("scan", empty).returncode == 3


def test_exit_zero_says_so(tmp_path: Path) -> None:
    done = lading("scan", ROOT / "fixtures/fraud-detection", "--exit-zero")
    assert done.returncode == 0
    assert "exit 0 instead of 1" in done.stderr


def test_hostile_content_ends_with_a_verdict(tmp_path: Path) -> None:
    """Every trap in one directory: the scan goes on and tells each of them."""
    root = tmp_path / "release"
    root.mkdir()
    (root / "deep.yaml").write_text("apiVersion: v1\nkind: Pod\nx: " + "[" * 30_000)
    (root / "MLmodel").write_text("[" * 50_000)
    (root / "dvc.lock").write_bytes(b"\xff\xfe\x00stages")
    (root / "mlflow.db").write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    (root / "nested.ipynb").write_text('{"cells":' + "[" * 20_000)
    (root / "pylock.toml").write_text("a = " + "[" * 5_000)
    (root / "poetry.lock").write_text("[[package]]\nname = 1\n")
    (root / "config.json").write_text('{"auto_map":' * 3_000)
    (root / 'x"><img src=x onerror=alert(1)>.pkl').write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (root / "line\nbreak \x1b[31m \u202egnp.exe").write_text("x")
    (root / "loop").symlink_to(".")
    (root / "passwd").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe")
    done = lading("scan", root, "--output", f"html={tmp_path / 'r.html'}", "--output", f"json={tmp_path / 's.json'}")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout
    assert "<img" not in (tmp_path / "r.html").read_text()
    for name in ("deep.yaml", "MLmodel", "dvc.lock", "mlflow.db", "nested.ipynb", "passwd", "pipe", "pylock.toml"):
        assert f"not examined {name}" in lading("report", tmp_path / "s.json", "-v").stdout, name
