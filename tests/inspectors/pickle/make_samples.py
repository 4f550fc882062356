"""Writes the benign pickles under ``data/`` with the real libraries; run by hand, never by the tests.

    python make_samples.py OUT

Needs numpy, pandas, scikit-learn, joblib, lz4, xgboost, lightgbm and torch. Made with the versions that
``data/VERSIONS.txt`` names. Nothing is loaded again.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import functools
import importlib.metadata
import io
import pathlib
import pickle
import sys
import uuid
import zipfile
from collections.abc import Iterator

import joblib
import lightgbm
import numpy as np
import pandas as pd
import torch
import xgboost
from scipy import sparse
from sklearn import (
    cluster,
    compose,
    decomposition,
    ensemble,
    feature_extraction,
    feature_selection,
    gaussian_process,
    impute,
    linear_model,
    model_selection,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)

Sample = tuple[str, bytes]

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "joblib", "lz4", "xgboost", "lightgbm", "torch")


def standard_library() -> Iterator[Sample]:
    values = {
        "plain": {"a": [1, 2.5, None, True], "b": (b"x", "y" * 300, -(2**80)), "c": {1, 2}, "d": frozenset("z")},
        "shared": [shared := ["s"] * 3, shared, {"again": shared}],
        "collections": [collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1], 5),
                        collections.defaultdict(list, a=[1])],
        "dates": [datetime.datetime(2025, 1, 2, tzinfo=datetime.UTC), datetime.date(2025, 1, 2),
                  datetime.timedelta(3)],
        "numbers": [decimal.Decimal("1.5"), fractions.Fraction(1, 3), complex(1, 2), range(3), slice(1, 2)],
        "names": [uuid.UUID(int=7), pathlib.PurePosixPath("a/b"), ValueError("x"), bytearray(b"q"), type(None)],
        "partial": [functools.partial(np.log1p)],
    }  # fmt: skip
    for name, value in values.items():
        for protocol in (0, 2, 4, 5):
            yield f"std_{name}_p{protocol}.pkl", pickle.dumps(value, protocol)


def numpy_and_pandas() -> Iterator[Sample]:
    frame = pd.DataFrame(
        {
            "i": [1, 2], "f": [0.5, None], "s": ["a", "b"], "c": pd.Categorical(["x", "y"]),
            "t": pd.to_datetime(["2025-01-01", "2025-02-01"]), "n": pd.array([1, None], dtype="Int64"),
        }
    )  # fmt: skip
    values = {
        "np_arrays": [np.arange(6.0).reshape(2, 3), np.array(["ab"]), np.array([b"c"]), np.float32(1.5), np.array(3)],
        "np_object": np.array([None, "a", 1], dtype=object),
        "np_structured": np.zeros(2, dtype=[("a", "i4"), ("b", "U3")]),
        "np_dates": np.array(["2025-01-01"], dtype="M8[D]"),
        "np_masked": np.ma.array([1, 2], mask=[True, False]),
        "np_random": [np.random.RandomState(0), np.random.default_rng(0)],
        "np_fortran": np.asfortranarray(np.ones((2, 2))),
        "pd_frame": frame,
        "pd_series": frame["f"],
        "pd_indexes": [pd.MultiIndex.from_tuples([(1, "a")]), pd.period_range("2025", periods=2, freq="M"),
                       pd.interval_range(0, 2), pd.timedelta_range("1D", periods=2), pd.RangeIndex(4)],
        "pd_scalars": [pd.Timestamp("2025-01-01", tz="UTC"), pd.Timedelta(1), pd.NaT, pd.NA, pd.Period("2025-01")],
        "sparse": [sparse.csr_matrix(np.eye(2)), sparse.csc_matrix(np.eye(2)), sparse.coo_array(np.eye(2))],
    }  # fmt: skip
    for name, value in values.items():
        for protocol in (2, 5):
            yield f"{name}_p{protocol}.pkl", pickle.dumps(value, protocol)


def estimators() -> dict[str, object]:
    rng = np.random.RandomState(0)
    X = rng.rand(30, 3)
    y = (X[:, 0] > 0.5).astype(int)
    texts = ["one two", "two three", "three four"] * 10
    names = pd.DataFrame({"a": X[:, 0], "b": ["u", "v", "w"] * 10})
    small = {"n_estimators": 2, "max_depth": 2, "random_state": 0}
    made: dict[str, object] = {
        "logistic": linear_model.LogisticRegression().fit(X, y),
        "ridge": linear_model.Ridge().fit(X, y),
        "sgd": linear_model.SGDClassifier(random_state=0).fit(X, y),
        "tree": tree.DecisionTreeClassifier(max_depth=2).fit(X, y),
        "forest": ensemble.RandomForestClassifier(**small).fit(X, y),
        "boosting": ensemble.GradientBoostingClassifier(**small).fit(X, y),
        "hist_boosting": ensemble.HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=3).fit(X, y),
        "hist_regressor": ensemble.HistGradientBoostingRegressor(max_iter=2, max_leaf_nodes=3).fit(X, y),
        "isolation": ensemble.IsolationForest(n_estimators=2, random_state=0).fit(X),
        "adaboost": ensemble.AdaBoostClassifier(n_estimators=2, random_state=0).fit(X, y),
        "svc": svm.SVC(probability=False).fit(X, y),
        "knn": neighbors.KNeighborsClassifier(algorithm="kd_tree").fit(X, y),
        "bayes": naive_bayes.GaussianNB().fit(X, y),
        "mlp": neural_network.MLPClassifier((3,), max_iter=3, random_state=0).fit(X, y),
        "gp": gaussian_process.GaussianProcessRegressor().fit(X[:5], y[:5]),
        "kmeans": cluster.KMeans(2, n_init=1, random_state=0).fit(X),
        "pca": decomposition.PCA(2).fit(X),
        "tfidf": feature_extraction.text.TfidfVectorizer().fit(texts),
        "select": feature_selection.SelectKBest(feature_selection.f_classif, k=2).fit(X, y),
        "function": preprocessing.FunctionTransformer(np.log1p),
        "grid": model_selection.GridSearchCV(linear_model.Ridge(), {"alpha": [0.1, 1]}, cv=2).fit(X, y),
        "columns": pipeline.make_pipeline(
            compose.ColumnTransformer(
                [
                    ("num", pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler()), ["a"]),
                    ("cat", preprocessing.OneHotEncoder(handle_unknown="ignore"), ["b"]),
                ]
            ),
            linear_model.LogisticRegression(),
        ).fit(names, y),
        "xgb_sklearn": xgboost.XGBClassifier(n_estimators=1, max_depth=1).fit(X, y),
        "lgbm_sklearn": lightgbm.LGBMClassifier(n_estimators=1, max_depth=1, verbose=-1).fit(X, y),
        "lgbm_booster": lightgbm.train({"verbose": -1, "max_depth": 1}, lightgbm.Dataset(X, y), 1),
    }
    return made


def sklearn_like() -> Iterator[Sample]:
    for name, estimator in estimators().items():
        yield f"sk_{name}.pkl", pickle.dumps(estimator)
        buffer = io.BytesIO()
        joblib.dump(estimator, buffer)
        yield f"sk_{name}.joblib", buffer.getvalue()
    for method in ("zlib", "lz4"):
        buffer = io.BytesIO()
        joblib.dump({"a": np.arange(100.0)}, buffer, compress=method)
        yield f"compressed_{method}.joblib", buffer.getvalue()
    arrays = {"f": np.arange(7.0), "o": np.array([1, "a", None], dtype=object), "s": np.array(["aa", "b"]), "z": 1}
    buffer = io.BytesIO()
    joblib.dump(arrays, buffer)
    yield "arrays.joblib", buffer.getvalue()


class Colour(enum.Flag):
    RED = 1


def torch_files() -> Iterator[Sample]:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(4, 1))
    optimiser = torch.optim.Adam(net.parameters())
    net(torch.ones(2, 3)).sum().backward()
    optimiser.step()
    values = {
        "state": net.state_dict(),
        "module": net,
        "checkpoint": {"model": net.state_dict(), "optimiser": optimiser.state_dict(), "epoch": 3},
        "dtypes": [torch.ones(2, dtype=dtype) for dtype in (torch.bfloat16, torch.int64, torch.bool, torch.complex64)],
    }
    for name, value in values.items():
        buffer = io.BytesIO()
        torch.save(value, buffer)
        with zipfile.ZipFile(buffer) as archive:
            member = next(entry for entry in archive.namelist() if entry.endswith("/data.pkl"))
            yield f"torch_{name}.data.pkl", archive.read(member)
        buffer = io.BytesIO()
        torch.save(value, buffer, _use_new_zipfile_serialization=False)
        yield f"torch_{name}_legacy.pt", buffer.getvalue()
    yield "torch_tensor_plain.pkl", pickle.dumps({"w": torch.arange(2000.0)})


def main(out: pathlib.Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    prefix = sys.prefix.encode()
    for group in (standard_library, numpy_and_pandas, sklearn_like, torch_files):
        for name, content in group():
            (out / name).write_bytes(content.replace(prefix, b"/" + b"p" * (len(prefix) - 1)))
    versions = [f"{package} {importlib.metadata.version(package)}\n" for package in PACKAGES]
    (out / "VERSIONS.txt").write_text(f"python {sys.version.split()[0]}\n" + "".join(versions))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
