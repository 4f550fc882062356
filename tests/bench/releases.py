"""A release of any size with the records of several systems, as the lineage benchmark scans it.

Every run trained one model on one table; DVC, MLflow and Hugging Face each speak of the same files, the images hold the
models, and Kubernetes runs the images by digest. All content is made here and differs from file to file.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from pathlib import Path
from typing import Final

from tests.enrichers.layouts import MANIFEST_TYPE, add_image, write_index

TABLES: Final = """
CREATE TABLE runs (run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage);
CREATE TABLE tags (key, value, run_uuid);
CREATE TABLE params (key, value, run_uuid);
CREATE TABLE latest_metrics (key, value, run_uuid);
CREATE TABLE datasets (dataset_uuid, name, dataset_source_type, dataset_source);
CREATE TABLE inputs (input_uuid, source_type, source_id, destination_type, destination_id);
CREATE TABLE input_tags (input_uuid, name, value);
CREATE TABLE logged_models (model_id, name, creation_timestamp_ms, lifecycle_stage, source_run_id);
CREATE TABLE registered_models (name);
CREATE TABLE model_versions (name, version, source, run_id, creation_time, user_id, current_stage);
CREATE TABLE registered_model_aliases (alias, version, name);
CREATE TABLE model_version_tags (key, value, name, version);
"""
START: Final = 1_760_000_000_000
IMAGES: Final = 5
DEPLOYMENT: Final = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: app{number}, namespace: production}}
spec: {{template: {{spec: {{containers: [{{name: app, image: "registry.example.com/app{number}@{digest}"}}]}}}}}}
"""


def write_release(root: Path, files: int, runs: int) -> None:
    """``files`` files altogether, near enough, of which each run has a model, a table and its records."""
    words = random.Random(7)
    models = [_weights(words) for _ in range(runs)]
    tables = [_table(words) for _ in range(runs)]
    for number in range(runs):
        _write(root / f"data/table{number}.csv", tables[number])
        _write(root / f"models/model{number}/model{number}.safetensors", models[number])
        folder = root / f"mlruns/1/models/{_model_id(number)}/artifacts"
        _write(folder / f"model{number}.safetensors", models[number])
        _write(folder / "MLmodel", _mlmodel(number).encode())
        _write(folder / "requirements.txt", b"numpy==2.1.0\nsafetensors==0.5.0\n")
    _write_dvc(root, models, tables)
    _write_mlflow(root / "mlflow.db", tables)
    _write_hub(root / "hub", words)
    inside = files // 10
    _write_images(root, models, inside, words)
    left = files - 5 * runs - inside
    for number in range(left):
        _write(root / f"src/package{number % 200}/module{number}.py", words.randbytes(150).hex().encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _weights(words: random.Random) -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [64], "data_offsets": [0, 256]}}).encode()
    return len(header).to_bytes(8, "little") + header + words.randbytes(256)


def _table(words: random.Random) -> bytes:
    rows = (f"{number},{words.random():.6f},2025-10-{1 + number % 9:02}\n" for number in range(40))
    return b"id,amount,time\n" + "".join(rows).encode()


def _model_id(number: int) -> str:
    return f"m-{number:032x}"


def _commit(number: int) -> str:
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def _mlmodel(number: int) -> str:
    flavor = f"flavors:\n  python_function: {{loader_module: m, data: model{number}.safetensors}}\n"
    return f"{flavor}model_id: {_model_id(number)}\nrun_id: {number:032x}\nutc_time_created: '2025-10-14 08:30:00'\n"


def _write_dvc(root: Path, models: list[bytes], tables: list[bytes]) -> None:
    stages = ["schema: '2.0'", "stages:"]
    for number, (model, table) in enumerate(zip(models, tables, strict=True)):
        stages += [f"  train{number}:", f"    cmd: python train.py {number}", "    deps:"]
        stages += _entry(f"data/table{number}.csv", table)
        stages += ["    outs:", *_entry(f"models/model{number}/model{number}.safetensors", model)]
    _write(root / "dvc.lock", ("\n".join(stages) + "\n").encode())


def _entry(path: str, content: bytes) -> list[str]:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return [f"    - path: {path}", "      hash: md5", f"      md5: {digest}", f"      size: {len(content)}"]


def _write_mlflow(path: Path, tables: list[bytes]) -> None:
    store = sqlite3.connect(path)
    store.executescript(TABLES)
    for number, table in enumerate(tables):
        run, time = f"{number:032x}", START + number * 60_000
        digest = hashlib.sha256(table).hexdigest()
        rows = {
            "runs": (run, f"run{number}", "ada", "FINISHED", time, time + 30_000, "active"),
            "params": ("rate", str(number / 100), run),
            "latest_metrics": ("auc", 0.9, run),
            "datasets": (f"d{number}", f"table{number}", "local", json.dumps({"uri": f"data/table{number}.csv"})),
            "inputs": (f"i{number}", "DATASET", f"d{number}", "RUN", run),
            "input_tags": (f"i{number}", "mlflow.data.context", "training"),
            "logged_models": (_model_id(number), "fraud", time, "active", run),
            "model_versions": ("fraud", number + 1, f"models:/{_model_id(number)}", run, time, "ada", "None"),
        }
        tags = {"mlflow.source.git.commit": _commit(number), "lading.dataset.sha256": digest}
        for name, row in [*rows.items(), *(("tags", (key, value, run)) for key, value in tags.items())]:
            store.execute(f"INSERT INTO {name} VALUES ({','.join('?' * len(row))})", row)
    store.execute("INSERT INTO registered_models VALUES ('fraud')")
    store.execute("INSERT INTO registered_model_aliases VALUES ('champion', ?, 'fraud')", (len(tables),))
    store.commit()
    store.close()


def _write_hub(root: Path, words: random.Random) -> None:
    """Five repositories in the cache of the Hugging Face client, and an adapter for each."""
    for number in range(5):
        weights = _weights(words)
        name, commit = f"models--acme--base{number}", _commit(1_000 + number)
        blob = root / name / "blobs" / hashlib.sha256(weights).hexdigest()
        _write(blob, weights)
        snapshot = root / name / "snapshots" / commit / "model.safetensors"
        snapshot.parent.mkdir(parents=True)
        snapshot.symlink_to(Path("../../blobs") / blob.name)
        _write(root / name / "refs" / "main", commit.encode())
        adapter = {"base_model_name_or_path": f"acme/base{number}", "peft_type": "LORA", "revision": commit}
        _write(root / f"adapter{number}" / "adapter_config.json", json.dumps(adapter).encode())
        _write(root / f"adapter{number}" / "adapter_model.safetensors", _weights(words))


def _write_images(root: Path, models: list[bytes], files: int, words: random.Random) -> None:
    share = files // IMAGES
    for number in range(IMAGES):
        base = [(f"usr/lib/file{one}.py", words.randbytes(150).hex().encode()) for one in range(share)]
        app = [(f"app/model{one}.safetensors", models[one]) for one in range(number, len(models), IMAGES)]
        layout = root / f"images/app{number}"
        labels = {"Labels": {"org.opencontainers.image.revision": _commit(number)}}
        digest = add_image(layout, base, app, config={"config": labels, "created": "2025-10-15T00:00:00Z"})
        write_index(layout, {"mediaType": MANIFEST_TYPE, "digest": digest, "size": 1})
        _write(root / f"k8s/app{number}.yaml", DEPLOYMENT.format(number=number, digest=digest).encode())
