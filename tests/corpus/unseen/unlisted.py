"""Libraries that have no list: their classes are unknown, and saying so is the right verdict."""

from __future__ import annotations

import warnings
from pathlib import Path

NEEDS = ("deslib", "feature-engine", "implicit", "interpret-core", "lifelines", "mlxtend", "ngboost", "pmdarima", "pygam",
         "pyod", "river", "scikit-survival", "sktime", "tslearn", "joblib", "cloudpickle")  # fmt: skip
LISTED = False


def build(folder: Path) -> None:
    """One file for each model, a library that cannot be imported is told and left out."""
    from saving import save

    warnings.simplefilter("ignore")
    save(folder, _models())


def _data():
    import numpy as np

    rng = np.random.default_rng(5)
    X = rng.random((60, 3))
    return X, (X[:, 0] > 0.5).astype(int)


def _models():
    import numpy as np
    import pandas as pd

    X, y = _data()
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "T": X[:, 2] * 10 + 1, "E": y})

    def make(module, name, *args, fit=(X, y), **kwargs):
        def made():
            found = getattr(__import__(module, fromlist=[name]), name)(*args, **kwargs)
            return found.fit(*fit) or found

        return made

    def learned(module, name):
        def made():
            model = getattr(__import__(module, fromlist=[name]), name)()
            for row, target in zip(X[:20], y[:20], strict=True):
                model.learn_one({"a": row[0], "b": row[1]}, int(target))
            return model

        return made

    survival = np.array([(bool(e), t) for e, t in zip(y, frame["T"], strict=True)], dtype=[("e", bool), ("t", float)])
    series = np.sin(np.arange(40.0))
    months = pd.Series(np.arange(36.0), index=pd.period_range("2020-01", periods=36, freq="M"))
    return {
        "sktime_naive": make("sktime.forecasting.naive", "NaiveForecaster", sp=12, fit=(months,)),
        "sktime_theta": make("sktime.forecasting.theta", "ThetaForecaster", sp=12, fit=(months,)),
        "sktime_trend": make("sktime.forecasting.trend", "PolynomialTrendForecaster", fit=(months,)),
        "river_logistic": learned("river.linear_model", "LogisticRegression"),
        "river_tree": learned("river.tree", "HoeffdingTreeClassifier"),
        "river_bayes": learned("river.naive_bayes", "GaussianNB"),
        "pygam_linear": make("pygam", "LinearGAM"),
        "pygam_logistic": make("pygam", "LogisticGAM"),
        "lifelines_km": make("lifelines", "KaplanMeierFitter", fit=(frame["T"], frame["E"])),
        "lifelines_weibull": make("lifelines", "WeibullFitter", fit=(frame["T"], frame["E"])),
        "lifelines_cox": make("lifelines", "CoxPHFitter", fit=(frame, "T", "E")),
        "mlxtend_stack": make("mlxtend.classifier", "SoftmaxRegression", epochs=2),
        "mlxtend_perceptron": make("mlxtend.classifier", "Perceptron", epochs=2),
        "interpret_ebm": make("interpret.glassbox", "ExplainableBoostingClassifier", interactions=0, max_rounds=3),
        "ngboost": make("ngboost", "NGBRegressor", n_estimators=2, verbose=False, fit=(X, X[:, 0])),
        "tslearn_kmeans": make("tslearn.clustering", "TimeSeriesKMeans", n_clusters=2, max_iter=2, fit=(X,)),
        "tslearn_knn": make("tslearn.neighbors", "KNeighborsTimeSeriesClassifier"),
        "pyod_iforest": make("pyod.models.iforest", "IForest", n_estimators=3, fit=(X,)),
        "pyod_knn": make("pyod.models.knn", "KNN", fit=(X,)),
        "pyod_ecod": make("pyod.models.ecod", "ECOD", fit=(X,)),
        "deslib_knora": make("deslib.des.knora_e", "KNORAE"),
        "implicit_als": make("implicit.als", "AlternatingLeastSquares", factors=2, iterations=1,
                             fit=(__import__("scipy.sparse", fromlist=["x"]).csr_matrix(X),)),
        "sksurv_cox": make("sksurv.linear_model", "CoxPHSurvivalAnalysis", fit=(X, survival)),
        "sksurv_forest": make("sksurv.ensemble", "RandomSurvivalForest", n_estimators=2, fit=(X, survival)),
        "pmdarima": make("pmdarima", "ARIMA", order=(1, 0, 0), fit=(series,)),
        "feature_engine": make("feature_engine.imputation", "MeanMedianImputer", fit=(frame[["a", "b"]],)),
        "feature_encode": make("feature_engine.discretisation", "EqualWidthDiscretiser", fit=(frame[["a", "b"]],)),
    }  # fmt: skip
