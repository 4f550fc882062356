"""statsmodels: fitted results, which hold the model, the data and the formula."""

from __future__ import annotations

import warnings
from pathlib import Path

NEEDS = ("statsmodels", "pandas", "joblib", "cloudpickle")
LISTED = True


def build(folder: Path) -> None:
    """Results of regressions and of time series."""
    from saving import save

    warnings.simplefilter("ignore")
    save(folder, _models(), ways=1)


def _models():
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm
    import statsmodels.formula.api as smf
    from statsmodels.tsa import api as tsa

    rng = np.random.default_rng(2)
    X = sm.add_constant(rng.random((40, 2)))
    y = X @ [1.0, 2, 3] + rng.random(40)
    z = (y > y.mean()).astype(int)
    frame = pd.DataFrame({"y": y, "a": X[:, 1], "b": ["u", "v"] * 20, "g": np.repeat(range(8), 5)})
    series = pd.Series(np.cumsum(rng.random(60)), index=pd.date_range("2020", periods=60, freq="MS"))
    return {
        "ols": lambda: sm.OLS(y, X).fit(),
        "ols_bare": lambda: sm.OLS(y, X).fit()._results,
        "wls": lambda: sm.WLS(y, X, weights=np.ones(40)).fit(),
        "glm_poisson": lambda: sm.GLM(z, X, family=sm.families.Poisson()).fit(),
        "glm_binomial": lambda: sm.GLM(z, X, family=sm.families.Binomial()).fit(),
        "logit": lambda: sm.Logit(z, X).fit(disp=0),
        "probit": lambda: sm.Probit(z, X).fit(disp=0),
        "robust": lambda: sm.RLM(y, X).fit(),
        "quantile": lambda: smf.quantreg("y ~ a", frame).fit(0.5),
        "formula": lambda: smf.ols("y ~ a + C(b)", frame).fit(),
        "mixed": lambda: smf.mixedlm("y ~ a", frame, groups=frame["g"]).fit(),
        "gee": lambda: smf.gee("y ~ a", "g", frame).fit(),
        "arima": lambda: tsa.ARIMA(series, order=(1, 1, 0)).fit(),
        "sarimax": lambda: tsa.SARIMAX(series, order=(1, 0, 0)).fit(disp=0),
        "holt_winters": lambda: tsa.ExponentialSmoothing(series, trend="add").fit(),
        "auto_reg": lambda: tsa.AutoReg(series, 2).fit(),
        "var": lambda: tsa.VAR(np.column_stack([series, series**0.5])).fit(1),
        "unobserved": lambda: tsa.UnobservedComponents(series, "local level").fit(disp=0),
        "seasonal": lambda: tsa.seasonal_decompose(series, period=6),
        "stl": lambda: tsa.STL(series, period=7).fit(),
        "lowess": lambda: sm.nonparametric.lowess(y, X[:, 1]),
        "pca": lambda: sm.PCA(X[:, 1:]),
    }
