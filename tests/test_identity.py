"""Normal forms of identities."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from scanner import identity


@pytest.mark.parametrize(
    "text",
    [
        "AB" * 32,
        "sha256:" + "ab" * 32,
        "sha256-" + base64.b64encode(bytes.fromhex("ab" * 32)).decode(),
        base64.urlsafe_b64encode(bytes.fromhex("ab" * 32)).decode().rstrip("="),
    ],
)
def test_every_notation_of_a_digest_becomes_lower_case_hex(text: str) -> None:
    assert identity.hex_digest("sha256", text) == "ab" * 32


@pytest.mark.parametrize("text", ["", "ab", "zz" * 32, "ab" * 64, "sha512:" + "ab" * 32, "h1:abc"])
def test_what_is_no_digest_of_that_length_is_refused(text: str) -> None:
    assert identity.hex_digest("sha256", text) is None


def test_python_names_are_canonical_by_pep_503() -> None:
    assert identity.package_url("pypi", "Foo_Bar.baz", "1.0") == "pkg:pypi/foo-bar-baz@1.0"
    assert identity.without_version("pkg:deb/debian/zlib1g@1.2?arch=amd64") == "pkg:deb/debian/zlib1g"


@given(
    st.from_regex(
        r"pkg:[a-z]{2,5}(/[a-zA-Z0-9._%~-]{1,5}){1,3}(@[0-9a-z.%@-]{1,6})?(\?a=[a-z/]{1,3})?(#[a-z/]{1,3})?",
        fullmatch=True,
    )
)
def test_the_quick_way_to_leave_the_version_out_agrees_with_the_parser(purl: str) -> None:
    try:
        parsed = PackageURL.from_string(purl)
        expected = PackageURL(parsed.type, parsed.namespace, parsed.name).to_string()
    except ValueError:
        return
    assert identity.without_version(purl) == expected


@pytest.mark.parametrize(
    ("path", "relative", "expected"),
    [
        ("models/fraud/MLmodel", "model.pkl", "models/fraud/model.pkl"),
        ("dvc.yaml", "data/./claims.csv", "data/claims.csv"),
        ("image.tar!app/config.json", "model.bin", "image.tar!app/model.bin"),
        ("a/b.yaml", "../c", "c"),
        ("a/b.yaml", "../../etc/passwd", None),
        ("image.tar!a", "../../x", None),
        ("a", "/etc/passwd", None),
        ("a", "C:\\x", None),
        ("a", "", None),
        ("a", "x\0y", None),
    ],
)
def test_a_path_of_a_record_stays_inside_its_root(path: str, relative: str, expected: str | None) -> None:
    assert identity.beside(path, relative) == expected


@given(st.text())
def test_no_path_of_a_record_leaves_its_root(text: str) -> None:
    found = identity.beside("a/b/c", text)
    assert found is None or not (found.startswith(("/", "../")) or found == "..")


def test_one_member_is_its_own_identity_and_order_does_not_matter() -> None:
    assert identity.group_digest([("any", "ab" * 32)]) == "ab" * 32
    members = [("b", "22" * 32), ("a", "11" * 32)]
    assert identity.group_digest(members) == identity.group_digest(reversed(members))
    assert identity.group_digest(members) != identity.group_digest([("b", "11" * 32), ("a", "22" * 32)])


def test_content_beats_record_beats_name() -> None:
    content = identity.content("model", "ab" * 32)
    record = identity.record("model", "mlflow", "mlflow.db", "m-1")
    anywhere = identity.record("model", "mlflow", "*", "m-1")
    name = identity.named("model", "fraud")
    assert sorted([name, anywhere, record, content], key=identity.strength) == [content, record, anywhere, name]
