from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.records import secrets

KEY = "AKIA" + "Q3EGZ7VXN5KLW2TD"
RANDOM = "q7Rz0K" + "w2mXv9LbT4cYh8Nd"


@pytest.mark.parametrize(
    ("text", "type"),
    [
        (f"aws_access_key_id = {KEY}", "aws-access-key"),
        ("token: ghp_" + "a1B2" * 9, "github-token"),
        ("glpat-" + "a1B2c3D4e5" * 2, "gitlab-token"),
        ("xoxb-" + "1234567890-abcdef", "slack-token"),
        ("-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEA7bq2N1VxCkXc8wYb5mZ0q1Lw9sDk3Jf\n", "private-key"),
        ("-----BEGIN PRIVATE " + "KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\\n", "private-key"),
        ("DATABASE_URL=postgresql://reader:" + "vT9xQ2mLw7Kd@db.example.com/x", "password-in-url"),
        (f'api_key = "{RANDOM}"', "assigned-secret"),
        (f'{{"client_secret": "{RANDOM}"}}', "assigned-secret"),
        (f"export AWS_SECRET_ACCESS_KEY={RANDOM}{RANDOM}", "assigned-secret"),
    ],
)
def test_secrets_are_found_and_never_repeated(text: str, type: str) -> None:
    (found,) = secrets.find(f"some words\n{text}\nmore words")
    assert found.type == type
    secret = f"some words\n{text}\nmore words"[found.start : found.end]
    assert len(found.id) == 64
    assert secret not in found.id
    assert secret not in secrets.redact(text)
    assert f"<{type}>" in secrets.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "api_key = os.environ['API_KEY']",
        "api_key = ${API_KEY_FROM_THE_VAULT}",
        "api_key: your-api-key-goes-here-please",
        "AKIAIOSFODNN7EXAMPLE",
        "postgresql://user:password@host/db",
        "https://example.com/a:b@c",
        "sha256:" + "ab12" * 16,
        "secret_key = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
        "access_token = get_access_token_from_the_login_page()",
        "-----BEGIN PUBLIC KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n",
        "git@github.com:org/repo.git",
    ],
)
def test_ordinary_text_has_none(text: str) -> None:
    assert secrets.find(text) == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("seed", "7", "7"),
        ("api_key", RANDOM, "<assigned-secret>"),
        ("note", KEY, "<aws-access-key>"),
        ("params.yaml:train.client_secret", RANDOM, "<assigned-secret>"),
    ],
)
def test_the_value_of_a_setting_is_redacted_by_its_name_too(name: str, value: str, told: str) -> None:
    assert secrets.redacted_value(name, value) == told


def test_the_same_secret_has_the_same_id_everywhere() -> None:
    one, two = secrets.find(f"{KEY} and {KEY}")
    assert one.id == two.id


def test_the_number_is_bounded() -> None:
    text = " ".join(
        "AKIA" + "".join("ABCDEFGHIJKLMNOP"[(n >> shift) & 15] for shift in range(0, 64, 4)) for n in range(500)
    )
    assert len(secrets.find(text)) <= secrets.LIMIT


@given(st.text(max_size=200))
def test_redaction_is_stable(text: str) -> None:
    assert secrets.redact(secrets.redact(text)) == secrets.redact(text)


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "a-" * 100_000, "://" * 60_000, "-----BEGIN " * 20_000, "key = " * 40_000]
)
def test_long_lines_take_no_long_time(text: str) -> None:
    assert secrets.find(text) == []
