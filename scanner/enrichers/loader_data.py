"""Published flaws of libraries that load models: the promise of a loader, and the versions at which it does not hold.

Only flaws of a *protection* are listed (``weights_only``, ``safe_mode``, a list of trusted types, a sandbox, a folder that
external data stay in). Formats whose loader promises nothing (pickle, joblib, MLflow's Python models) need no row: their
verdict says what loading them does. Reviewed against the records named in ``source``; :data:`TABLE_VERSION` is the day.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

TABLE_VERSION: Final = "2026-11-21"


class LoaderFlaw(NamedTuple):
    """Versions from ``introduced`` to before ``fixed`` (PEP 440 order) of a PyPI package break ``promise``.

    ``formats`` are values of a model's group ``format``. ``imports``: the first package of a name that the model must
    import for this loader to be the one that reads it; empty where the format alone tells.
    """

    advisory: str
    package: str
    introduced: str
    fixed: str
    formats: frozenset[str]
    promise: str
    severity: Literal["critical", "high", "medium", "low"]
    source: str
    imports: str = ""


_TORCH: Final = frozenset({"torch"})
_KERAS: Final = frozenset({"keras"})
_SKOPS: Final = frozenset({"skops"})

FLAWS: Final = (
    LoaderFlaw(
        "CVE-2025-32434", "torch", "0", "2.6.0", _TORCH, "weights_only=True runs no code", "critical", "GHSA-53q9-r3pm-6pq6"
    ),
    LoaderFlaw(
        "CVE-2025-32434", "torch", "0", "2.6.0", frozenset({"pickle"}), "weights_only=True runs no code", "critical",
        "GHSA-53q9-r3pm-6pq6", "torch",
    ),
    LoaderFlaw(
        "CVE-2025-24357", "vllm", "0", "0.7.0", _TORCH, "checkpoints are loaded with weights_only=True", "high",
        "GHSA-rh4j-5rhw-hr54",
    ),
    LoaderFlaw(
        "CVE-2024-3660", "keras", "0", "2.13.1", _KERAS | {"hdf5", "savedmodel"},
        "Lambda layers are refused unless they are asked for", "critical", "CERT VU#253266",
    ),
    LoaderFlaw(
        "CVE-2025-1550", "keras", "3.0.0", "3.9.0", _KERAS, "safe_mode=True runs no code", "high", "GHSA-48g7-3x6r-xfhp"
    ),
    LoaderFlaw(
        "CVE-2025-8747", "keras", "3.0.0", "3.11.0", _KERAS, "safe_mode=True runs no code", "high", "GHSA-c9rc-mg46-23w3"
    ),
    LoaderFlaw(
        "CVE-2025-9906", "keras", "3.0.0", "3.11.0", _KERAS, "a model cannot switch safe_mode off", "high",
        "GHSA-36fq-jgmw-4r9c",
    ),
    LoaderFlaw(
        "CVE-2025-9905", "keras", "3.0.0", "3.11.3", frozenset({"hdf5"}), "safe_mode=True holds for HDF5 files", "high",
        "GHSA-36rr-ww3j-vrjv",
    ),
    LoaderFlaw(
        "CVE-2025-49655", "keras", "3.11.0", "3.11.3", _KERAS, "safe_mode=True unpickles no torch module", "critical",
        "PyPI keras, CVE record",
    ),
    LoaderFlaw(
        "CVE-2025-12058", "keras", "3.0.0", "3.12.0", _KERAS, "safe_mode=True reads no file that the model names",
        "medium", "GHSA-mq84-hjqx-cwf2",
    ),
    LoaderFlaw(
        "CVE-2025-54412", "skops", "0", "0.12.0", _SKOPS, "only trusted types are used", "high", "GHSA-m7f4-hrc6-fwg3"
    ),
    LoaderFlaw(
        "CVE-2025-54413", "skops", "0", "0.12.0", _SKOPS, "only trusted types are used", "high", "GHSA-4v6w-xpmh-gfgp"
    ),
    LoaderFlaw(
        "CVE-2025-54886", "skops", "0", "0.13.0", _SKOPS, "a file that is no skops archive is refused", "high",
        "GHSA-378x-6p4f-8jgm",
    ),
    LoaderFlaw(
        "CVE-2024-34359", "llama-cpp-python", "0.2.30", "0.2.72", frozenset({"gguf"}),
        "chat templates are rendered in a sandbox", "critical", "GHSA-56xg-wfcc-g829",
    ),
    LoaderFlaw(
        "CVE-2022-25882", "onnx", "0", "1.13.0", frozenset({"onnx"}), "external data stay in the model's folder", "high",
        "PYSEC-2023-38",
    ),
    LoaderFlaw(
        "CVE-2024-27318", "onnx", "0", "1.16.0", frozenset({"onnx"}), "external data stay in the model's folder", "high",
        "CVE record",
    ),
    LoaderFlaw(
        "CVE-2025-23304", "nemo-toolkit", "0", "2.3.2", frozenset({"nemo"}), "a configuration makes classes of NeMo only",
        "high", "NVIDIA security bulletin of August 2025",
    ),
)  # fmt: skip
