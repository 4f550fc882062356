"""Archives of TorchServe (``.mar``): Python that the server runs, and packages that it installs before.

Format: ``MAR-INF/MANIFEST.json`` of torch-model-archiver 0.12. The text is read as a syntax tree and never run.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.python_effects import effects
from scanner.inspectors.python_text import sources
from scanner.inspectors.statements import Reason

REQUIREMENTS_LIMIT: Final = 1 << 20
_ELSEWHERE: Final = re.compile(
    rb"^\s*(?:--?(?:extra-)?index-url\b|-i\b|--find-links\b|-f\b|--trusted-host\b)|\b(?:git|hg|svn|bzr)\+|@\s*https?://"
    rb"|^\s*https?://",
    re.MULTILINE,
)


def mar_reasons(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Reason]:
    """Why serving the archive runs more than a model. Raises NotExaminable."""
    for name, source in sources(archive, names):
        yield Reason("mar-handler-code", "Python that the server runs", escape(name), "unknown")
        for one in effects(source):
            yield Reason(one.code, escape(one.detail), f"{escape(name)} line {one.line}", one.verdict)
    for name in names:
        if re.search(r"requirements[^/]*\.txt\Z", name):
            info = archive.getinfo(name)
            if info.file_size > REQUIREMENTS_LIMIT:
                raise NotExaminable(OVER_LIMIT, "too large a list of packages")
            with archive.open(info) as member:
                if _ELSEWHERE.search(member.read(REQUIREMENTS_LIMIT)):
                    yield Reason("mar-requirements", "packages from another place", escape(name), "unknown")
