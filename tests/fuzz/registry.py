"""All targets by name, in one place for the fuzzer, the short run and the replay."""

from __future__ import annotations

from typing import Final

from tests.fuzz import components, documents, readers
from tests.fuzz.targets import Target

TARGETS: Final[dict[str, Target]] = {
    target.name: target for group in (components, readers, documents) for target in group.targets()
}
