"""Every estimator of scikit-learn that can be trained without being told more than the data, and some compositions."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path

NEEDS = ("scikit-learn", "numpy", "pandas", "joblib", "cloudpickle")
LISTED = True


def build(folder: Path) -> None:
    """One file for each estimator class and for each composition."""
    from saving import save
    from sklearn.utils import all_estimators

    warnings.simplefilter("ignore")
    classes = dict(all_estimators())
    save(folder, {name: partial(_fitted, made) for name, made in sorted(classes.items())})
    save(folder, _compositions(), ways=2)


def _data():
    import numpy as np

    rng = np.random.default_rng(7)
    X = rng.random((40, 4))
    return X, (X[:, 0] > 0.5).astype(int)


def _fitted(made):
    """An instance with few trees and steps, trained on the first kind of target that it takes."""
    import numpy as np

    X, y = _data()
    wanted = {
        "n_estimators": 3,
        "max_iter": 5,
        "n_components": 2,
        "random_state": 0,
        "max_depth": 3,
        "n_init": 1,
        "cv": 2,
    }
    parameters = {}
    if not any(name in made.__init__.__code__.co_varnames for name in ("estimator", "estimators", "base_estimator")):
        names = made().get_params()
        parameters = {name: value for name, value in wanted.items() if name in names}
    else:
        parameters = _inner(made)
    model = made(**parameters)
    texts = ["one two", "two three", "three four", "four one"] * 10
    for target in ((X, y), (X, X[:, 0]), (X, X[:, :2]), (texts, y), (X[:, 0], y), ([{"a": 1.0}, {"b": 2.0}] * 20, y), (y,),
                   ([["a"], ["b"]] * 20,), (np.abs(X).astype(int), y)):  # fmt: skip
        try:
            return model.fit(*target)
        except Exception as error:
            last = error
    raise last


def _inner(made):
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.tree import DecisionTreeClassifier

    name = made.__name__
    inner = Ridge() if "Regress" in name else LogisticRegression()
    names = made.__init__.__code__.co_varnames
    if "estimators" in names:
        return {
            "estimators": [("a", inner), ("b", Ridge() if "Regress" in name else DecisionTreeClassifier(max_depth=2))]
        }
    given = {"param_grid": {}, "param_distributions": {}}
    return {"estimator": inner, **{key: value for key, value in given.items() if key in names}}


def _compositions():
    import numpy as np
    import pandas as pd
    from scipy.stats import loguniform, uniform
    from sklearn import (
        compose,
        decomposition,
        ensemble,
        feature_extraction,
        feature_selection,
        gaussian_process,
        impute,
        linear_model,
        metrics,
        model_selection,
        neighbors,
        pipeline,
        preprocessing,
        svm,
    )
    from sklearn.gaussian_process import kernels

    X, y = _data()
    frame = pd.DataFrame(
        {"a": X[:, 0], "b": ["u", "v"] * 20, "t": ["one two", "two three"] * 20, "n": [1.0, None] * 20}
    )
    columns = compose.ColumnTransformer(
        [
            (
                "num",
                pipeline.make_pipeline(impute.KNNImputer(), preprocessing.QuantileTransformer(n_quantiles=5)),
                ["a", "n"],
            ),
            ("cat", preprocessing.OrdinalEncoder(), ["b"]),
            ("txt", feature_extraction.text.CountVectorizer(), "t"),
        ]
    )
    return {
        "columns_forest": lambda: pipeline.make_pipeline(columns, ensemble.ExtraTreesClassifier(3, max_depth=2)).fit(frame, y),
        "by_dtype": lambda: compose.make_column_transformer(
            (preprocessing.RobustScaler(), compose.make_column_selector(dtype_include="number")), remainder="drop"
        ).fit(frame),
        "random_search": lambda: model_selection.RandomizedSearchCV(
            svm.SVC(), {"C": loguniform(0.1, 10), "gamma": uniform(0.1, 1)}, n_iter=2, cv=2, random_state=0
        ).fit(X, y),
        "halving": lambda: model_selection.GridSearchCV(
            pipeline.Pipeline([("s", preprocessing.PowerTransformer()), ("m", linear_model.ElasticNet())]),
            {"m__alpha": [0.1, 1.0]}, cv=model_selection.RepeatedKFold(n_splits=2, n_repeats=1), scoring="r2",
        ).fit(X, X[:, 0]),
        "custom_scorer": lambda: model_selection.GridSearchCV(
            linear_model.LogisticRegression(), {"C": [1.0]}, cv=2,
            scoring=metrics.make_scorer(metrics.fbeta_score, beta=2),
        ).fit(X, y),
        "gp_kernel": lambda: gaussian_process.GaussianProcessClassifier(
            1.0 * kernels.RBF() + kernels.WhiteKernel() + kernels.Matern(nu=1.5)
        ).fit(X[:10], [0, 1] * 5),
        "union": lambda: pipeline.make_union(
            decomposition.TruncatedSVD(2), feature_selection.SelectPercentile(feature_selection.f_regression, percentile=50)
        ).fit(X, y),
        "stack": lambda: ensemble.StackingRegressor(
            [("k", neighbors.KNeighborsRegressor()), ("r", linear_model.HuberRegressor())], linear_model.Lasso(), cv=2
        ).fit(X, X[:, 1]),
        "function": lambda: preprocessing.FunctionTransformer(np.sqrt, inverse_func=np.square).fit(X),
        "ball_tree": lambda: neighbors.NearestNeighbors(algorithm="ball_tree", metric="haversine").fit(X[:, :2]),
        "kd_tree": lambda: neighbors.KDTree(X),
        "splits": lambda: [model_selection.StratifiedShuffleSplit(2), model_selection.TimeSeriesSplit(2)],
        "scores": lambda: {"report": metrics.classification_report(y, y, output_dict=True), "at": np.datetime64("2025-01-01")},
        "bunch": lambda: __import__("sklearn.inspection", fromlist=["x"]).permutation_importance(
            linear_model.Ridge().fit(X, y), X, y, n_repeats=2
        ),
        "kernel_density": lambda: neighbors.KernelDensity(kernel="cosine").fit(X),
    }  # fmt: skip
