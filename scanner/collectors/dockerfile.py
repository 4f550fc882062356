"""Dockerfiles: which images a built image starts from, and which files of the context go into it."""

from __future__ import annotations

import json
import re
import shlex
from typing import Final

from scanner import identity
from scanner.errors import UNREADABLE, NotExaminable
from scanner.model import ArtifactRef, Evidence, EvidenceBuilder, Proof
from scanner.records.dockerfile_syntax import Instruction, Stage, stages
from scanner.records.references import image_reference, relate_image, without_credentials
from scanner.sources.blob import Blob

NAME: Final = "dockerfile"
VERSION: Final = "1"
LIMIT: Final = 1 << 20
SOURCES: Final = 2_000
_NAMES: Final = re.compile(r"(?:(?:Docker|Container)file(?:\.[A-Za-z0-9_\-.]+)?|[A-Za-z0-9_\-.]+\.[Dd]ockerfile)\Z")
_UNNAMED: Final = re.compile(r"[*?\[$]|\A<<|/\Z|(?:\A|/)\.\Z")
"""Sources that name no one file: patterns, variables, here-documents, folders."""


def wants(blob: Blob) -> bool:
    """A file called ``Dockerfile``, ``Containerfile``, ``Dockerfile.<x>`` or ``<x>.Dockerfile``."""
    return _NAMES.match(blob.name) is not None and not blob.name.endswith((".dockerignore", ".md", ".py"))


def collect(blob: Blob) -> Evidence:
    """The image that the last stage builds. Raises NotExaminable when there is no stage at all."""
    builder = EvidenceBuilder(NAME)
    found = stages(blob.text(LIMIT))
    if not found:
        raise NotExaminable(UNREADABLE, "Dockerfile without a FROM")
    image = builder.artifact(identity.placed("image", blob.path), blob.location, name=blob.path, resolved=False)
    names = {stage.name for stage in found if stage.name}
    for number in _used(found):
        stage = found[number]
        if stage.base.lower() not in names and stage.base != "scratch":
            note = "" if number == len(found) - 1 else f"build stage {stage.name or number}"
            _state_base(builder, blob, image, stage, note)
        for instruction in stage.instructions:
            if instruction.word in ("COPY", "ADD"):
                _state_sources(builder, blob, image, instruction, names, len(found))
    return builder.build()


def _used(found: list[Stage]) -> list[int]:
    """Numbers of the stages that the last one starts from or copies from, in order of the file."""
    by_name = {stage.name: number for number, stage in enumerate(found) if stage.name}
    todo, used = [len(found) - 1], set[int]()
    while todo:
        number = todo.pop()
        if number in used:
            continue
        used.add(number)
        stage = found[number]
        copied = [one.flags["from"].lower() for one in stage.instructions if "from" in one.flags]
        for name in (stage.base.lower(), *copied):
            other = by_name.get(name, int(name) if name.isascii() and name.isdigit() and len(name) < 5 else number)
            if other < number:
                todo.append(other)
    return sorted(used)


def _state_base(builder: EvidenceBuilder, blob: Blob, image: ArtifactRef, stage: Stage, note: str) -> None:
    place = blob.at(f"line {stage.line}")
    reference = image_reference(stage.base)
    if reference is None:
        builder.missed(place, UNREADABLE, "base image that only the build knows")
        return
    relate_image(builder, image, "based_on", reference, place, note)


def _state_sources(
    builder: EvidenceBuilder, blob: Blob, image: ArtifactRef, instruction: Instruction, names: set[str], stages: int
) -> None:
    place = blob.at(f"line {instruction.line}")
    origin = instruction.flags.get("from")
    if origin is not None:
        inside = origin.lower() in names or (origin.isascii() and origin.isdigit() and int(origin[:6]) < stages)
        if not inside and (reference := image_reference(origin)) is not None:
            relate_image(builder, image, "based_on", reference, place, "files copied")
        return
    checksum = identity.hex_digest("sha256", instruction.flags.get("checksum", ""))
    for source in _words(instruction.rest)[:-1][:SOURCES]:
        if "://" in source:
            if checksum is not None:
                file = identity.content("file", checksum)
                builder.artifact(file, name=without_credentials(source), resolved=False)
                builder.relate(image, "built_from", file, Proof.DECLARED, place)
            continue
        # The build context is not recorded; by habit it is the folder of the Dockerfile.
        path = identity.beside(blob.path, source)
        if path is not None and not _UNNAMED.search(source):
            builder.relate(image, "built_from", identity.at_path("file", path), Proof.INFERRED, place)


def _words(rest: str) -> list[str]:
    if rest.startswith("["):
        try:
            found = json.loads(rest)
        except (ValueError, RecursionError):
            return []
        return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []
    try:
        return shlex.split(rest)
    except ValueError:
        return rest.split()
