"""The file that names the distribution."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.collectors import os_release
from scanner.errors import NotExaminable
from scanner.sources.blob import Blob

Record = Callable[..., Blob]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("etc/os-release", True),
        ("layer!usr/lib/os-release", True),
        ("rootfs/etc/os-release", True),
        ("os-release", False),
    ],
)
def test_wants_the_standard_places(path: str, wanted: bool, record: Record) -> None:
    assert os_release.wants(record(path, "ID=x")) is wanted


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('NAME="Debian"\nVERSION_ID="12"\nID=debian\n', {"id": "debian", "version": "12"}),
        ("ID='Ubuntu'\nVERSION_ID=24.04\nID_LIKE=debian\n", {"id": "ubuntu", "version": "24.04"}),
        ("ID=debian\nVERSION_CODENAME=sid\n", {"id": "debian", "version": None}),
    ],
)
def test_states_id_and_version(text: str, value: object, record: Record) -> None:
    assert [one.value for one in os_release.collect(record("etc/os-release", text)).statements] == [value]


@pytest.mark.parametrize("text", ["", "ID=\x1b[31m", 'ID="debian', "ID=$(reboot)", "ID=" + "a" * 1000, " ID=debian"])
def test_what_names_no_distribution_states_nothing(text: str, record: Record) -> None:
    assert os_release.collect(record("etc/os-release", text)).statements == ()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * 70_000])
def test_what_cannot_be_read_is_refused(content: bytes, record: Record) -> None:
    with pytest.raises(NotExaminable):
        os_release.collect(record("etc/os-release", content))
