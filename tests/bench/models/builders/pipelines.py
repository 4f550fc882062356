"""Pipelines of scikit-learn that were fitted on tables of pandas, as projects save them."""

from __future__ import annotations

import pickle
from pathlib import Path

NEEDS = ("sklearn", "pandas", "joblib")


def build(folder: Path) -> None:
    """Each pipeline by pickle and joblib, alone and in a dictionary with its metrics and its table."""
    import joblib
    import numpy as np
    import pandas as pd
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.feature_selection import SelectKBest
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

    draw = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "age": draw.integers(18, 80, 60).astype(float),
            "income": draw.normal(size=60),
            "town": draw.choice(["Rome", "Paris"], 60),
            "size": pd.Categorical(draw.choice(["s", "l"], 60)),
            "note": draw.choice(["a small text", "another text"], 60),
        }
    )
    table.loc[3, "age"] = np.nan
    target = (table["income"] > 0).astype(int)
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include="number")),
            ("towns", OneHotEncoder(handle_unknown="ignore"), ["town"]),
            ("sizes", OrdinalEncoder(), ["size"]),
            ("notes", TfidfVectorizer(), "note"),
        ]
    )
    framed = make_pipeline(SimpleImputer(), StandardScaler()).set_output(transform="pandas")
    models = {
        "columns": make_pipeline(columns, LogisticRegression()).fit(table, target),
        "search": GridSearchCV(make_pipeline(columns, LogisticRegression()), {"logisticregression__C": [0.1, 1]}, cv=2)
        .fit(table, target),
        "framed": framed.fit(table[["age", "income"]]),
        "selected": make_pipeline(SimpleImputer(), SelectKBest(k=1), HistGradientBoostingClassifier(max_iter=2))
        .fit(table[["age", "income"]], target),
        "logarithm": make_pipeline(FunctionTransformer(np.abs), StandardScaler()).fit(table[["income"]]),
        "target": TransformedTargetRegressor(RandomForestRegressor(2), func=np.log1p, inverse_func=np.expm1)
        .fit(table[["income"]], np.abs(table["income"])),
        "calibrated": CalibratedClassifierCV(LogisticRegression(), cv=2).fit(table[["income"]], target),
    }  # fmt: skip
    for name, model in models.items():
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(model))
        joblib.dump(model, folder / f"{name}.joblib", compress=3)
        bundle = {"model": model, "metrics": {"accuracy": np.float64(0.5)}, "columns": list(table), "sample": table}
        joblib.dump(bundle, folder / f"{name}-bundle.joblib")
