"""Writes the sample with the real client, openlineage-python 1.54.0: ``python make.py events.ndjson``."""

import sys

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import dataset_version_dataset, source_code_location_job
from openlineage.client.transport.file import FileConfig, FileTransport

CODE = source_code_location_job.SourceCodeLocationJobFacet(
    "git", "https://ci:secret@git.example.com/fraud.git", version="a" * 40
)
JOB = Job("fraud", "prepare", facets={"sourceCodeLocation": CODE})
DONE = Run("01941f29-7c00-7000-8000-000000000001")
FAILED = Run("01941f29-7c00-7000-8000-000000000002")


def version(text):
    return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(text)}


RAW = InputDataset("s3://claims", "raw/2024.csv", facets=version("sha256:" + "b" * 64))
CUSTOMERS = InputDataset("postgres://db.example.com:5432", "public.customers", facets=version("42"))
CLEAN = OutputDataset("s3://claims", "clean/claims.csv", facets=version("d" * 32))
BROKEN = OutputDataset("s3://claims", "broken.csv")

client = OpenLineageClient(transport=FileTransport(FileConfig(log_file_path=sys.argv[1], append=True)))
for state, time, run, inputs, outputs in (
    (RunState.START, "2025-10-01T08:00:00Z", DONE, [RAW], []),
    (RunState.COMPLETE, "2025-10-01T08:05:00.250000+02:00", DONE, [CUSTOMERS], [CLEAN]),
    (RunState.START, "2025-10-02T08:00:00Z", FAILED, [RAW], []),
    (RunState.FAIL, "2025-10-02T08:01:00Z", FAILED, [], [BROKEN]),
):
    producer = "https://example.com/train"
    client.emit(
        RunEvent(eventType=state, eventTime=time, run=run, job=JOB, producer=producer, inputs=inputs, outputs=outputs)
    )
