"""Files that tell a loader which code to import for a model: by repository, by module and class, or by file.

Read: ``auto_map`` and ``auto_mapping`` (transformers, peft), ``custom_pipelines``, ``model_index.json`` (diffusers),
``modules.json`` (sentence-transformers), ``*.index.json`` (lists of weight files), ``MLmodel`` (MLflow), ``config.cfg``
(spaCy), ``Manifest.json`` (Core ML packages). Local modules that they name are read as syntax trees; nothing is imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from scanner.errors import NotExaminable
from scanner.identity import relative_path
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.python_effects import effects
from scanner.inspectors.python_text import SOURCE_LIMIT
from scanner.inspectors.references import verdict_of
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records import json_bounded, yaml_events
from scanner.records.plain import Plain, mapping, mappings, sequence, text, texts
from scanner.sources.blob import Blob

NAME: Final = "repository_references"
VERSION: Final = "1"
LIMIT: Final = 16 << 20
FILES: Final = 20
"""Local modules that are followed from one file."""
AUTO: Final = (b'"auto_map"', b'"auto_mapping"', b'"custom_pipelines"')
LIBRARIES: Final = frozenset({"diffusers", "transformers", "flax", "onnxruntime", "optimum", "peft", "k_diffusion"})
"""Libraries whose classes diffusers loads by name."""
PIPELINES: Final = frozenset(
    {
        "stable_diffusion", "stable_diffusion_safe", "stable_diffusion_xl", "stable_diffusion_3", "latent_diffusion",
        "paint_by_example", "kandinsky", "kandinsky2_2", "deepfloyd_if", "shap_e", "wuerstchen", "stable_cascade",
        "audioldm2", "unclip", "unidiffuser", "blip_diffusion", "musicldm", "spectrogram_diffusion", "alt_diffusion",
        "versatile_diffusion", "score_sde_ve", "controlnet", "flux", "hunyuan_video", "stable_audio", "lumina",
        "ledits_pp", "semantic_stable_diffusion", "t2i_adapter", "pag", "marigold", "omnigen", "visualcloze", "ltx",
    }
)  # fmt: skip
"""Parts of ``diffusers.pipelines`` that are named without their package."""

SPACY: Final = frozenset({"spacy", "spacy-legacy", "spacy-transformers", "spacy-curated-transformers", "spacy-llm"})

_REGISTERED: Final = re.compile(r'^@(\w+)\s*=\s*"([^"\n]{1,200})"', re.MULTILINE)
_RELATIVE: Final = re.compile(rb"^from\s+\.([A-Za-z_]\w*)\s+import\b", re.MULTILINE)
_MODULE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")

Reader = Callable[[Blob], Iterator[Reason]]


def wants(blob: Blob) -> bool:
    """Whether the name is one of the files above, and where it says too little, the content has a key of theirs."""
    return _reader(blob) is not None


def _reader(blob: Blob) -> Reader | None:
    name = blob.name
    if name.endswith(".json"):
        if name == "model_index.json":
            return _model_index
        if name == "modules.json" and b'"type"' in blob.head:
            return _modules
        known = blob.content if blob.content is not None else blob.head
        if name == "Manifest.json":
            return _manifest if b'"itemInfoEntries"' in known else None
        if name.endswith(".index.json"):
            return _index if b'"weight_map"' in known else None
        return _auto_map if name.endswith("config.json") and any(mark in known for mark in AUTO) else None
    if name == "MLmodel":
        return _mlmodel
    return _spacy if name == "config.cfg" and b"[nlp]" in blob.head else None


def inspect(blob: Blob) -> Evidence:
    """What one file asks a loader to import; empty evidence where that is nothing. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    reader = _reader(blob)
    reasons = set(reader(blob)) if reader is not None else set()
    if reasons:
        state_reasons(builder, blob, reasons)
        if any(one.code.startswith("repository-code") for one in reasons):
            builder.state(blob.ref, "remote_code", {"present": True}, blob.location)
    return builder.build()


def _json(blob: Blob) -> Plain:
    return json_bounded.loads(blob.text(LIMIT))


def _auto_map(blob: Blob) -> Iterator[Reason]:
    data = mapping(_json(blob))
    for name, value in sorted(mapping(data.get("auto_map")).items()):
        for named in texts(value):
            yield from _code(blob, named, f"auto_map {name}")
    for name, pipeline in sorted(mapping(data.get("custom_pipelines")).items()):
        if (implementation := text(mapping(pipeline).get("impl"))) is not None:
            yield from _code(blob, implementation, f"custom_pipelines {name}")
    # PEFT: module and class of a base model that it does not know, imported as they stand; `from_pretrained` is called.
    mapped = mapping(data.get("auto_mapping"))
    if (module := text(mapped.get("parent_library"))) is not None:
        name = text(mapped.get("base_model_class")) or ""
        yield from _reference(module, name, "auto_mapping", ("transformers.models",))


def _code(blob: Blob, named: str, at: str) -> Iterator[Reason]:
    """``module.Class`` of this repository, or ``owner/repository--module.Class`` of another one."""
    repository, dashes, local = named.rpartition("--")
    if dashes:
        yield Reason("repository-code-elsewhere", f"code of {escape(repository)}", escape(at), "unknown")
        return
    yield Reason("repository-code", f"imports {escape(local)}", escape(at), "unknown")
    yield from _module(blob, local.rpartition(".")[0], at)


