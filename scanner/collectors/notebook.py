"""Jupyter notebooks (nbformat 4): what they install, the secrets in code and outputs, and the data they read.

Outputs are hostile text as much as code; they are searched for secrets and never rendered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import Evidence, EvidenceBuilder, Json, Proof
from scanner.records import json_bounded, secrets
from scanner.records.commands import installs
from scanner.records.plain import Plain, mapping, mappings
from scanner.sources.blob import Blob

NAME: Final = "notebook"
VERSION: Final = "1"
CELLS: Final = 20_000
_MAGIC: Final = re.compile(r"^[ \t]*(?:[!%]{1,2})[ \t]*(?=\S)", re.MULTILINE)
_SHELL_CELL: Final = re.compile(r"\A\s*%%(?:bash|sh|script|cmd|!)\b[^\n]*\n")
_DATA: Final = re.compile(
    r"\b(?:read_(?:csv|parquet|json|table|excel|feather|orc|hdf|pickle)|scan_(?:csv|parquet)|load_dataset|loadtxt|genfromtxt)"
    r"\(\s*(?:path\s*=\s*)?[rf]?[\"']([^\"'{}\n]{1,300})[\"']"
)


def wants(blob: Blob) -> bool:
    """A file with the ending ``.ipynb``."""
    return blob.name.endswith(".ipynb")


def collect(blob: Blob) -> Evidence:
    """The notebook. Raises NotExaminable for what is no notebook of format 4."""
    data = mapping(json_bounded.loads(blob.text()))
    if data.get("nbformat") != 4:
        raise NotExaminable(UNSUPPORTED, "notebook of another format than 4")
    if not isinstance(data.get("cells"), list):
        raise NotExaminable(UNREADABLE, "notebook without cells")
    cells = mappings(data["cells"])
    if len(cells) > CELLS:
        raise NotExaminable(OVER_LIMIT, f"more than {CELLS} cells")
    builder = EvidenceBuilder(NAME)
    ref = builder.artifact(identity.placed("notebook", blob.path), blob.location, name=blob.path)
    code = [_joined(cell.get("source")) for cell in cells if cell.get("cell_type") == "code"]
    found = {install.what: install.pinned for source in code for install in installs(_shell(source))}
    installed: list[Json] = [{"id": what, "pinned": pinned} for what, pinned in sorted(found.items())]
    builder.state(ref, "installs", installed, blob.location)
    seen = {secret.id: secret.type for part in _texts(cells) for secret in secrets.find(part)}
    stated: list[Json] = [{"id": id, "type": type} for id, type in sorted(seen.items())]
    builder.state(ref, "secrets", stated, blob.location)
    for path in sorted({name for source in code for name in _DATA.findall(source)}):
        place = _data_path(blob, path) if "://" not in path else None
        if place is not None:
            builder.relate(ref, "used", identity.at_path("file", place), Proof.INFERRED, blob.location)
    return builder.build()


def _data_path(blob: Blob, path: str) -> str | None:
    """A path of the code, from the notebook's folder or one of the two above it, whichever has such a file."""
    for up in ("", "../", "../../"):
        if blob.near is not None and identity.beside(blob.path, up + path) and blob.near(up + path) is not None:
            return identity.beside(blob.path, up + path)
    return identity.beside(blob.path, path)


def _shell(source: str) -> str:
    """The lines of a cell that go to a shell or to a package magic; the rest is Python and installs nothing."""
    if _SHELL_CELL.match(source):
        return _SHELL_CELL.sub("", source)
    joined = source.replace("\\\n", " ")
    return "\n".join(_MAGIC.sub("", line) for line in joined.split("\n") if _MAGIC.match(line))


def _texts(cells: list[Mapping[str, Plain]]) -> Iterator[str]:
    """Everything a reader of the notebook can see."""
    for cell in cells:
        yield _joined(cell.get("source"))
        for output in mappings(cell.get("outputs")):
            yield _joined(output.get("text"))
            yield _joined(output.get("traceback"))
            for kind, content in mapping(output.get("data")).items():
                if kind.startswith(("text/", "application/", "image/svg")):
                    yield _joined(content) or json.dumps(content)


def _joined(value: Plain) -> str:
    """Source and text are one text or a list of lines."""
    if isinstance(value, str):
        return value
    return "".join(part for part in value if isinstance(part, str)) if isinstance(value, list) else ""
