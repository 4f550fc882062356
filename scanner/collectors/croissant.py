"""Croissant descriptions of datasets: files with their digests, licence, columns and dates.

Source: Croissant format specification 1.0 and its responsible AI extension. The document is read as plain JSON with the
usual prefixes; a ``FileSet`` names files by pattern and carries no digest, so that its files are not stated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from scanner import identity
from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.model import Alias, ArtifactRef, Claim, Evidence, EvidenceBuilder, Json, Proof
from scanner.records import json_bounded
from scanner.records.licences import licence_ids
from scanner.records.plain import Plain, at, mapping, mappings, text, texts
from scanner.records.references import without_credentials
from scanner.records.times import from_text
from scanner.sources.blob import Blob

NAME: Final = "croissant"
VERSION: Final = "1"
FILES: Final = 20_000
_MARK: Final = b"mlcommons.org/croissant/"
_PREFIX: Final = re.compile(r"(?:sc|cr|rai|dct|schema):(?=[A-Za-z])")
_COMMONS: Final = re.compile(
    r"https?://creativecommons\.org/(?:licenses/(?P<terms>[a-z\-]{2,10})|(?P<zero>publicdomain/zero))/(?P<version>\d\.\d)"
)
_SPDX: Final = re.compile(r"https?://spdx\.org/licenses/(?P<id>[A-Za-z0-9.\-+]+?)(?:\.html|\.json)?/?\Z")
_NOTHING: Final = frozenset({"none", "no", "n/a", "not applicable"})


def wants(blob: Blob) -> bool:
    """JSON that names the Croissant vocabulary and has files or records."""
    known = blob.content if blob.content is not None else blob.head
    if not blob.name.lower().endswith((".json", ".jsonld")) or not blob.head.lstrip().startswith(b"{"):
        return False
    return _MARK in known and (b"istribution" in known or b"ecordSet" in known)


def collect(blob: Blob) -> Evidence:
    """The described dataset and the files it contains. Raises NotExaminable for JSON that describes none."""
    data = _described(mapping(json_bounded.loads(blob.text())))
    if "distribution" not in data and "recordSet" not in data:
        raise NotExaminable(UNREADABLE, "Croissant description without files and records")
    builder = EvidenceBuilder(NAME)
    name = text(data.get("name")) or blob.name
    dataset = identity.placed("dataset", blob.path, name)
    builder.artifact(dataset, blob.location, name=name, version=text(data.get("version")), resolved=False)
    _state_files(builder, blob, dataset, data.get("distribution"))
    licences: list[Json] = list(licence_ids(_licence(one) for one in _words(data.get("license"))))
    builder.state(dataset, "licences", licences, blob.at("license"))
    _state_content(builder, blob, dataset, data)
    _state_origin(builder, blob, dataset, data)
    _state_document(builder, blob, dataset, data)
    return builder.build()


def _described(value: Mapping[str, Plain]) -> Mapping[str, Plain]:
    """The dataset without prefixes of its keys; of a graph of things, the one that has files."""
    whole = _unprefixed(value)
    for thing in _many(whole.get("@graph")):
        if {"distribution", "recordSet"} & (fields := _unprefixed(thing)).keys():
            return fields
    return whole


def _unprefixed(fields: Mapping[str, Plain]) -> dict[str, Plain]:
    return {_PREFIX.sub("", key, count=1): value for key, value in fields.items()}


def _many(value: Plain) -> list[Mapping[str, Plain]]:
    """JSON-LD writes a list of one thing as the thing."""
    return [value] if isinstance(value, Mapping) else mappings(value)


def _words(value: Plain) -> list[str]:
    """Texts, or the addresses of things that stand for them."""
    members: Sequence[Plain] = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    found = (text(one) or text(at(one, "url")) or text(at(one, "@id")) or text(at(one, "name")) for one in members)
    return [word for word in found if word is not None]


def _state_files(builder: EvidenceBuilder, blob: Blob, dataset: ArtifactRef, distribution: Plain) -> None:
    files = [_unprefixed(one) for one in _many(distribution)]
    if len(files) > FILES:
        raise NotExaminable(OVER_LIMIT, f"more than {FILES} files in a Croissant description")
    for number, fields in enumerate(files):
        if (text(fields.get("@type")) or "").rpartition(":")[2] == "FileSet":
            continue
        place = blob.at(f"distribution[{number}]")
        file = _file(builder, blob, fields)
        if file is None:
            builder.missed(place, UNREADABLE, "file without a digest and without a path beside its description")
        else:
            proof = Proof.MATCHED if identity.is_content(file) else Proof.INFERRED
            builder.relate(dataset, "contains", file, proof, place)
    if len(files) == 1 and (sha256 := identity.hex_digest("sha256", text(files[0].get("sha256")) or "")):
        # A dataset of one file is known by that file wherever it lies.
        same = builder.artifact(identity.content("dataset", sha256), resolved=False)
        rule = "sha256 of the only file that the description names"
        builder.aliases.append(Alias(dataset, same, Proof.DECLARED, rule, blob.at("distribution[0]")))


def _file(builder: EvidenceBuilder, blob: Blob, fields: Mapping[str, Plain]) -> ArtifactRef | None:
    """The file by its digest, else by its place beside the description; the address of another host names no place."""
    address = text(fields.get("contentUrl")) or ""
    path = identity.beside(blob.path, address) if "://" not in address else None
    name = path or without_credentials(address) or text(fields.get("name"))
    for algorithm in ("sha256", "md5"):
        if (digest := identity.hex_digest(algorithm, text(fields.get(algorithm)) or "")) is not None:
            file = builder.artifact(identity.content("file", digest, algorithm), name=name, resolved=False)
            builder.claims.append(Claim(file, _size(fields), path, published=True))
            return file
    if path is None or "containedIn" in fields:
        return None
    return builder.artifact(identity.at_path("file", path), name=name, resolved=False)


def _size(fields: Mapping[str, Plain]) -> int | None:
    """Bytes where the size is exact; ``1.2 MB`` is not."""
    found = re.fullmatch(r"(\d{1,15})(?: ?B)?", text(fields.get("contentSize")) or "", re.ASCII)
    return int(found[1]) if found else None


def _state_content(builder: EvidenceBuilder, blob: Blob, dataset: ArtifactRef, data: Mapping[str, Plain]) -> None:
    columns = {
        name.rpartition("/")[2]
        for records in _many(data.get("recordSet"))
        for field in _many(_unprefixed(records).get("field"))
        if (name := text(_unprefixed(field).get("name")) or text(field.get("@id"))) is not None
    }
    if columns:
        builder.state(dataset, "columns", list[Json](sorted(columns)[:FILES]), blob.at("recordSet"))
    personal = [one.strip().lower() for one in _words(data.get("personalSensitiveInformation"))]
    if personal:
        present = not all(one.rstrip(".") in _NOTHING for one in personal)
        builder.state(dataset, "personal_data", {"present": present}, blob.at("rai:personalSensitiveInformation"))


def _state_origin(builder: EvidenceBuilder, blob: Blob, dataset: ArtifactRef, data: Mapping[str, Plain]) -> None:
    for key in ("isBasedOn", "wasDerivedFrom", "prov:wasDerivedFrom"):
        for word in _words(data.get(key)):
            origin = without_credentials(word)
            target = builder.artifact(identity.named("dataset", origin), name=origin, resolved=False)
            builder.relate(dataset, "derived_from", target, Proof.DECLARED, blob.at(key))
    dates: list[Json] = []
    frame = data.get("dataCollectionTimeFrame", data.get("dataCollectionTimeframe"))
    collected = [time for part in texts(frame) if (time := _latest(part)) is not None]
    if collected:
        where = blob.at("rai:dataCollectionTimeFrame")
        builder.state(dataset, "as_of", {"time": max(collected), "basis": "record"}, where)
        dates.append({"id": "collected", "what": "end of collection", "time": max(collected), "basis": "record"})
    for key, what in (("datePublished", "published"), ("dateModified", "changed")):
        if (time := from_text(text(data.get(key)))) is not None:
            dates.append({"id": what, "what": f"dataset {what}", "time": time, "basis": "record"})
    builder.state(dataset, "dates", dates, blob.location)


def _latest(period: str) -> str | None:
    """The end of ``2024-01-01/2024-06-28``, or the date itself."""
    return from_text(period.rpartition("/")[2])


def _state_document(builder: EvidenceBuilder, blob: Blob, dataset: ArtifactRef, data: Mapping[str, Plain]) -> None:
    document = builder.artifact(identity.placed("document", blob.path), blob.location, name=blob.path)
    builder.state(document, "role", "data_sheet", blob.location)
    updated = from_text(text(data.get("dateModified"))) or from_text(text(data.get("datePublished")))
    if updated is not None:
        builder.state(document, "updated", updated, blob.location)
    builder.relate(dataset, "described_by", document, Proof.DECLARED, blob.location)


def _licence(stated: str) -> str:
    """The SPDX id behind the address of a licence; any other text as it is."""
    if (commons := _COMMONS.match(stated)) is not None:
        terms = "0" if commons["zero"] else f"-{commons['terms'].upper()}"
        return f"CC{terms}-{commons['version']}"
    spdx = _SPDX.match(stated)
    return spdx["id"] if spdx is not None else stated
