"""Compiles the sample with kfp 2.17.0: ``python make.py pipeline.yaml``."""

import sys

from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Model, Output


@dsl.component(base_image="python:3.11", packages_to_install=["pandas", "scikit-learn==1.9.1"])
def prepare(raw: Input[Dataset], clean: Output[Dataset]): ...


@dsl.container_component
def train(clean: Input[Dataset], base: Input[Model], model: Output[Model], rate: float):
    image = "ghcr.io/example/train@sha256:" + "a" * 64
    return dsl.ContainerSpec(image=image, command=["python", "train.py"], args=["--rate", rate])


@dsl.pipeline(name="fraud-training")
def pipeline(rate: float = 0.1, api_key: str = "q7Wd2Zk9Xc4Vb1Nm6Lp3"):
    raw = dsl.importer(artifact_uri="s3://claims/raw.csv", artifact_class=Dataset, reimport=False)
    base = dsl.importer(artifact_uri="gs://models/base", artifact_class=Model, reimport=False)
    prepared = prepare(raw=raw.output)
    train(clean=prepared.outputs["clean"], base=base.output, rate=rate)


compiler.Compiler().compile(pipeline, sys.argv[1])
