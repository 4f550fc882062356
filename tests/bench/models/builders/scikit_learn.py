"""Every kind of estimator of scikit-learn, trained on a little data and saved by pickle and joblib."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

NEEDS = ("sklearn", "joblib")


def _fitted() -> list[tuple[str, Any]]:
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import StackingClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
    from sklearn.tree import DecisionTreeClassifier
    from sklearn.utils import all_estimators

    draw = np.random.default_rng(0)
    features = np.abs(draw.normal(size=(60, 4)))
    classes = (features[:, 0] > features[:, 1]).astype(int)
    numbers = features @ np.array([1.0, 2.0, 0.5, 0.1])
    trained = []
    for name, kind in all_estimators():
        for target in (classes, numbers, None):
            try:
                trained.append((name, kind().fit(features, target)))
                break
            except Exception:
                continue
    members = [("a", LogisticRegression()), ("b", GaussianNB())]
    composed = {
        "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
        "union": make_pipeline(make_union(StandardScaler(), MinMaxScaler()), Ridge()),
        "grid": GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2),
        "randomised": RandomizedSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, n_iter=2, cv=2, random_state=0),
        "voting": VotingClassifier(members),
        "stacking": StackingClassifier(members, cv=2),
        "columns": make_pipeline(
            ColumnTransformer([("s", StandardScaler(), [0, 1]), ("o", OneHotEncoder(handle_unknown="ignore"), [2])]),
            LogisticRegression(),
        ),
    }
    trained += [(name, model.fit(features, classes)) for name, model in composed.items()]
    return trained


def build(folder: Path) -> None:
    """Write each model by pickle in protocols 2 to 5 in turn, and by joblib plain and compressed in turn."""
    import warnings

    import joblib

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trained = _fitted()
    packed: tuple[Any, ...] = (0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3), ("lz4", 3))
    for number, (name, model) in enumerate(trained):
        (folder / f"{name}.pkl").write_bytes(pickle.dumps(model, 2 + number % 4))
        joblib.dump(model, folder / f"{name}.joblib", compress=packed[number % len(packed)])
