"""Where a requirements file lets pip take packages from: its index options and the addresses of its requirements.

Source: pip's requirements file format, global options. pip asks every index it is given and takes the highest version that any of
them offers, whoever uploaded it there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from packaging.requirements import Requirement

from scanner.model import Json
from scanner.records.references import without_credentials

LIMIT: Final = 1_000
"""Addresses of one kind that are kept."""
_OPTION: Final = re.compile(
    r"(?:(?P<index>--index-url|--pypi-url|-i)|(?P<other>--extra-index-url|--find-links|-f)|(?P<host>--trusted-host))"
    r"(?:\s*=\s*|\s+|(?<=-[if]))(?P<value>\S+)"
)
_PLAIN: Final = re.compile(r"(?:[a-z]+\+)?(?:http|git|ftp|svn|bzr|hg)://", re.IGNORECASE)


@dataclass(slots=True)
class Sources:
    """Sources of packages as one file names them."""

    index: str | None = None
    others: set[str] = field(default_factory=set)
    insecure: set[str] = field(default_factory=set)
    direct: set[str] = field(default_factory=set)

    def option(self, line: str) -> None:
        """Read a line that begins with an option."""
        match = _OPTION.match(line)
        if match is None:
            return
        value = match["value"].strip("\"'")
        address = without_credentials(value)
        if match["host"]:
            self.insecure.add(f"{address}: its certificate is not checked")
            return
        if match["index"]:
            self.index = address
        else:
            self.others.add(address)
        self._judge(address)

    def requirement(self, requirement: Requirement) -> None:
        """Read a requirement that may name an address of its own."""
        if requirement.url is not None:
            address = without_credentials(requirement.url)
            self.direct.add(f"{requirement.name} @ {address}")
            self._judge(address)

    def _judge(self, address: str) -> None:
        if _PLAIN.match(address):
            self.insecure.add(address)

    def value(self) -> Json:
        """The evidence group ``package_sources``."""
        others, insecure, direct = (sorted(one)[:LIMIT] for one in (self.others, self.insecure, self.direct))
        return {"index": self.index, "others": others, "insecure": insecure, "direct": direct}
