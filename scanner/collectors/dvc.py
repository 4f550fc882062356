"""DVC: tracked files (``*.dvc``), locked pipeline stages (``dvc.lock``) and pipeline definitions (``dvc.yaml``).

DVC names content by md5: of the raw bytes since version 3 (``hash: md5``), of text with Unix line ends before
(``md5-dos2unix``), and for a directory of its list of files (``.dir``).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.model import ArtifactRef, Claim, Evidence, EvidenceBuilder, Json, Location, Proof
from scanner.records import yaml_events
from scanner.records.commands import installs
from scanner.records.plain import Plain, at, mapping, mappings, sequence, text, texts
from scanner.records.references import is_commit, without_credentials
from scanner.records.secrets import redacted_value
from scanner.sources.blob import Blob

NAME: Final = "dvc"
VERSION: Final = "1"
ENTRIES: Final = 20_000
"""Files and relationships stated of one record."""


def wants(blob: Blob) -> bool:
    """``dvc.lock``, ``dvc.yaml`` and ``<file>.dvc``."""
    return blob.name in ("dvc.lock", "dvc.yaml") or (blob.name.endswith(".dvc") and len(blob.name) > 4)


def collect(blob: Blob) -> Evidence:
    """What the record tracks and produces. Raises NotExaminable when it is no record of DVC."""
    record = _Record(blob, EvidenceBuilder(NAME))
    data = mapping(yaml_events.load(blob.text()))
    if blob.name == "dvc.lock":
        record.read_lock(data)
    elif blob.name == "dvc.yaml":
        record.read_definition(data)
    else:
        record.read_tracked(data)
    return record.builder.build()


@dataclass(slots=True)
class _Record:
    blob: Blob
    builder: EvidenceBuilder
    left: int = ENTRIES

    def read_tracked(self, data: Mapping[str, Plain]) -> None:
        if not mappings(data.get("outs")):
            raise NotExaminable(UNREADABLE, "DVC file without outputs")
        base = _folder(text(data.get("wdir")))
        place = self.blob.at("outs")
        outs = self._files(data.get("outs"), base, place)
        for number, dependency in enumerate(mappings(data.get("deps"))):
            where = self.blob.at(f"deps[{number}]")
            origin = self._imported(dependency) or self._file(dependency, base, where)
            if origin is not None:
                proof = Proof.MATCHED if identity.is_content(origin) else Proof.DECLARED
                for out in outs:
                    self.builder.relate(out, "derived_from", origin, proof, where)

    def read_lock(self, data: Mapping[str, Plain]) -> None:
        stages = data.get("stages") if "schema" in data else data
        if not isinstance(stages, Mapping):
            raise NotExaminable(UNREADABLE, "DVC lock file without stages")
        for name, stage in stages.items():
            fields = mapping(stage)
            place = self.blob.at(f"stage {name[:100]}")
            pipeline = self._stage(name, fields, place)
            used = self._files(fields.get("deps"), "", place)
            made = self._files(fields.get("outs"), "", place)
            self._spend(len(used) * len(made))
            # A locked stage is the record of its last execution; the definition is only what was asked for.
            run = self.builder.artifact(
                identity.record("run", "dvc", self.blob.path, name[:200]), place, name=f"dvc {name[:200]}"
            )
            self.builder.relate(run, "used", pipeline, Proof.DECLARED, place)
            for dependency in used:
                self.builder.relate(run, "used", dependency, Proof.MATCHED, place)
            for out in made:
                self.builder.relate(out, "generated_by", run, Proof.MATCHED, place)
                for dependency in used:
                    self.builder.relate(out, "derived_from", dependency, Proof.MATCHED, place, f"stage {name[:100]}")
            if (parameters := _flat(fields.get("params"))) != []:
                self.builder.state(run, "parameters", parameters, place)

    def read_definition(self, data: Mapping[str, Plain]) -> None:
        for name, stage in mapping(data.get("stages")).items():
            fields = mapping(at(stage, "do") or stage)
            place = self.blob.at(f"stage {name[:100]}")
            pipeline = self._stage(name, fields, place)
            base = _folder(text(fields.get("wdir")))
            used = [path for item in texts(fields.get("deps")) if (path := self._path(item, base)) is not None]
            outs = (text(item) or next(iter(mapping(item)), "") for item in sequence(fields.get("outs")))
            made = [path for item in outs if (path := self._path(item, base)) is not None]
            self._spend(len(used) + len(made))
            for path in used:
                self.builder.relate(pipeline, "used", identity.at_path("file", path), Proof.INFERRED, place)
            for path in made:
                self.builder.relate(identity.at_path("file", path), "generated_by", pipeline, Proof.INFERRED, place)
        for name, artifact in mapping(data.get("artifacts")).items():
            self._artifact(name, mapping(artifact))

    def _artifact(self, name: str, fields: Mapping[str, Plain]) -> None:
        kind = text(fields.get("type"))
        path = self._path(text(fields.get("path")) or "", "")
        if kind not in ("model", "dataset") or path is None:
            return
        place = self.blob.at(f"artifact {name[:100]}")
        ref = identity.placed(kind, self.blob.path, name[:200])
        self.builder.artifact(ref, place, name=name[:200], resolved=False)
        self.builder.relate(ref, "contains", identity.at_path("file", path), Proof.INFERRED, place)
        if kind == "model" and (task := text(fields.get("desc"))) is not None:
            self.builder.state(ref, "task", task, place)

    def _stage(self, name: str, fields: Mapping[str, Plain], place: Location) -> ArtifactRef:
        """A stage: the same pipeline in its definition and in the lock file beside it."""
        definition = posixpath.join(posixpath.dirname(self.blob.path), "dvc.yaml")
        ref = self.builder.artifact(identity.placed("pipeline", definition, name[:200]), place, name=name[:200])
        found = installs("\n".join(texts(fields.get("cmd"))))
        pinned = all(install.pinned for install in found)
        steps: list[Json] = [{"id": name[:200], "pinned": pinned, "installs_at_run_time": bool(found)}]
        self.builder.state(ref, "steps", steps, place)
        return ref

    def _files(self, entries: Plain, base: str, place: Location) -> list[ArtifactRef]:
        found = [self._file(entry, base, place) for entry in mappings(entries)]
        return [ref for ref in found if ref is not None]

    def _file(self, entry: Mapping[str, Plain], base: str, place: Location) -> ArtifactRef | None:
        """The file or directory of one entry by its digest, with its place and size as a claim."""
        self._spend(1)
        digest = text(entry.get("md5"))
        path = self._path(text(entry.get("path")) or "", base)
        if digest is None:
            if path is None or any(key in entry for key in ("etag", "checksum", "version_id")):
                self.builder.missed(place, UNSUPPORTED, "DVC entry without an md5")
                return None
            return self.builder.artifact(identity.at_path("file", path), name=path, resolved=False)
        hexadecimal = identity.hex_digest("md5", digest.removesuffix(".dir"))
        if hexadecimal is None:
            self.builder.missed(place, UNREADABLE, "DVC entry with an impossible md5")
            return None
        raw = entry.get("hash") == "md5"
        algorithm = "dvc-dir" if digest.endswith(".dir") else "md5" if raw else "md5-dos2unix"
        ref = identity.content("file", hexadecimal, algorithm)
        self.builder.artifact(ref, name=path, resolved=False)
        # What DVC 2 recorded as size of a text with other line ends is not the size of the bytes.
        self.builder.claims.append(Claim(ref, _size(entry) if algorithm == "md5" else None, path))
        return ref

    def _imported(self, dependency: Mapping[str, Plain]) -> ArtifactRef | None:
        """What an import came from: a path of another repository at a fixed commit."""
        url, path = text(at(dependency, "repo", "url")), text(dependency.get("path"))
        if url is None or path is None:
            return None
        revision = text(at(dependency, "repo", "rev_lock")) or text(at(dependency, "repo", "rev")) or ""
        address = without_credentials(url)
        version = revision if is_commit(revision) else None
        ref = identity.record("file", "dvc", address, f"{path}@{revision}")
        return self.builder.artifact(ref, name=f"{address} {path}", version=version, resolved=False)

    def _path(self, path: str, base: str) -> str | None:
        # Stages made by templates keep their variables here.
        return identity.beside(self.blob.path, base + path) if path and "${" not in path else None

    def _spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise NotExaminable(OVER_LIMIT, f"more than {ENTRIES} entries in a DVC record")


def _folder(wdir: str | None) -> str:
    return f"{wdir}/" if wdir else ""


def _size(entry: Mapping[str, Plain]) -> int | None:
    size = text(entry.get("size")) or ""
    return int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None


def _flat(parameters: Plain) -> list[Json]:
    """``file:a.b`` → value of the nested parameters of every file, secrets redacted."""
    found: list[Json] = []
    todo = [(str(file), value) for file, value in sorted(mapping(parameters).items(), reverse=True)]
    while todo and len(found) < 1000:
        name, value = todo.pop()
        if isinstance(value, Mapping):
            separator = "." if ":" in name else ":"
            todo.extend((f"{name}{separator}{key}"[:500], item) for key, item in sorted(value.items(), reverse=True))
        else:
            written = ", ".join(texts(value)) if not isinstance(value, str) else value
            found.append({"name": name, "value": redacted_value(name, written[:500])})
    return found
