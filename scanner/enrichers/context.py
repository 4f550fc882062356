"""What an enricher may use beside the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from scanner.model import ArtifactRef
from scanner.sources.directory import Handle

if TYPE_CHECKING:
    from scanner.advisories.store import AdvisoryStore
    from scanner.signing.trust import Trust

MAX_ADVISORY_AGE: Final = 5
"""Days after which advisory data no longer prove that a package is clean."""


@dataclass(frozen=True, slots=True)
class Context:
    """Settings of one scan: the release, the files on disk by place, the trust file and the advisory data, if any."""

    release: ArtifactRef
    release_name: str
    as_of: datetime
    handles: Mapping[str, Handle]
    trust: Trust | None = None
    advisories: AdvisoryStore | None = None
    with_pip_audit: bool = True
    advisory_max_age_days: int = MAX_ADVISORY_AGE
