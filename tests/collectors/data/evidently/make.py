"""Writes report and snapshot with evidently 0.7.23: ``python make.py FOLDER``.

``snapshot.json`` is the snapshot of the workspace with every widget set to null; they are most of it.
"""

import sys

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from evidently.ui.workspace import Workspace

random = np.random.default_rng(0)


def data(amount, share):
    columns = {
        "amount": random.normal(amount, 1, 500),
        "age": random.normal(40, 5, 500),
        "kind": random.choice(list("ab"), 500, p=[share, 1 - share]),
    }
    return Dataset.from_pandas(pd.DataFrame(columns), DataDefinition())


reference, current = data(0, 0.5), data(2, 0.9)
run = Report([DataDriftPreset()], include_tests=True).run(current, reference)
run.save_json(f"{sys.argv[1]}/report.json")
workspace = Workspace.create(f"{sys.argv[1]}/workspace")
workspace.add_run(workspace.create_project("fraud").id, run, include_data=False)
