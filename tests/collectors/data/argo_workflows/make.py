"""Writes workflow.yaml with Hera 7.1.0, the Python client of Argo Workflows."""

from __future__ import annotations

from pathlib import Path

from hera.workflows import (
    Container,
    GitArtifact,
    NoneArchiveStrategy,
    Parameter,
    S3Artifact,
    Script,
    Step,
    Steps,
    Workflow,
)


def train() -> None:
    """The body of a script template."""
    print("training")


def main() -> None:
    """Write one workflow that checks code out, installs a package, trains and stores a model."""
    with Workflow(
        generate_name="fraud-train-",
        namespace="ml-prod",
        entrypoint="main",
        arguments=[Parameter(name="epochs", value="3")],
    ) as workflow:
        prepare = Container(
            name="prepare",
            image="python:3.11",
            command=["sh", "-c"],
            args=["pip install lightgbm && python prepare.py"],
            inputs=[
                GitArtifact(name="code", path="/src", repo="https://git.example.com/fraud.git", revision="b" * 40),
                S3Artifact(name="claims", path="/data/claims.csv", bucket="data", key="fraud/claims.csv"),
            ],
        )
        fit = Script(
            name="fit",
            source=train,
            image="ghcr.io/example/train@sha256:" + "a" * 64,
            outputs=[
                S3Artifact(
                    name="model",
                    path="/out/model.onnx",
                    bucket="models",
                    key="fraud/2/model.onnx",
                    archive=NoneArchiveStrategy(),
                )
            ],
        )
        with Steps(name="main"):
            Step(name="first", template=prepare)
            Step(name="second", template=fit)
    (Path(__file__).parent / "workflow.yaml").write_text(workflow.to_yaml())


if __name__ == "__main__":
    main()
