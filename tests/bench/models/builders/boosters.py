"""XGBoost, LightGBM and CatBoost: pickled estimators and every format of their own."""

from __future__ import annotations

import pickle
from pathlib import Path

NEEDS = ("xgboost", "lightgbm", "catboost", "sklearn")


def build(folder: Path) -> None:
    """Train a classifier and a regressor of each library and save them in every way it offers."""
    import catboost
    import joblib
    import lightgbm
    import numpy as np
    import xgboost

    draw = np.random.default_rng(0)
    features = draw.normal(size=(80, 4))
    for target, values in (("class", (features[:, 0] > 0).astype(int)), ("number", features[:, 0])):
        is_class = target == "class"
        gradient = (xgboost.XGBClassifier if is_class else xgboost.XGBRegressor)(n_estimators=3).fit(features, values)
        light = (lightgbm.LGBMClassifier if is_class else lightgbm.LGBMRegressor)(n_estimators=3, verbose=-1)
        light.fit(features, values)
        cat = (catboost.CatBoostClassifier if is_class else catboost.CatBoostRegressor)(
            iterations=3, verbose=False, allow_writing_files=False
        )
        cat.fit(features, values)
        for name, model in (("xgboost", gradient), ("lightgbm", light), ("catboost", cat)):
            (folder / f"{name}-{target}.pkl").write_bytes(pickle.dumps(model, 4))
            joblib.dump(model, folder / f"{name}-{target}.joblib", compress=3)
        booster = gradient.get_booster()
        for ending in ("json", "ubj"):
            booster.save_model(folder / f"xgboost-{target}.{ending}")
        (folder / f"xgboost-booster-{target}.pkl").write_bytes(pickle.dumps(booster, 5))
        light.booster_.save_model(folder / f"lightgbm-{target}.txt")
        (folder / f"lightgbm-booster-{target}.pkl").write_bytes(pickle.dumps(light.booster_, 5))
        for ending in ("cbm", "json"):
            cat.save_model(folder / f"catboost-{target}.{ending}", format=ending)
