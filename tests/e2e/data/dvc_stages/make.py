"""Makes the release in ``release/`` with DVC 3 and scikit-learn: three locked stages from raw data to an evaluated model.

Run in an environment with ``dvc``, ``scikit-learn`` and ``joblib``: ``python make.py``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent / "release"
PREPARE = """\
import csv
rows = list(csv.DictReader(open("data/raw.csv")))
with open("data/features.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["event_time", "amount", "night", "fraud"])
    for row in rows:
        writer.writerow([row["event_time"], row["amount"], int(row["event_time"][11:13] < "06"), row["fraud"]])
"""
TRAIN = """\
import csv
import joblib
from sklearn.linear_model import LogisticRegression
rows = list(csv.DictReader(open("data/features.csv")))
model = LogisticRegression(C=1.0).fit([[float(r["amount"]), int(r["night"])] for r in rows], [int(r["fraud"]) for r in rows])
joblib.dump(model, "models/fraud.joblib")
"""
EVALUATE = """\
import csv
import json
import joblib
rows = list(csv.DictReader(open("data/holdout.csv")))
model = joblib.load("models/fraud.joblib")
found = model.predict([[float(r["amount"]), int(r["night"])] for r in rows])
right = sum(int(a) == int(r["fraud"]) for a, r in zip(found, rows))
json.dump({"accuracy": round(right / len(rows), 4)}, open("metrics.json", "w"))
"""
STAGES = """\
stages:
  prepare:
    cmd: python prepare.py
    deps: [prepare.py, data/raw.csv]
    outs: [data/features.csv]
  train:
    cmd: python train.py
    deps: [train.py, data/features.csv]
    params: [c]
    outs: [models/fraud.joblib]
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, models/fraud.joblib, data/holdout.csv]
    metrics: [metrics.json: {cache: false}]
"""


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    for folder in ("data", "models"):
        (HERE / folder).mkdir(parents=True)
    rows = [
        (f"2026-{1 + n % 6:02}-{1 + n % 28:02}T{n % 24:02}:00:00Z", 10 + n * 7 % 500, int(n % 9 == 0))
        for n in range(300)
    ]
    lines = ["event_time,amount,fraud", *(f"{time},{amount},{fraud}" for time, amount, fraud in rows)]
    (HERE / "data/raw.csv").write_text("\n".join(lines) + "\n")
    held = [
        "event_time,amount,night,fraud",
        *(f"2026-07-{1 + n % 28:02}T05:00:00Z,{n * 11 % 400},1,{int(n % 8 == 0)}" for n in range(80)),
    ]
    (HERE / "data/holdout.csv").write_text("\n".join(held) + "\n")
    for name, text in (("prepare.py", PREPARE), ("train.py", TRAIN), ("evaluate.py", EVALUATE), ("dvc.yaml", STAGES)):
        (HERE / name).write_text(text)
    (HERE / "params.yaml").write_text("c: 1.0\n")
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(HERE), "DVC_NO_ANALYTICS": "1"}
    for words in (
        ["init", "--no-scm", "--quiet"],
        ["add", "--quiet", "data/raw.csv", "data/holdout.csv"],
        ["repro", "--quiet"],
    ):
        subprocess.run([sys.executable, "-m", "dvc", *words], cwd=HERE, env=environment, check=True)
    for left in (".dvc", ".cache", ".local", ".config"):
        shutil.rmtree(HERE / left, ignore_errors=True)
    for file in HERE.rglob(".gitignore"):
        file.unlink()
    (HERE / ".dvcignore").unlink(missing_ok=True)
    os.sync()


if __name__ == "__main__":
    main()
