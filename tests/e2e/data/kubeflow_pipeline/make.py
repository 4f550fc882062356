"""Makes ``release/pipeline.yaml`` with the Kubeflow Pipelines SDK 2: an imported dataset, training, a gate on the result.

Run in an environment with ``kfp``: ``python make.py``.
"""

from pathlib import Path

from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Metrics, Model, Output

BASE = "python:3.11-slim@sha256:" + "5" * 64


@dsl.component(base_image=BASE, packages_to_install=["scikit-learn==1.7.2", "joblib==1.5.2"])
def train(data: Input[Dataset], rounds: int, model: Output[Model]) -> None:
    import joblib

    joblib.dump({"rounds": rounds, "data": data.uri}, model.path)


@dsl.component(base_image="python:3.11-slim")
def evaluate(model: Input[Model], held_out: Input[Dataset], metrics: Output[Metrics]) -> float:
    metrics.log_metric("accuracy", 0.9)
    return 0.9


@dsl.container_component
def publish(model: Input[Model]) -> dsl.ContainerSpec:
    return dsl.ContainerSpec(image="ghcr.io/example/publish:1.4", command=["publish"], args=[model.uri])


@dsl.pipeline(name="fraud-training", description="Trains, evaluates and publishes")
def pipeline(rounds: int = 50) -> None:
    data = dsl.importer(artifact_uri="gs://example-claims/2026-06/claims.parquet", artifact_class=Dataset)
    held = dsl.importer(artifact_uri="gs://example-claims/2026-07/holdout.parquet", artifact_class=Dataset)
    trained = train(data=data.output, rounds=rounds)
    result = evaluate(model=trained.outputs["model"], held_out=held.output)
    with dsl.If(result.outputs["Output"] > 0.8):
        publish(model=trained.outputs["model"])


if __name__ == "__main__":
    target = Path(__file__).resolve().parent / "release"
    target.mkdir(exist_ok=True)
    compiler.Compiler().compile(pipeline, str(target / "pipeline.yaml"))
    (target / "requirements.txt").write_text("kfp==2.16.1\n")
