"""Gradient boosting: XGBoost, LightGBM and CatBoost, alone and inside scikit-learn."""

from __future__ import annotations

from pathlib import Path

NEEDS = ("xgboost", "lightgbm", "catboost", "scikit-learn", "joblib", "cloudpickle")
LISTED = True


def build(folder: Path) -> None:
    """Boosters and their scikit-learn faces; CatBoost may write no files beside them."""
    from saving import save

    save(folder, _models(), ways=2)


def _models():
    import catboost
    import lightgbm
    import numpy as np
    import xgboost
    from sklearn import calibration, compose, ensemble, model_selection, multioutput, pipeline, preprocessing

    rng = np.random.default_rng(1)
    X, y = rng.random((60, 4)), rng.integers(0, 2, 60)
    g = [20, 20, 20]
    small = {"n_estimators": 2, "max_depth": 2}
    quiet = {"verbose": -1, "min_child_samples": 5, **small}
    cat = {"iterations": 2, "depth": 2, "verbose": False, "allow_writing_files": False}
    xgb = {"max_depth": 2, "objective": "binary:logistic"}
    return {
        "xgb_classifier": lambda: xgboost.XGBClassifier(**small).fit(X, y),
        "xgb_regressor": lambda: xgboost.XGBRegressor(**small, booster="dart").fit(X, X[:, 0]),
        "xgb_linear": lambda: xgboost.XGBRegressor(n_estimators=2, booster="gblinear").fit(X, X[:, 0]),
        "xgb_ranker": lambda: xgboost.XGBRanker(**small).fit(X, y, group=g),
        "xgb_forest": lambda: xgboost.XGBRFClassifier(**small).fit(X, y),
        "xgb_booster": lambda: xgboost.train(xgb, xgboost.DMatrix(X, y), 2),
        "xgb_evals": lambda: xgboost.XGBClassifier(**small, early_stopping_rounds=1).fit(
            X, y, eval_set=[(X, y)], verbose=False),
        "xgb_callback": lambda: xgboost.XGBClassifier(
            **small, callbacks=[xgboost.callback.EarlyStopping(1)]).fit(X, y, eval_set=[(X, y)], verbose=False),
        "xgb_pipeline": lambda: pipeline.make_pipeline(
            preprocessing.MinMaxScaler(), xgboost.XGBClassifier(**small)).fit(X, y),
        "xgb_search": lambda: model_selection.GridSearchCV(
            xgboost.XGBRegressor(**small), {"max_depth": [1, 2]}, cv=2).fit(X, X[:, 0]),
        "xgb_multi": lambda: multioutput.MultiOutputRegressor(xgboost.XGBRegressor(**small)).fit(X, X[:, :2]),
        "lgbm_classifier": lambda: lightgbm.LGBMClassifier(**quiet, boosting_type="goss").fit(X, y),
        "lgbm_regressor": lambda: lightgbm.LGBMRegressor(**quiet, objective="quantile").fit(X, X[:, 0]),
        "lgbm_ranker": lambda: lightgbm.LGBMRanker(**quiet).fit(X, y, group=g),
        "lgbm_booster": lambda: lightgbm.train({"verbose": -1, "objective": "poisson"}, lightgbm.Dataset(X, y), 2),
        "lgbm_calibrated": lambda: calibration.CalibratedClassifierCV(lightgbm.LGBMClassifier(**quiet), cv=2).fit(X, y),
        "lgbm_cv": lambda: lightgbm.cv({"verbose": -1}, lightgbm.Dataset(X, y), 2, nfold=2, stratified=False),
        "cat_classifier": lambda: catboost.CatBoostClassifier(**cat).fit(X, y),
        "cat_regressor": lambda: catboost.CatBoostRegressor(**cat).fit(X, X[:, 0]),
        "cat_ranker": lambda: catboost.CatBoostRanker(**cat).fit(X, y, group_id=np.repeat([0, 1, 2], 20)),
        "cat_plain": lambda: catboost.CatBoost(cat).fit(X, y),
        "cat_target": lambda: compose.TransformedTargetRegressor(
            catboost.CatBoostRegressor(**cat), func=np.log1p, inverse_func=np.expm1).fit(X, X[:, 0]),
        "voting": lambda: ensemble.VotingClassifier(
            [("x", xgboost.XGBClassifier(**small)), ("l", lightgbm.LGBMClassifier(**quiet))]).fit(X, y),
    }  # fmt: skip
