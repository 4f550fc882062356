"""Archives of TorchServe (``.mar``), as zip or tar: Python that the server runs, and packages that it installs before.

Format: ``MAR-INF/MANIFEST.json`` of torch-model-archiver 0.12. The text is read as a syntax tree and never run.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator
from typing import IO, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.formats import COMPRESSED, is_mar, sniff
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.python_effects import effects
from scanner.inspectors.python_text import SOURCE_LIMIT, TOTAL_LIMIT
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.archive import BROKEN_ZIP, Budget, decompress, safe_member_path
from scanner.sources.blob import Blob
from scanner.sources.zip_records import is_zip

NAME: Final = "torchserve_archive"
VERSION: Final = "1"
REQUIREMENTS: Final = re.compile(r"requirements[^/]*\.txt\Z")

_ELSEWHERE: Final = re.compile(
    rb"^\s*(?:--?(?:extra-)?index-url\b|-i\b|--find-links\b|-f\b|--trusted-host\b)|\b(?:git|hg|svn|bzr)\+|@\s*https?://"
    rb"|^\s*https?://",
    re.MULTILINE,
)


def wants(blob: Blob) -> bool:
    """Whether the content can be such an archive; examine asks only where the members' names tell that it is one."""
    return is_zip(blob) or sniff(blob.head, blob.size) in {"tar", *COMPRESSED}


def inspect(blob: Blob) -> Evidence:
    """Verdict of one archive; empty evidence for one without code and for other archives. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    try:
        names, texts = _zipped(blob) if is_zip(blob) else _tarred(blob)
    except BROKEN_ZIP:
        raise NotExaminable(UNREADABLE, "code of an archive of TorchServe cannot be read") from None
    reasons = [one for name, text in texts for one in _reasons(name, text)] if is_mar(names) else []
    if reasons:
        state_reasons(builder, blob, reasons)
    return builder.build()


def _reasons(name: str, text: bytes) -> Iterator[Reason]:
    if name.endswith(".py"):
        yield Reason("mar-handler-code", "Python that the server runs", escape(name), "unknown")
        for one in effects(text):
            yield Reason(one.code, escape(one.detail), f"{escape(name)} line {one.line}", one.verdict)
    elif _ELSEWHERE.search(text):
        yield Reason("mar-requirements", "packages from another place", escape(name), "unknown")


def _is_read(name: str) -> bool:
    return name.endswith(".py") or REQUIREMENTS.search(name) is not None


class _Texts(list[tuple[str, bytes]]):
    """Member names and texts; there is a limit for each and for all of them. A tar may hold several of one name."""

    def put(self, name: str, size: int, content: IO[bytes]) -> None:
        """Read one member. Raises NotExaminable(over_limit)."""
        if size > SOURCE_LIMIT or sum(len(text) for _, text in self) + size > TOTAL_LIMIT:
            raise NotExaminable(OVER_LIMIT, "too much code in an archive of TorchServe")
        self.append((name, content.read(SOURCE_LIMIT)))


def _zipped(blob: Blob) -> tuple[list[str], _Texts]:
    texts = _Texts()
    with blob.open() as stream, zipfile.ZipFile(stream) as archive:
        names = archive.namelist()
        for name in filter(_is_read, sorted(set(names)) if is_mar(names) else ()):
            with archive.open(name) as member:
                texts.put(name, archive.getinfo(name).file_size, member)
    return names, texts


def _tarred(blob: Blob) -> tuple[list[str], _Texts]:
    budget, texts, names = Budget(), _Texts(), []
    format = sniff(blob.head, blob.size)
    with (
        blob.open() if format == "tar" else decompress(blob, str(format)) as stream,
        tarfile.open(fileobj=stream, mode="r|", encoding="utf-8") as archive,
    ):
        for info in archive:
            budget.member()
            budget.bytes(info.size, info.size, blob.size)
            name = safe_member_path(info.name) or ""
            names.append(name)
            member = archive.extractfile(info) if info.isfile() and _is_read(name) else None
            if member is not None:
                texts.put(name, info.size, member)
    return names, texts
