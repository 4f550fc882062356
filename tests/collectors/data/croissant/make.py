"""Writes the sample with mlcroissant 1.1.1: ``python make.py FOLDER``."""

import datetime
import hashlib
import json
import sys
from pathlib import Path

import mlcroissant as mlc

folder = Path(sys.argv[1])
table = b"id,amount,when\n" + b"".join(b"%d,%d,2024-06-%02d\n" % (i, i * 3, i % 28 + 1) for i in range(40))
(folder / "data").mkdir()
(folder / "data" / "claims.csv").write_bytes(table)


def field(name):
    source = mlc.Source(file_object="claims.csv", extract=mlc.Extract(column=name))
    return mlc.Field(id=f"claims/{name}", name=name, data_types=mlc.DataType.INTEGER, source=source)


metadata = mlc.Metadata(
    name="claims",
    description="Claims of 2024",
    version="1.2.0",
    license=["https://creativecommons.org/licenses/by/4.0/"],
    url="https://data.example.com/claims",
    cite_as="none",
    date_published=datetime.datetime(2025, 9, 1),
    data_collection_timeframe=[datetime.datetime(2024, 1, 1), datetime.datetime(2024, 6, 28)],
    personal_sensitive_information=["Names of claimants"],
    distribution=[
        mlc.FileObject(
            id="claims.csv",
            name="claims.csv",
            content_url="data/claims.csv",
            encoding_formats=["text/csv"],
            sha256=hashlib.sha256(table).hexdigest(),
            content_size=f"{len(table)} B",
        ),
        mlc.FileObject(
            id="archive",
            name="archive",
            content_url="https://user:pw@data.example.com/claims.zip",
            encoding_formats=["application/zip"],
            sha256="c" * 64,
        ),
        mlc.FileSet(
            id="parts", name="parts", contained_in=["archive"], encoding_formats=["text/csv"], includes=["*.csv"]
        ),
    ],
    record_sets=[mlc.RecordSet(id="claims", name="claims", fields=[field("id"), field("amount")])],
)
(folder / "croissant.json").write_text(json.dumps(metadata.to_json(), indent=1, default=str))
