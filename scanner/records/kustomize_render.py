"""What a kustomization makes of its local resources: the objects after patches, names, labels and images.

Source: kustomization file reference. Files are opened beside the kustomization only, never outside the scanned root, and
nothing is run: generators, plugins, replacements and remote bases are left out, and told by name.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import ArtifactRef
from scanner.records import yaml_events
from scanner.records.kubernetes_objects import OBJECTS, KubernetesObject, objects
from scanner.records.manifests import object_ref
from scanner.records.plain import Plain, at, mapping, mappings, sequence, text, texts
from scanner.sources.blob import Blob

NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
FILES: Final = 500
DEPTH: Final = 16
LEFT_OUT: Final = ("generators", "transformers", "replacements", "vars", "helmCharts", "helmChartInflationGenerator")
REMOTE: Final = re.compile(r"(?:[a-z][a-z0-9+.\-]*://|git@|(?:[a-z0-9\-]+\.)+[a-z]{2,}/[^/]+/)")
_IMAGE: Final = re.compile(r"(?P<name>[^@]*?)(?::[^:/@]*)?(?:@.*)?\Z", re.DOTALL)
_KEYED: Final = ("containers", "initContainers", "ephemeralContainers", "volumes", "env")
"""Lists that a strategic merge joins by the member called ``name``."""

Fields = dict[str, Plain]


@dataclass(slots=True)
class Rendered:
    """The objects of a kustomization, and what of it was not applied."""

    objects: list[Fields] = field(default_factory=list)
    origins: list[tuple[ArtifactRef, ...]] = field(default_factory=list)
    """Of each object, the deployment that its manifest would be, and that of every kustomization on the way."""
    left_out: set[str] = field(default_factory=set)
    images_used: set[str] = field(default_factory=set)
    """Names of its own image entries that some object uses."""


def render(blob: Blob) -> Rendered:
    """Render the kustomization in ``blob``. Raises NotExaminable when it or a file it names cannot be read."""
    return _Renderer().kustomization(blob, 0)


def workloads(rendered: Rendered) -> Iterator[tuple[KubernetesObject, tuple[ArtifactRef, ...]]]:
    """The rendered objects as Kubernetes objects, each with what it was rendered from."""
    for fields, origins in zip(rendered.objects, rendered.origins, strict=True):
        yield from ((item, origins) for item in objects(fields))


@dataclass(slots=True)
class _Renderer:
    left: int = FILES
    open: list[str] = field(default_factory=list)

    def kustomization(self, blob: Blob, depth: int) -> Rendered:
        if depth > DEPTH or blob.path in self.open:
            raise NotExaminable(OVER_LIMIT, "kustomizations that lead back to themselves or too deep")
        self.open.append(blob.path)
        data = mapping(yaml_events.load(blob.text()))
        found = Rendered(left_out={key for key in LEFT_OUT if data.get(key)})
        for resource in [one for key in ("resources", "bases", "components") for one in texts(data.get(key))]:
            self._resource(found, blob, resource, depth)
        if len(found.objects) > OBJECTS:
            raise NotExaminable(OVER_LIMIT, f"more than {OBJECTS} Kubernetes objects")
        for patch, target in self._patches(blob, data):
            _apply(found.objects, patch, target)
        kept = [at for at, one in enumerate(found.objects) if text(one.get("$patch")) != "delete"]
        found.objects = [found.objects[at] for at in kept]
        found.origins = [found.origins[at] for at in kept]
        _rename(found.objects, data)
        entries = {name: entry for entry in mappings(data.get("images")) if (name := text(entry.get("name")))}
        for item in found.objects if entries else ():
            found.images_used |= _replace_images(item, entries)
        self.open.pop()
        return found

    def _resource(self, found: Rendered, blob: Blob, name: str, depth: int) -> None:
        if REMOTE.match(name):
            found.left_out.add("remote bases")
            return
        for kustomization in NAMES:
            if (base := self._near(blob, posixpath.join(name, kustomization))) is not None:
                below = self.kustomization(base, depth + 1)
                for fields, origins in zip(below.objects, below.origins, strict=True):
                    found.objects.append(fields)
                    found.origins.append((*origins, *(_deployment(base, item) for item in objects(fields))))
                found.left_out |= below.left_out
                return
        file = self._near(blob, name)
        if file is None:
            found.left_out.add("resources that are not here")
            return
        for document in yaml_events.load_all(file.text()):
            for item in objects(document.data):
                found.objects.append(dict(item.fields))
                found.origins.append((_deployment(file, item),))

    def _near(self, blob: Blob, name: str) -> Blob | None:
        self.left -= 1
        if self.left < 0:
            raise NotExaminable(OVER_LIMIT, f"more than {FILES} files of a kustomization")
        return blob.near(name) if blob.near is not None else None

    def _patches(self, blob: Blob, data: Mapping[str, Plain]) -> Iterator[tuple[Plain, Mapping[str, Plain]]]:
        """Each patch with what it is meant for; nothing where the patch says so itself."""
        for written in texts(data.get("patchesStrategicMerge")):
            inline = "\n" in written or ": " in written
            yield from ((one, {}) for one in self._documents(blob, None if inline else written, written))
        for entry in mappings(data.get("patches")) + mappings(data.get("patchesJson6902")):
            path, inline_text = text(entry.get("path")), str(entry.get("patch") or "")
            yield from ((one, mapping(entry.get("target"))) for one in self._documents(blob, path, inline_text))

    def _documents(self, blob: Blob, path: str | None, inline: str) -> list[Plain]:
        if path is None:
            return [one.data for one in yaml_events.load_all(inline)]
        file = self._near(blob, path)
        if file is None:
            raise NotExaminable(UNREADABLE, "a patch that is not here")
        return [one.data for one in yaml_events.load_all(file.text())]


def _deployment(blob: Blob, item: KubernetesObject) -> ArtifactRef:
    return object_ref("deployment", blob, item, blob.location)


def _apply(found: list[Fields], patch: Plain, target: Mapping[str, Plain]) -> None:
    fields = mapping(patch)
    wanted = target or {"kind": fields.get("kind"), "name": at(fields, "metadata", "name")}
    for number, item in enumerate(found):
        if not _meant(item, wanted):
            continue
        if fields:
            found[number] = _merged(item, fields)
        else:
            for operation in mappings(patch):
                found[number] = dict(mapping(_operated(found[number], operation)))


def _meant(item: Fields, target: Mapping[str, Plain]) -> bool:
    """Whether a patch's target selects an object: kind exactly, name and namespace by anchored patterns."""
    kind = text(target.get("kind"))
    if kind is not None and kind != item.get("kind"):
        return False
    for key in ("name", "namespace"):
        pattern = text(target.get(key))
        # A foreign pattern could run without end: only plain names are compared, and the pattern for everything.
        if pattern not in (None, ".*") and pattern != text(at(item, "metadata", key)):
            return False
    return True


