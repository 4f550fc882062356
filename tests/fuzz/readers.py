"""The readers below the components as targets: whole files, archives, records, names, and what models carry as text."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from typing import Final

from scanner import examine, formats, identity
from scanner.collectors import git
from scanner.errors import NotExaminable
from scanner.inspectors import chat_template, metadata_text, payload, python_effects
from scanner.model import Evidence
from scanner.records import (
    berkeley_hash,
    commands,
    deb822,
    delimited,
    dockerfile_syntax,
    git_pack,
    hcl_blocks,
    jenkinsfile_syntax,
    json_bounded,
    kubernetes_objects,
    licences,
    markdown,
    parquet_footer,
    protobuf,
    python_markers,
    python_packages,
    references,
    rpm_header,
    secrets,
    sqlite_readonly,
    text_proto,
    times,
    toml_bounded,
    ubjson,
    wandb_log,
    xml_bounded,
    yaml_events,
)
from scanner.sources import seven_zip, zip_archive
from scanner.sources.archive import Budget, Members, untar
from scanner.sources.blob import Blob, blob_of_bytes
from scanner.sources.directory import Handle
from tests.fuzz import git_folder
from tests.fuzz.components import expect_sound
from tests.fuzz.scratch import written
from tests.fuzz.targets import Target, ending, holding, seeded

PACKED: Final = (NotExaminable, EOFError, OSError, ValueError)
"""What the examination takes for a broken archive."""
MAGIC: Final = tuple(magic for magic, name in formats.MAGIC if name in formats.COMPRESSED)


def _text(data: bytes) -> str:
    """The bytes as the text that a collector would read."""
    return blob_of_bytes("content", data).text()


def examined(data: bytes) -> None:
    """The whole examination of one file; what a nested parser let out ends there and is looked for in the evidence."""
    path = written(data, "content.bin")
    for found in examine.examine(Handle("content.bin", str(path), str(path.parent), len(data))):
        _expect_told(found)


def _expect_told(found: Evidence) -> None:
    expect_sound(found)
    for one in found.not_examined:
        assert " met " not in one.detail and not one.detail.startswith("out of"), f"{found.by}: {one}"


def _members(opened: Callable[[Blob, Budget], Members]) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        for part in opened(blob_of_bytes("archive", data), Budget()).parts:
            if isinstance(part, Blob):
                part.read()

    return read


def _untar(blob: Blob, budget: Budget) -> Members:
    return untar(blob.open(), blob.path, blob.size, budget)


def _seven_zip_with_checksums(data: bytes) -> None:
    """A 7z archive whose two header checksums are put right, so that changes reach the records behind them."""
    fixed = bytearray(data)
    if len(fixed) >= 32:
        offset, size = struct.unpack_from("<QQ", fixed, 12)
        fixed[28:32] = struct.pack("<I", zlib.crc32(fixed[32 + offset : 32 + offset + size]))
        fixed[8:12] = struct.pack("<I", zlib.crc32(fixed[12:32]))
    _members(seven_zip.un7z)(bytes(fixed))


def _protobuf(data: bytes) -> None:
    for _, value in protobuf.fields(memoryview(data)):
        protobuf.text(value)
        if isinstance(value, memoryview):
            protobuf.varints(value)


def _rpm_header(data: bytes) -> None:
    header = rpm_header.read(data)
    for tag in header:
        rpm_header.text(header, tag)
        rpm_header.texts(header, tag)
        rpm_header.numbers(header, tag)
    list(rpm_header.files(header))


def _sqlite(data: bytes) -> None:
    with sqlite_readonly.opened(blob_of_bytes("store.db", data)) as database:
        for table in sorted(database.tables):
            database.rows(table, sorted(database.columns(table)))


def _delimited(data: bytes) -> None:
    blob = blob_of_bytes("table.csv", data)
    if (found := delimited.layout(blob)) is not None:
        list(delimited.rows(blob, found))


def _dockerfile(data: bytes) -> None:
    for stage in dockerfile_syntax.stages(_text(data)):
        for instruction in stage.instructions:
            dockerfile_syntax.arguments(dockerfile_syntax.replaced(instruction.rest, {"A": "b"}))
            commands.installs(instruction.rest)


def _names(data: bytes) -> None:
    """The readers of one name, version, address or time, for each line of the text."""
    for line in _text(data).splitlines()[:50]:
        python_packages.name_of(line)
        python_packages.version_of(line)
        python_packages.file_version(line)
        if (requirement := python_packages.requirement_of(line)) is not None:
            python_packages.exact_version(requirement)
        python_markers.Evaluator(python_markers.Target("3.11")).holds(line)
        references.without_credentials(line)
        references.image_reference(line)
        times.moment(line)
        times.from_text(line)
        licences.licence_ids([line])
        identity.canonical_purl(line)
        identity.relative_path(line)
        identity.beside("a/b", line)


def _markdown(data: bytes) -> None:
    markdown.front_matter(_text(data))
    markdown.section(_text(data), re.compile("intended use", re.IGNORECASE))


def _kubernetes(data: bytes) -> None:
    for document in yaml_events.load_all(_text(data)):
        for item in kubernetes_objects.objects(document.data):
            for spec in kubernetes_objects.pod_specs(item):
                kubernetes_objects.containers(spec)
            kubernetes_objects.statuses(item)


def _secrets(data: bytes) -> None:
    text = _text(data)
    secrets.find(text)
    secrets.redact(text)
    secrets.redacted_value("PASSWORD", text)


def targets() -> list[Target]:
    """Whole files and archives, then records, then texts inside of models."""
    only = (NotExaminable,)
    no_error: tuple[type[Exception], ...] = ()
    yaml = ending(".yaml", ".yml")
    texts = ending(".txt", ".md", ".in", ".toml", ".yaml", "METADATA", "names")
    return [
        Target("file", examined, no_error, holding(b"\x80\x04", b"{", b"\x93NUMPY", b"GGUF", b"\x89HDF"), examine),
        Target("file_zip", examined, no_error, holding(b"PK\x03\x04"), examine),
        Target("file_packed", examined, no_error, holding(*MAGIC, b"\x78\x9c"), examine),
        Target("formats", lambda data: formats.sniff(data[:4096], len(data)), no_error, holding(b""), formats),
        Target("zip", _members(zip_archive.unzip), PACKED, holding(b"PK\x03\x04"), zip_archive),
        Target("tar", _members(_untar), PACKED, holding(b"ustar"), examine),
        Target("seven_zip", _seven_zip_with_checksums, PACKED, holding(b"7z\xbc\xaf"), seven_zip),
        Target("git_folder", git_folder.read_folder, only, seeded("git_folder"), git),
        Target("git_pack", git_folder.read_pack, only, seeded("git_pack"), git_pack),
        Target(
            "berkeley_hash",
            lambda data: list(berkeley_hash.values(blob_of_bytes("Packages", data))),
            only,
            ending("/Packages"),
            berkeley_hash,
        ),
        Target("commands", lambda data: commands.installs(_text(data)), only, ending(".sh", "commands"), commands),
        Target(
            "deb822",
            lambda data: list(deb822.paragraphs(_text(data), {"Package", "Version"})),
            only,
            ending("/status", "METADATA"),
            deb822,
        ),
        Target("delimited", _delimited, only, ending(".csv", ".tsv"), delimited),
        Target("dockerfile_syntax", _dockerfile, only, ending("Dockerfile"), dockerfile_syntax),
        Target("hcl_blocks", lambda data: hcl_blocks.load(_text(data)), only, ending(".hcl"), hcl_blocks),
        Target(
            "jenkinsfile_syntax",
            lambda data: jenkinsfile_syntax.uses(_text(data)),
            only,
            ending("Jenkinsfile"),
            jenkinsfile_syntax,
        ),
        Target("json_bounded", lambda data: json_bounded.loads(_text(data)), only, ending(".json"), json_bounded),
        Target("kubernetes_objects", _kubernetes, only, yaml, kubernetes_objects),
        Target("markdown", _markdown, only, ending(".md"), markdown),
        Target("names", _names, only, texts, references),
        Target(
            "parquet_footer",
            lambda data: parquet_footer.footer(blob_of_bytes("table.parquet", data)),
            only,
            holding(b"PAR1"),
            parquet_footer,
        ),
        Target("protobuf", _protobuf, only, ending(".pb", ".onnx", ".pdmodel"), protobuf),
        Target("rpm_header", _rpm_header, only, seeded("rpm_header"), rpm_header),
        Target("secrets", _secrets, only, texts, secrets),
        Target("sqlite_readonly", _sqlite, only, holding(b"SQLite format 3\0"), sqlite_readonly),
        Target("text_proto", lambda data: text_proto.loads(_text(data)), only, ending(".pbtxt", ".config"), text_proto),
        Target(
            "toml_bounded", lambda data: toml_bounded.loads(_text(data)), only, ending(".toml", ".lock"), toml_bounded
        ),
        Target("ubjson", lambda data: ubjson.loads(memoryview(data)), only, ending(".ubj"), ubjson),
        Target(
            "wandb_log",
            lambda data: list(wandb_log.records(blob_of_bytes("run.wandb", data))),
            only,
            ending(".wandb"),
            wandb_log,
        ),
        Target("xml_bounded", xml_bounded.loads, only, ending(".xml", ".pmml"), xml_bounded),
        Target("yaml_events", lambda data: yaml_events.load_all(_text(data)), only, yaml, yaml_events),
        Target(
            "chat_template",
            lambda data: chat_template.template_reasons(_text(data), "template"),
            only,
            ending(".jinja"),
            chat_template,
        ),
        Target(
            "metadata_text", lambda data: metadata_text.text_reasons(_text(data), "key"), only, texts, metadata_text
        ),
        Target(
            "payload",
            lambda data: payload.payload_reasons(memoryview(data), 0, "tensor"),
            only,
            holding(b"\x80"),
            payload,
        ),
        Target("python_effects", python_effects.effects, only, ending(".py", ".pth"), python_effects),
    ]
