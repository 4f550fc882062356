from __future__ import annotations

import pytest

from scanner.inspectors.pickle.arguments import RULES
from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.known_safe import _EXACT, FREE, class_rule, exact_rule, list_digest
from scanner.inspectors.pickle.known_safe_data import CLASSES

NEVER = """
builtins:map builtins:apply builtins:eval functools:reduce operator:methodcaller types:FunctionType codecs:decode
numpy:load numpy:fromfile torch:load pandas:read_csv sklearn.datasets:load_iris sklearn.externals:Thing
sklearn.utils._testing:Thing torch._dynamo:Thing torch._inductor:Thing numpy.f2py:Thing joblib:load
"""


@pytest.mark.parametrize("pair", NEVER.split())
def test_never_safe(pair: str) -> None:
    module, name = pair.split(":")
    assert exact_rule(module, name) is None
    assert class_rule(module, name) is None or effect_of(module, name) is not None


def test_every_argument_rule_exists_and_is_used() -> None:
    used = set(_EXACT.values())
    assert used - {FREE} == set(RULES) - {"no_arguments"}


def test_exact_names_do_not_walk_into_an_effect() -> None:
    """An exact entry overrides the effect rules, so each such override is named here."""
    overridden = {f"{module}.{name}" for module, name in _EXACT if effect_of(module, name) is not None}
    assert overridden <= OVERRIDES


OVERRIDES = {
    "copyreg.__newobj__", "copyreg.__newobj_ex__", "copy_reg.__newobj__", "copy_reg.__newobj_ex__",
    "torch.storage._load_from_bytes",
    *(f"torch.jit._pickle.{name}" for name in (
        "build_boollist", "build_doublelist", "build_intlist", "build_tensorlist", "restore_type_tag")),
}  # fmt: skip

CLASS_NAMES = {
    ("sklearn.linear_model._ridge", "Ridge"): True,
    ("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"): True,
    ("pandas._libs.internals", "_unpickle_block"): True,
    ("sklearn._loss._loss", "__pyx_unpickle_CyHalfBinomialLoss"): True,
    ("sklearn.base", "clone"): False,
    ("sklearn.base", "BaseEstimator.get_params"): False,
    ("sklearn.base", "__init__"): False,
    ("sklearn.tests.test_base", "Thing"): False,
    ("sklearnx.base", "Thing"): False,
    ("torch.nn.modules.linear", "Linear"): True,
    ("torch.nn.init", "Linear"): False,
    ("sklearn.calibration", "Parallel"): False,
}


@pytest.mark.parametrize("pair", CLASS_NAMES)
def test_classes_of_listed_packages(pair: tuple[str, str]) -> None:
    assert (class_rule(*pair) is not None) is CLASS_NAMES[pair]


def test_packages_with_active_constructors_accept_no_arguments() -> None:
    assert (
        class_rule("xgboost.core", "Booster") == class_rule("ultralytics.nn.tasks", "DetectionModel") == "no_arguments"
    )


def test_no_listed_package_is_denied_as_a_whole() -> None:
    assert [package for package in CLASSES.split() if effect_of(package, "Anything")] == []


def test_the_digest_names_the_lists() -> None:
    assert len(list_digest()) == 64 and list_digest() == list_digest()