def _module(blob: Blob, module: str, at: str) -> Iterator[Reason]:
    """What a module of the repository does, and those that it imports from beside it."""
    todo, done = [module], set[str]()
    while todo and len(done) < FILES:
        name = todo.pop()
        if name in done or not _MODULE.match(name):
            continue
        done.add(name)
        file = name.replace(".", "/") + ".py"
        other = blob.near(file) if blob.near is not None else None
        if other is None:
            yield Reason("repository-code-missing", f"{file[:120]} was not seen here", escape(at), "unknown")
            continue
        try:
            source = other.read(SOURCE_LIMIT)
        except NotExaminable:
            source = b"\0"
        for one in effects(source):
            yield Reason(one.code, escape(one.detail), f"{file[:120]} line {one.line}", one.verdict)
        todo += sorted({match.decode() for match in _RELATIVE.findall(source)})


def _model_index(blob: Blob) -> Iterator[Reason]:
    for name, value in sorted(mapping(_json(blob)).items()):
        pair = sequence(value)
        if len(pair) != 2 or not all(isinstance(one, str) for one in pair):
            continue
        library, kind = str(pair[0]), str(pair[1])
        if library.partition(".")[0] in LIBRARIES or library in PIPELINES:
            continue
        places = ("", f"{name}/") if name != "_class_name" else ("",)
        local = next((place for place in places if _exists(blob, f"{place}{library}.py")), None)
        if local is not None:
            yield Reason("repository-code", f"imports {escape(library)}.{escape(kind)}", escape(name), "unknown")
            yield from _module(blob, f"{local}{library}".replace("/", "."), name)
        else:
            yield from _reference(library, kind, name)


def _exists(blob: Blob, path: str) -> bool:
    return (
        blob.near is not None and _MODULE.match(path[:-3].replace("/", ".")) is not None and blob.near(path) is not None
    )


def _reference(module: str, name: str, at: str, own: tuple[str, ...] = ()) -> Iterator[Reason]:
    """A module and a name of any installed library."""
    if module in own or module.startswith(tuple(f"{one}." for one in own)):
        return
    verdict = verdict_of(module, name)
    code = "repository-denied-reference" if verdict == "malicious" else "repository-unlisted-reference"
    if verdict != "known-safe":
        yield Reason(code, escape(f"{module}.{name}"), escape(at), verdict)


def _modules(blob: Blob) -> Iterator[Reason]:
    for one in mappings(_json(blob)):
        module, _, name = str(one.get("type", "")).rpartition(".")
        if module and _exists(blob, f"{module.replace('.', '/')}.py"):
            yield Reason("repository-code", f"imports {escape(module)}.{escape(name)}", "type", "unknown")
            yield from _module(blob, module, "type")
        elif name:
            yield from _reference(module, name, "type", ("sentence_transformers",))


def _index(blob: Blob) -> Iterator[Reason]:
    files = mapping(mapping(_json(blob)).get("weight_map")).values()
    for name in sorted({one for one in files if isinstance(one, str)}):
        if relative_path(name) is None or ":" in name or "\\" in name:
            yield Reason("repository-path", f"weights outside the folder: {escape(name)}", "weight_map", "malicious")


def _manifest(blob: Blob) -> Iterator[Reason]:
    for one in mapping(mapping(_json(blob)).get("itemInfoEntries")).values():
        path = text(mapping(one).get("path")) or ""
        if path and relative_path(path) is None:
            yield Reason(
                "repository-path", f"a part outside the package: {escape(path)}", "itemInfoEntries", "malicious"
            )


def _mlmodel(blob: Blob) -> Iterator[Reason]:
    flavours = mapping(mapping(yaml_events.load(blob.text(LIMIT))).get("flavors"))
    for flavour, settings in sorted(flavours.items()):
        fields: Mapping[str, Any] = mapping(settings)
        at = f"flavors.{flavour}"
        module = text(fields.get("loader_module"))
        if module is not None:
            yield from _reference(module, "_load_pyfunc", at, ("mlflow",))
        if (code := text(fields.get("code"))) is not None:
            yield Reason("repository-code", f"imports what lies in {escape(code)}", escape(at), "unknown")
        for key in ("model_code_path", "python_model"):
            file = text(fields.get(key))
            if file is not None and file.endswith(".py"):
                yield Reason("repository-code", f"runs {escape(file)}", escape(at), "unknown")
                inside = file.rpartition("/")[2] if file.startswith("/") else file
                yield from _module(blob, inside.removesuffix(".py").replace("/", "."), at)


def _spacy(blob: Blob) -> Iterator[Reason]:
    for kind, name in sorted(set(_REGISTERED.findall(blob.text(LIMIT)))):
        owner, _, rest = name.partition(".")
        # Names of thinc have no owner: ``Adam.v1``. Every other function is registered by code of its owner.
        if owner not in SPACY and "." in rest:
            yield Reason("repository-unlisted-reference", escape(f"@{kind} {name}"), "config.cfg", "unknown")
