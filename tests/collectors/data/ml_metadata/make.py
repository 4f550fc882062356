"""Writes the sample with ml-metadata 1.17.1 and packs it: ``python make.py metadata.db`` (an absolute path)."""

import sqlite3
import sys

from ml_metadata import metadata_store
from ml_metadata.proto import metadata_store_pb2 as proto

config = proto.ConnectionConfig()
config.sqlite.filename_uri = sys.argv[1]
config.sqlite.connection_mode = proto.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
store = metadata_store.MetadataStore(config)
examples = store.put_artifact_type(
    proto.ArtifactType(name="Examples", properties={"span": proto.INT, "split_names": proto.STRING})
)
model = store.put_artifact_type(proto.ArtifactType(name="Model"))
store.put_artifact_type(proto.ArtifactType(name="ModelEvaluation"))
trainer = store.put_execution_type(proto.ExecutionType(name="tfx.components.trainer.component.Trainer"))
generator = store.put_execution_type(proto.ExecutionType(name="tfx.components.example_gen.CsvExampleGen"))
pipeline = store.put_context_type(proto.ContextType(name="pipeline"))
pipeline_run = store.put_context_type(proto.ContextType(name="pipeline_run"))


def custom(message, values):
    for name, value in values.items():
        message.custom_properties[name].string_value = value
    return message


def artifact(type, folder, name, state, **values):
    uri = f"/tfx/pipeline_root/{folder}"
    made = custom(proto.Artifact(type_id=type, uri=uri, name=name, state=state), values)
    return store.put_artifacts([made])[0]


def execution(type, name, state, **values):
    made = custom(proto.Execution(type_id=type, name=name, last_known_state=state), values)
    return store.put_executions([made])[0]


def event(artifact, execution, type, key):
    made = proto.Event(artifact_id=artifact, execution_id=execution, type=type)
    made.path.steps.add().key = key
    made.path.steps.add().index = 0
    return made


data = artifact(examples, "CsvExampleGen/examples/1", "examples:1", proto.Artifact.LIVE, sha256="b" * 64)
trained = artifact(model, "Trainer/model/2", "model:2", proto.Artifact.LIVE)
deleted = artifact(model, "Trainer/model/0", "model:0", proto.Artifact.DELETED)
first = execution(generator, "gen-1", proto.Execution.COMPLETE)
second = execution(
    trainer, "train-2", proto.Execution.COMPLETE, module_file="/tfx/trainer.py", api_key="q7Wd2Zk9Xc4Vb1Nm6Lp3"
)
third = execution(trainer, "train-3", proto.Execution.FAILED)
store.put_events(
    [
        event(data, first, proto.Event.OUTPUT, "examples"),
        event(data, second, proto.Event.INPUT, "examples"),
        event(trained, second, proto.Event.OUTPUT, "model"),
        event(data, third, proto.Event.INPUT, "examples"),
        event(deleted, third, proto.Event.PENDING_OUTPUT, "model"),
    ]
)
contexts = store.put_contexts(
    [proto.Context(type_id=pipeline, name="fraud"), proto.Context(type_id=pipeline_run, name="fraud-run-1")]
)
store.put_attributions_and_associations(
    [proto.Attribution(artifact_id=trained, context_id=contexts[0])],
    [proto.Association(execution_id=second, context_id=context) for context in contexts],
)
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA page_size = 512")
connection.execute("VACUUM")
