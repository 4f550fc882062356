"""A description written by mlcroissant 1.1, and hand-made ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.collectors import croissant
from scanner.errors import NotExaminable
from scanner.model import Claim, Evidence, Proof
from scanner.sources.blob import Blob

Opener = Callable[[Path, str], Blob]
Maker = Callable[..., Blob]
DATA = Path(__file__).parent / "data" / "croissant"
HERE = "place:croissant.json#claims"


def description(**fields: object) -> str:
    whole = {"conformsTo": "http://mlcommons.org/croissant/1.0", "name": "claims", "distribution": []}
    return json.dumps(whole | fields)


def collected(blob: Blob) -> Evidence:
    assert croissant.wants(blob)
    return croissant.collect(blob)


def links(evidence: Evidence) -> list[tuple[str, str, str, Proof]]:
    return [(one.source.key, one.type, one.target.key, one.proof) for one in evidence.relationships]


def said(evidence: Evidence, kind: str = "dataset") -> dict[str, object]:
    return {item.predicate: item.value for item in evidence.statements if item.subject.kind == kind}


def test_the_files_of_a_real_description_are_named_by_digest(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "croissant.json"))
    data = blob_at(DATA, "data/claims.csv")
    assert links(evidence) == [
        (HERE, "contains", f"sha256:{data.sha256}", Proof.MATCHED),
        (HERE, "contains", f"sha256:{'c' * 64}", Proof.MATCHED),
        (HERE, "described_by", "place:croissant.json", Proof.DECLARED),
    ]
    names = {one.name for one in evidence.artifacts if one.ref.kind == "file"}
    assert names == {"data/claims.csv", "https://data.example.com/claims.zip"}
    assert "user:pw" not in repr(evidence)


def test_the_statements_of_a_real_description(blob_at: Opener) -> None:
    evidence = collected(blob_at(DATA, "croissant.json"))
    assert said(evidence) == {
        "licences": ["CC-BY-4.0"],
        "columns": ["amount", "id"],
        "personal_data": {"present": True},
        "as_of": {"time": "2024-06-28T00:00:00Z", "basis": "record"},
        "dates": [
            {"id": "collected", "what": "end of collection", "time": "2024-06-28T00:00:00Z", "basis": "record"},
            {"id": "published", "what": "dataset published", "time": "2025-09-01T00:00:00Z", "basis": "record"},
        ],
    }
    assert said(evidence, "document") == {"role": "data_sheet", "updated": "2025-09-01T00:00:00Z"}


def test_a_dataset_of_one_file_is_that_file(record: Maker) -> None:
    file = {"@type": "cr:FileObject", "sha256": "A" * 64, "contentUrl": "x.csv"}
    (alias,) = collected(record("d/croissant.json", description(distribution=file))).aliases
    assert (alias.ref.key, alias.same_as.key) == ("place:d/croissant.json#claims", "sha256:" + "a" * 64)


def test_an_md5_claims_the_file_of_its_size_and_place(record: Maker) -> None:
    file = {"md5": "b" * 32, "contentUrl": "x.csv", "contentSize": "37 B"}
    (claim,) = collected(record("d/croissant.json", description(distribution=[file, {}]))).claims
    assert claim == Claim(claim.ref, 37, "d/x.csv", published=True)


@pytest.mark.parametrize("address", ["/etc/passwd", "../../x", "https://example.com/x", "C:/x", "", None, 3, ["x"]])
def test_a_place_outside_the_scan_is_told_and_not_named(address: object, record: Maker) -> None:
    evidence = collected(record("croissant.json", description(distribution=[{"contentUrl": address}])))
    if address == 3:
        assert links(evidence)[0][2:] == ("path:3", Proof.INFERRED)
        return
    assert [one.reason for one in evidence.not_examined] == ["unreadable"]
    assert not [one for one in evidence.artifacts if one.ref.kind == "file"]


def test_keys_may_carry_prefixes_and_lie_in_a_graph(record: Maker) -> None:
    file = {"@type": "cr:FileObject", "cr:sha256": "c" * 64, "sc:contentUrl": "x"}
    thing = {
        "@type": "sc:Dataset",
        "sc:name": "n",
        "sc:distribution": [file],
        "sc:license": {"@id": "https://spdx.org/licenses/MIT.html"},
    }
    text = json.dumps({"@context": {"cr": "http://mlcommons.org/croissant/"}, "@graph": [{"@id": "x"}, thing]})
    evidence = collected(record("croissant.json", text))
    assert links(evidence)[0][2] == "sha256:" + "c" * 64
    assert said(evidence)["licences"] == ["MIT"]


@pytest.mark.parametrize(
    ("stated", "ids"),
    [
        ("https://creativecommons.org/publicdomain/zero/1.0/", ["CC0-1.0"]),
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/deed.en", ["CC-BY-NC-SA-3.0"]),
        ("Apache-2.0", ["Apache-2.0"]),
        (["MIT", "https://example.com/own"], ["MIT", "NOASSERTION"]),
        (None, []),
    ],
)
def test_licences_become_spdx_ids(stated: object, ids: list[str], record: Maker) -> None:
    assert said(collected(record("croissant.json", description(license=stated))))["licences"] == ids


@pytest.mark.parametrize(("stated", "present"), [("None.", False), (["Gender"], True), (["none", "names"], True)])
def test_personal_data_is_present_unless_it_is_denied(stated: object, present: bool, record: Maker) -> None:
    evidence = collected(record("croissant.json", description(**{"rai:personalSensitiveInformation": stated})))
    assert said(evidence)["personal_data"] == {"present": present}


@pytest.mark.parametrize("value", [None, 3, "x", [[["x"]]], {"a": 1}, [{"@type": ["FileSet"], "sha256": 5}]])
def test_values_of_odd_types_break_nothing(value: object, record: Maker) -> None:
    fields = dict.fromkeys(("distribution", "recordSet", "license", "name", "datePublished", "isBasedOn"), value)
    assert collected(record("croissant.json", description(**fields))).artifacts


@pytest.mark.parametrize(
    "text",
    [
        '{"conformsTo": "http://mlcommons.org/croissant/1.0", "x": "distribution"}',
        '{"conformsTo": "http://mlcommons.org/croissant/1.0", "distribution": [',
        '{"mlcommons.org/croissant/distribution": ' + "[" * 30_000,
        description(distribution=[{"sha256": "a" * 64}] * (croissant.FILES + 1)),
    ],
    ids=["no files", "cut", "deep", "many"],
)
def test_what_cannot_be_read_is_told(text: str, record: Maker) -> None:
    with pytest.raises(NotExaminable):
        collected(record("croissant.json", text))
