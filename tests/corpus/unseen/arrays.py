"""Data that people keep beside their models: NumPy, SciPy and pandas objects, as pickles and as .npy and .npz."""

from __future__ import annotations

import datetime
from pathlib import Path

NEEDS = ("numpy", "scipy", "pandas", "joblib", "cloudpickle")
LISTED = True


def build(folder: Path) -> None:
    """Objects in every way of saving, and NumPy's own files."""
    import numpy as np
    from saving import save

    save(folder, _values(), ways=2)
    np.save(folder / "plain.npy", np.arange(6.0))
    np.save(folder / "structured.npy", np.zeros(3, dtype=[("x", "f4"), ("when", "M8[s]")]))
    np.save(folder / "objects.npy", np.array([{"a": 1}, [2.0], None], dtype=object), allow_pickle=True)
    np.savez(folder / "several.npz", a=np.ones(3), b=np.array(["x", "yy"]))
    np.savez_compressed(folder / "packed.npz", weights=np.zeros((20, 20)), names=np.array(["u", None], dtype=object))


def _values():
    import numpy as np
    import pandas as pd
    from scipy import interpolate, optimize, signal, sparse, spatial, stats

    rng = np.random.default_rng(3)
    dates = pd.date_range("2024-01-01", periods=6, freq="D", tz="Europe/Berlin")
    frame = pd.DataFrame({"x": rng.random(6), "g": list("aabbcc")}, index=dates)
    x = np.linspace(0, 1, 8)
    return {
        "generators": lambda: [np.random.Generator(np.random.PCG64(1)), np.random.Generator(np.random.Philox(1)),
                               np.random.Generator(np.random.SFC64(1)), np.random.SeedSequence(4)],
        "legacy_random": lambda: np.random.RandomState(5),
        "polynomials": lambda: [np.poly1d([1, 2]), np.polynomial.Polynomial([1, 2]), np.polynomial.Hermite([1, 2]),
                                np.polynomial.Laguerre([1, 2]), np.polynomial.HermiteE([1.0])],
        "records": lambda: np.rec.array([(1, "a"), (2, "b")], names="n,s"),
        "masked": lambda: np.ma.masked_invalid([1.0, np.nan]),
        "scalars": lambda: {"f16": np.float16(1), "c": np.complex64(1j), "b": np.bool_(True), "d": np.timedelta64(3, "h")},
        "dtypes": lambda: [np.dtype("f8"), np.dtype([("a", "i2")]), np.float32, np.int64, np.object_],
        "time_zone": lambda: frame,
        "multi_index": lambda: frame.set_index("g", append=True)["x"].unstack(),
        "groups": lambda: frame.groupby("g").agg(["mean", "max"]),
        "categories": lambda: pd.Series(pd.Categorical(list("abca"), categories=list("cba"), ordered=True)),
        "nullable": lambda: pd.DataFrame({"i": pd.array([1, None], "Int32"), "b": pd.array([True, None], "boolean"),
                                          "s": pd.array(["x", None], "string"), "f": pd.array([0.5, None], "Float32")}),
        "sparse_frame": lambda: pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, 1])}),
        "periods": lambda: pd.Series([1, 2], index=pd.period_range("2024Q1", periods=2, freq="Q")),
        "intervals": lambda: pd.cut(pd.Series([1, 5, 9]), [0, 3, 10]),
        "offsets": lambda: [pd.offsets.MonthBegin(2), pd.offsets.BQuarterEnd(), pd.offsets.Week(weekday=2),
                            pd.offsets.BYearEnd(), pd.offsets.DateOffset(months=1), pd.offsets.CustomBusinessDay()],
        "settings": lambda: {"when": datetime.datetime(2024, 5, 1, 3), "frame": frame.describe(), "n": pd.Timedelta("3h")},
        "sparse": lambda: [sparse.random(5, 5, 0.3, f, random_state=0) for f in ("csr", "csc", "coo", "lil", "dok", "bsr")],
        "sparse_arrays": lambda: [sparse.dia_array(np.eye(3)), sparse.csr_array(np.eye(3)), sparse.dok_array((2, 2))],
        "splines": lambda: [interpolate.CubicSpline(x, x**2), interpolate.PchipInterpolator(x, x), interpolate.BSpline(
            np.array([0.0, 0, 1, 1]), np.array([1.0, 2]), 1), interpolate.make_interp_spline(x, x)],
        "interp1d": lambda: interpolate.interp1d(x, x, kind="cubic"),
        "grid": lambda: interpolate.RegularGridInterpolator((x, x), np.outer(x, x)),
        "rbf": lambda: interpolate.RBFInterpolator(rng.random((6, 2)), rng.random(6)),
        "univariate": lambda: interpolate.UnivariateSpline(x, x**2),
        "trees": lambda: [spatial.cKDTree(rng.random((9, 2))), spatial.KDTree(rng.random((9, 2)))],
        "rotation": lambda: spatial.transform.Rotation.from_euler("z", 90, degrees=True),
        "kde": lambda: stats.gaussian_kde(rng.random(20)),
        "frozen": lambda: [stats.norm(1, 2), stats.gamma(2), stats.poisson(3), stats.beta(1, 2), stats.randint(0, 5)],
        "multivariate": lambda: stats.multivariate_normal([0, 0], np.eye(2)),
        "results": lambda: [stats.linregress(x, x), stats.spearmanr(x, x)],
        "optimum": lambda: optimize.minimize(_bowl, [1.0, 2.0], method="Nelder-Mead"),
        "filter": lambda: signal.dlti([1], [1, 0.5]),
        "hull": lambda: sparse.csgraph.minimum_spanning_tree(np.ones((3, 3))),
    }  # fmt: skip


def _bowl(point):
    return float((point**2).sum())
