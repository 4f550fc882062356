"""ONNX by skl2onnx and by the onnx helpers, skops archives."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("onnx", "skl2onnx", "skops", "sklearn")


def build(folder: Path) -> None:
    """Convert and save fitted estimators and a small convolution."""
    import numpy as np
    import onnx
    import skops.io
    from onnx import TensorProto, helper, numpy_helper
    from skl2onnx import to_onnx
    from sklearn.cluster import KMeans
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeRegressor

    draw = np.random.default_rng(0)
    features = draw.normal(size=(60, 4)).astype(np.float32)
    classes = (features[:, 0] > 0).astype(int)
    models = {
        "logistic": LogisticRegression(),
        "ridge": Ridge(),
        "forest": RandomForestClassifier(3),
        "boosting": GradientBoostingClassifier(n_estimators=3),
        "tree": DecisionTreeRegressor(max_depth=3),
        "neighbours": KNeighborsClassifier(),
        "machine": SVC(),
        "network": MLPClassifier((4,), max_iter=20),
        "clusters": KMeans(2, n_init=1),
        "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    }
    for name, model in models.items():
        model.fit(features, classes)
        (folder / f"{name}.onnx").write_bytes(to_onnx(model, features[:1]).SerializeToString())
        skops.io.dump(model, folder / f"{name}.skops")
        skops.io.dump(model, folder / f"{name}-packed.skops", compression=8)
    weight = numpy_helper.from_array(draw.normal(size=(2, 1, 3, 3)).astype(np.float32), "w")
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node("Relu", ["c"], ["y"])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, None, None]) for name in ("x", "y")]
    model = helper.make_model(helper.make_graph(nodes, "conv", [ends[0]], [ends[1]], [weight]))
    onnx.save(model, folder / "convolution.onnx")
    onnx.save(model, folder / "outside.onnx", save_as_external_data=True, location="outside.weights", size_threshold=1)
