"""Chat templates in files of their own and in the configuration of a tokenizer or processor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scanner.inspectors.chat_template import template_reasons
from scanner.inspectors.keras_objects import parse
from scanner.inspectors.statements import state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.sources.blob import Blob

NAME: Final = "template_files"
VERSION: Final = "1"
LIMIT: Final = 64 << 20
CONFIGURATIONS: Final = frozenset(
    {"tokenizer_config.json", "chat_template.json", "processor_config.json", "preprocessor_config.json"}
)
KEY: Final = "chat_template"
FOLDER: Final = "additional_chat_templates"


def wants(blob: Blob) -> bool:
    """Whether the name is one that transformers reads chat templates from; only names tell."""
    return blob.name in CONFIGURATIONS or _is_template(blob)


def _is_template(blob: Blob) -> bool:
    return blob.name.endswith(".jinja") and (blob.name.startswith(KEY) or f"{FOLDER}/" in blob.path)


def inspect(blob: Blob) -> Evidence:
    """Verdict of the templates in one file; empty evidence for a configuration without any. Raises NotExaminable."""
    builder = EvidenceBuilder(NAME)
    templates = [("template", blob.text())] if _is_template(blob) else [*_templates(parse(blob.read(LIMIT)))]
    if templates:
        reasons = [reason for place, text in templates for reason in template_reasons(text, place)]
        state_reasons(builder, blob, reasons, "templates that only read messages")
    return builder.build()


def _templates(value: Any) -> Iterator[tuple[str, str]]:
    """The template under ``chat_template``: a text, a mapping of names to texts, or a list of named ones."""
    held = value.get(KEY) if isinstance(value, dict) else None
    if isinstance(held, str):
        yield KEY, held
    elif isinstance(held, dict):
        yield from ((f"{KEY} {name[:80]!a}", text) for name, text in held.items() if isinstance(text, str))
    elif isinstance(held, list):
        for one in held:
            if isinstance(one, dict) and isinstance(one.get("template"), str):
                yield f"{KEY} {str(one.get('name'))[:80]!a}", one["template"]
