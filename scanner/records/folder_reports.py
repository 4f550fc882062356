"""Reports about data that name no data: what they say is said of the data sets in their own folder."""

from __future__ import annotations

from scanner import identity
from scanner.model import ArtifactRef, EvidenceBuilder, Proof
from scanner.sources.blob import Blob


def data_beside(builder: EvidenceBuilder, blob: Blob, role: str = "other") -> ArtifactRef:
    """The data set in the folder of ``blob``, described by it as a document of this role.

    A report that lies in a folder without data speaks of a data set that is not here.
    """
    folder = identity.beside(blob.path, ".") or "."
    dataset = builder.artifact(identity.at_path("dataset", folder), name=f"data beside {blob.name}", resolved=False)
    document = builder.artifact(identity.placed("document", blob.path), blob.location, name=blob.path)
    builder.state(document, "role", role, blob.location)
    builder.relate(dataset, "described_by", document, Proof.INFERRED, blob.location)
    return dataset
