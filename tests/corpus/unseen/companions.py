"""Libraries that build on scikit-learn and have a list: imbalanced-learn, category_encoders, hdbscan and Prophet.

UMAP is left out: its files carry functions compiled by numba, Python bytecode that loading them runs.
"""

from __future__ import annotations

import warnings
from pathlib import Path

NEEDS = ("imbalanced-learn", "category_encoders", "hdbscan", "prophet", "joblib", "cloudpickle")
LISTED = True


def build(folder: Path) -> None:
    """A folder for each library."""
    from saving import save

    warnings.simplefilter("ignore")
    for library, models in (
        ("imblearn", _imblearn),
        ("encoders", _encoders),
        ("clusters", _clusters),
        ("series", _series),
    ):
        save(folder / library, models())


def _data():
    import numpy as np

    rng = np.random.default_rng(9)
    X = rng.random((60, 4))
    return X, (X[:, 0] > 0.7).astype(int)


def _imblearn():
    from imblearn import combine, ensemble, over_sampling, pipeline, under_sampling
    from sklearn.linear_model import LogisticRegression

    X, y = _data()
    samplers = [over_sampling.SMOTE(k_neighbors=2), over_sampling.ADASYN(n_neighbors=2), over_sampling.RandomOverSampler(),
                over_sampling.BorderlineSMOTE(k_neighbors=2), under_sampling.RandomUnderSampler(), under_sampling.NearMiss(),
                under_sampling.TomekLinks(), under_sampling.ClusterCentroids(), combine.SMOTETomek()]  # fmt: skip
    models = {type(one).__name__: lambda one=one: one.fit(X, y) for one in samplers}
    models["pipeline"] = lambda: pipeline.make_pipeline(over_sampling.SMOTE(k_neighbors=2), LogisticRegression()).fit(
        X, y
    )
    models["forest"] = lambda: ensemble.BalancedRandomForestClassifier(2, max_depth=2, random_state=0).fit(X, y)
    models["easy"] = lambda: ensemble.EasyEnsembleClassifier(2, random_state=0).fit(X, y)
    models["bagging"] = lambda: ensemble.BalancedBaggingClassifier(n_estimators=2, random_state=0).fit(X, y)
    return models


def _encoders():
    import category_encoders
    import pandas as pd

    X, y = _data()
    frame = pd.DataFrame({"c": [f"k{int(v * 5)}" for v in X[:, 0]], "n": X[:, 1]})
    names = ("BinaryEncoder", "CatBoostEncoder", "CountEncoder", "HashingEncoder", "HelmertEncoder", "JamesSteinEncoder",
             "LeaveOneOutEncoder", "MEstimateEncoder", "OrdinalEncoder", "SumEncoder", "TargetEncoder", "WOEEncoder")  # fmt: skip
    classes = {name: getattr(category_encoders, name) for name in names}
    return {name: lambda made=made: made(cols=["c"]).fit(frame, y) for name, made in classes.items()}


def _clusters():
    import hdbscan

    X, _ = _data()
    return {
        "hdbscan": lambda: hdbscan.HDBSCAN(min_cluster_size=4).fit(X),
        "hdbscan_predict": lambda: hdbscan.HDBSCAN(min_cluster_size=4, prediction_data=True).fit(X),
    }


def _series():
    import pandas as pd
    from prophet import Prophet

    history = pd.DataFrame({"ds": pd.date_range("2020", periods=60), "y": [float(n) for n in range(60)]})
    return {
        "prophet": lambda: Prophet(uncertainty_samples=0).fit(history),
        "prophet_holidays": lambda: Prophet(yearly_seasonality=2).add_country_holidays("DE").fit(history),
    }
