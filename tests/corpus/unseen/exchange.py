"""Formats for exchange: ONNX from scikit-learn, skops, and the boosters' own JSON beside them."""

from __future__ import annotations

import sys
from pathlib import Path

NEEDS = ("skl2onnx", "onnx", "skops", "scikit-learn")
LISTED = True


def build(folder: Path) -> None:
    """Each model as ONNX and as skops."""
    import numpy as np
    import skops.io
    from skl2onnx import to_onnx
    from sklearn import (
        cluster,
        ensemble,
        linear_model,
        naive_bayes,
        neighbors,
        neural_network,
        pipeline,
        preprocessing,
        svm,
    )

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(4)
    X = rng.random((30, 3)).astype(np.float32)
    y = (X[:, 0] > 0.5).astype(int)
    models = {
        "lasso": linear_model.Lasso(), "sgd": linear_model.SGDClassifier(), "svr": svm.SVR(),
        "forest": ensemble.RandomForestRegressor(2, max_depth=2), "hist": ensemble.HistGradientBoostingClassifier(max_iter=2),
        "bayes": naive_bayes.BernoulliNB(), "knn": neighbors.KNeighborsRegressor(), "kmeans": cluster.KMeans(2, n_init=1),
        "mlp": neural_network.MLPRegressor(hidden_layer_sizes=(3,), max_iter=5),
        "scaled": pipeline.make_pipeline(preprocessing.MaxAbsScaler(), linear_model.LogisticRegression()),
    }  # fmt: skip
    for name, model in models.items():
        model.fit(X, y)
        skops.io.dump(model, folder / f"{name}.skops")
        try:
            (folder / f"{name}.onnx").write_bytes(to_onnx(model, X[:1]).SerializeToString())
        except (RuntimeError, TypeError, ValueError) as error:
            print(f"  exchange/{name}.onnx: not built ({type(error).__name__})", file=sys.stderr)
