"""Writes the sample offline with wandb 0.31.0: ``python make.py FOLDER``; its folder becomes part of the log."""

import os
import sys
from pathlib import Path

folder = Path(sys.argv[1])
os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DISABLE_GIT": "true", "WANDB_CONSOLE": "off"}
os.environ |= dict.fromkeys(("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"), str(folder))

import wandb  # noqa: E402

config = {"rate": 0.1, "api_key": "q7Wd2Zk9Xc4Vb1Nm6Lp3"}
settings = wandb.Settings(
    x_disable_meta=True, x_disable_stats=True, host="builder", username="ada", email="ada@example.com"
)
run = wandb.init(
    project="fraud",
    entity="example",
    name="train-1",
    job_type="train",
    dir=str(folder),
    config=config,
    settings=settings,
)
(folder / "claims.csv").write_text("id,amount\n" + "".join(f"{i},{i * 3}\n" for i in range(40)))
(folder / "model.bin").write_bytes(bytes(range(256)) * 2)
data = wandb.Artifact("claims", "dataset")
data.add_file(str(folder / "claims.csv"))
run.log_artifact(data)
model = wandb.Artifact("fraud", "model")
model.add_file(str(folder / "model.bin"), name="weights/model.bin")
model.add_reference("https://models.example.com/base.bin", checksum=False)
run.log({"loss": 0.5})
run.log({"loss": 0.25})
run.summary["auc"] = 0.9
run.log_artifact(model, aliases=["champion"])
run.finish()
