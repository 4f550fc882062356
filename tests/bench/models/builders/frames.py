"""pandas tables and statsmodels results."""

from __future__ import annotations

import pickle
from pathlib import Path

NEEDS = ("pandas", "statsmodels")


def build(folder: Path) -> None:
    """Pickle tables of every column type, and fitted results."""
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm

    draw = np.random.default_rng(0)
    times = pd.date_range("2026-01-01", periods=8, tz="UTC")
    table = pd.DataFrame(
        {
            "number": draw.normal(size=8),
            "whole": np.arange(8),
            "nullable": pd.array([1, None] * 4, dtype="Int64"),
            "text": [f"row {number}" for number in range(8)],
            "kind": pd.Categorical(list("abcdabcd")),
            "time": times,
            "flag": [True, False] * 4,
        }
    )
    values = {
        "table": table,
        "indexed": table.set_index("time"),
        "levels": table.set_index(["kind", "whole"]),
        "column": table["number"],
        "categories": table["kind"],
        "interval": pd.Series(pd.interval_range(0, 4)),
        "period": pd.Series(pd.period_range("2026-01", periods=3, freq="M")),
        "sparse": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
        "grouped": table.groupby("kind", observed=True)["number"].mean(),
        "delta": pd.Series(pd.to_timedelta([1, 2], unit="h")),
    }
    for name, value in values.items():
        for protocol in (2, 4, 5):
            (folder / f"pandas-{name}-p{protocol}.pkl").write_bytes(pickle.dumps(value, protocol))
        value.to_pickle(folder / f"pandas-{name}.pkl.gz")
    design = sm.add_constant(draw.normal(size=(60, 2)))
    target = design @ np.array([1.0, 2.0, 0.5]) + draw.normal(size=60)
    results = {
        "ols": sm.OLS(target, design).fit(),
        "glm": sm.GLM(np.abs(target), design, family=sm.families.Gamma(sm.families.links.Log())).fit(),
        "logit": sm.Logit((target > 1).astype(int), design).fit(disp=0),
        "arima": sm.tsa.ARIMA(target, order=(1, 0, 0)).fit(),
    }
    for name, value in results.items():
        value.save(str(folder / f"statsmodels-{name}.pickle"))