def _merged(base: Mapping[str, Plain], patch: Mapping[str, Plain]) -> Fields:
    """A strategic merge (Kubernetes API conventions): mappings are joined, known lists by name, others replaced."""
    result = dict(base)
    for key, value in patch.items():
        old = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(old, Mapping):
            result[key] = _merged(old, value)
        elif key in _KEYED and mappings(value) and isinstance(old, list):
            result[key] = _merged_list(mappings(old), mappings(value))
        else:
            result[key] = value
    return result


def _merged_list(base: list[Mapping[str, Plain]], patch: list[Mapping[str, Plain]]) -> list[Plain]:
    result: dict[str, Mapping[str, Plain]] = {str(one.get("name")): one for one in base}
    for one in patch:
        name = str(one.get("name"))
        if one.get("$patch") == "delete":
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name, {}), one)
    return list(result.values())


def _operated(value: Plain, operation: Mapping[str, Plain]) -> Plain:
    """A JSON patch operation (RFC 6902): add, replace and remove; the others change no image and are passed over."""
    name, path = text(operation.get("op")), text(operation.get("path")) or ""
    if name not in ("add", "replace", "remove") or not path.startswith("/"):
        return value
    keys = [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]
    return _changed(value, keys, operation.get("value"), name)


def _changed(value: Plain, keys: list[str], new: Plain, name: str) -> Plain:
    key, rest = keys[0], keys[1:]
    if isinstance(value, Mapping):
        result = dict(value)
        if rest:
            if key in result:
                result[key] = _changed(result[key], rest, new, name)
        elif name == "remove":
            result.pop(key, None)
        else:
            result[key] = new
        return result
    members = list(sequence(value))
    if not isinstance(value, list) or not (key == "-" or (key.isdecimal() and int(key) < len(members))):
        return value
    if key == "-":
        return [*members, new] if not rest and name == "add" else value
    place = int(key)
    if rest:
        members[place] = _changed(members[place], rest, new, name)
    else:
        members[place : place + (name != "add")] = [] if name == "remove" else [new]
    return members


def _rename(found: list[Fields], data: Mapping[str, Plain]) -> None:
    prefix, suffix, namespace = (text(data.get(key)) or "" for key in ("namePrefix", "nameSuffix", "namespace"))
    labels: Fields = dict(mapping(data.get("commonLabels")))
    for entry in mappings(data.get("labels")):
        labels |= mapping(entry.get("pairs"))
    for item in found:
        metadata = dict(mapping(item.get("metadata")))
        if (name := text(metadata.get("name"))) is not None:
            metadata["name"] = f"{prefix}{name}{suffix}"
        if namespace:
            metadata["namespace"] = namespace
        if labels:
            metadata["labels"] = {**mapping(metadata.get("labels")), **labels}
        item["metadata"] = metadata


def _replace_images(item: Fields, entries: Mapping[str, Mapping[str, Plain]]) -> set[str]:
    """Set the image of every container that runs one of these names; the names that were met."""
    used: set[str] = set()

    def changed(written: str) -> str:
        match = _IMAGE.match(written)
        entry = entries.get(match["name"]) if match is not None else None
        if match is None or entry is None:
            return written
        used.add(match["name"])
        new, tag, digest = (text(entry.get(key)) for key in ("newName", "newTag", "digest"))
        base = new or match["name"]
        if digest is not None:
            return f"{base}@{digest}"
        return f"{base}:{tag}" if tag is not None else base + written[match.end("name") :]

    for key, value in item.items():
        item[key] = _mapped(value, changed)
    return used


def _mapped(value: Plain, change: Callable[[str], str]) -> Plain:
    if isinstance(value, Mapping):
        result = {key: _mapped(member, change) for key, member in value.items()}
        for key in ("containers", "initContainers", "ephemeralContainers"):
            if isinstance(result.get(key), list):
                result[key] = [
                    {**one, "image": change(str(one["image"]))}
                    if isinstance(one, Mapping) and one.get("image")
                    else one
                    for one in sequence(result[key])
                ]
        return result
    return [_mapped(member, change) for member in value] if isinstance(value, list) else value
