"""Python text in torch archives: TorchScript (``code/``) and torch.package. Read as a syntax tree, never compiled or run.

TorchScript is a closed language: what matters is which operators it names. A torch.package holds ordinary Python that its
loader runs, so that it is never known to be safe.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from typing import Final

from scanner.errors import UNREADABLE, NotExaminable
from scanner.formats import zip_format
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.pt2_archive import pt2_reasons
from scanner.inspectors.python_text import called, parse, process_calls, sources
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.archive import BROKEN_ZIP
from scanner.sources.blob import Blob
from scanner.sources.zip_members import member_names
from scanner.sources.zip_records import is_zip

NAME: Final = "torchscript_code"
VERSION: Final = "1"
NAMESPACES: Final = frozenset(
    {"aten", "prim", "prims", "quantized", "torchvision", "torchaudio", "inductor", "_caffe2"}
)
"""Namespaces of operators that torch and its sister libraries bring."""
FILE_CALLS: Final = frozenset({"torch.from_file", "torch.save", "torch.load", "aten.from_file", "aten.save"})
EXTERN: Final = ".data/extern_modules"


def wants(blob: Blob) -> bool:
    """Whether the content is a zip archive; only then can it be one of torch."""
    return is_zip(blob)


def inspect(blob: Blob) -> Evidence:
    """What the Python text of a torch archive names; empty evidence for other archives. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    names = sorted(set(member_names(blob)))
    package = any(name.endswith("/" + EXTERN) for name in names)
    kind = "package" if package else zip_format(names)
    if kind not in READERS:
        return builder.build()
    try:
        with blob.open() as stream, zipfile.ZipFile(stream) as archive:
            reasons = set(READERS[kind](archive, names))
    except BROKEN_ZIP:
        raise NotExaminable(UNREADABLE, "code of a torch archive cannot be read") from None
    if kind == "package":
        builder.state(blob.ref, "remote_code", {"present": True}, blob.location)
    if reasons or kind == "pt2":
        state_reasons(builder, blob, reasons, "operators of torch only")
    return builder.build()


def _scripts(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Reason]:
    for name, source in sources(archive, [one for one in names if "/code/" in f"/{one}"]):
        tree = parse(source)
        if tree is None:
            yield Reason("torchscript-syntax", "code that cannot be parsed", escape(name), "unknown")
            continue
        for path in called(tree):
            head, _, rest = path.partition(".")
            if path in FILE_CALLS or path.removeprefix("ops.") in FILE_CALLS:
                yield Reason("torchscript-file-access", escape(path), escape(name), "malicious")
            elif head == "ops" and rest.partition(".")[0] not in NAMESPACES:
                yield Reason("torchscript-custom-operator", escape(path), escape(name), "unknown")
            elif head in ("os", "rpc") or path.startswith(("torch.ops.", "torch.classes.", "torch.distributed.")):
                yield Reason("torchscript-unlisted-call", escape(path), escape(name), "unknown")


def _package(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Reason]:
    for name, source in sources(archive, names):
        tree = parse(source)
        yield Reason("torch-package-code", "Python that the loader runs", escape(name), "unknown")
        for path in process_calls(tree) if tree is not None else ():
            yield Reason("torch-package-process", escape(path), escape(name), "malicious")


READERS: Final[dict[str, Callable[[zipfile.ZipFile, list[str]], Iterator[Reason]]]] = {
    "package": _package,
    "torchscript": _scripts,
    "pt2": pt2_reasons,
}
"""Kinds of archives that hold code or name it, each with what reads its members."""
