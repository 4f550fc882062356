"""pt2 archives of ``torch.export``: which functions the graph calls, and native code that was compiled from it.

The loader looks a target up attribute by attribute from the module ``torch``, so that a name can lead anywhere from
there. Format: ``torch/export/pt2_archive`` of torch 2.13. Pickles among the members are judged on their own.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.references import verdict_of
from scanner.inspectors.statements import Reason

LIMIT: Final = 256 << 20
"""Bytes of all graphs together."""
GRAPH: Final = re.compile(r"(?:[^/]+/)?models/[^/]+\.json\Z")
NATIVE: Final = re.compile(r"\.(?:so|dll|dylib|o|cubin|hsaco|spv|cpp|cu|wrapper)\Z")
PLAIN: Final = re.compile(r"(?:_operator|math)\.\w+\Z|torch\.sym_\w+\Z|torch\._sym_\w+\Z")
"""Functions over numbers and shapes."""
NAMESPACES: Final = frozenset({"aten", "prim", "prims", "quantized", "torchvision", "torchaudio", "higher_order"})


def pt2_reasons(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Reason]:
    """Everything in a pt2 archive that is more than operators of torch. Raises NotExaminable."""
    for name in names:
        if NATIVE.search(name):
            yield Reason("pt2-native-code", "compiled code", escape(name), "unknown")
        elif GRAPH.match(name):
            for target in sorted(_targets(_graph(archive, name))):
                yield from _judged(target, escape(name))


def _graph(archive: zipfile.ZipFile, name: str) -> Any:
    info = archive.getinfo(name)
    if info.file_size > LIMIT:
        raise NotExaminable(OVER_LIMIT, f"a graph larger than {LIMIT} bytes")
    with archive.open(info) as member:
        try:
            return json.loads(member.read(LIMIT))
        except (ValueError, RecursionError):
            raise NotExaminable(UNREADABLE, "a graph of torch is not JSON") from None


def _targets(graph: Any) -> set[str]:
    """What every operator of the graph and of the graphs inside it names."""
    found: set[str] = set()
    todo = [graph]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if isinstance(target := one.get("target"), str) and "inputs" in one:
                found.add(target)
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
    return found


def _judged(target: str, place: str) -> Iterator[Reason]:
    if PLAIN.match(target):
        return
    head, _, rest = target.partition(".")
    namespace = rest.removeprefix("ops.").partition(".")[0] if rest.startswith("ops.") else ""
    if head == "torch" and namespace in NAMESPACES:
        return
    if head == "torch" and not namespace and verdict_of("torch", rest) == "malicious":
        yield Reason("pt2-denied-target", escape(target), place, "malicious")
    else:
        yield Reason("pt2-custom-operator", escape(target), place, "unknown")
