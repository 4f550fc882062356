"""``lading init``"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from scanner.errors import UsageError

CONFIGURATION: Final = """policy = ["policy.yaml"]
trust = "trust.yaml"
# advisories = "advisories"
"""
TRUST: Final = """# Whose signatures count. Nothing is trusted until a key or an identity stands here.
schema: trust/v1
keys: []
identities: []
"""
GITHUB: Final = """name: lading
on: [push, pull_request]
permissions:
  contents: read
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      # Fix both actions to the full commit id of a release you reviewed.
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install lading
      - run: lading scan . --output sarif=lading.sarif --output html=lading.html
"""
GITLAB: Final = """# Include it in .gitlab-ci.yml:  include: [{local: .gitlab/lading.yml}]
lading:
  image: python:3.12
  script:
    - pip install lading
    - lading scan . --output junit=lading.xml --output html=lading.html
  artifacts:
    when: always
    paths: [lading.html]
    reports:
      junit: lading.xml
"""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
def command(folder: Path) -> int:
    """Write a configuration, a policy, a trust file and a job for the CI system found in FOLDER. Nothing is overwritten."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such directory; name the root of a project")
    for name, text in _files(folder):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:
            click.echo(f"kept     {name}")
        except OSError as error:
            raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another folder") from None
        else:
            click.echo(f"written  {name}")
    return 0


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Path and content of each file that this project needs."""
    yield "lading.toml", CONFIGURATION
    yield "policy.yaml", _policy()
    yield "trust.yaml", TRUST
    if (folder / ".github").is_dir():
        yield ".github/workflows/lading.yml", GITHUB
    if (folder / ".gitlab-ci.yml").is_file():
        yield ".gitlab/lading.yml", GITLAB


def _policy() -> str:
    """A policy of its own that takes the shipped packs over, each pinned by the digest of its bytes."""
    from scanner.policy.packs import DEFAULT_PACKS, locate
    from scanner.policy.yaml_loader import digest_of

    lines = [
        "# The packs that ship with Lading. A new release may change them: review them, then renew the digests.",
        "schema: policy/v1",
        "bundle: {name: project, version: 1.0.0}",
        "extends:",
    ]
    for name in DEFAULT_PACKS:
        lines.append(f'  - {{bundle: {name}, digest: "{digest_of(locate(name)[0].read_bytes())}"}}')
    return "\n".join([*lines, "rules: []", ""])
