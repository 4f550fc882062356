from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.inspectors.pickle import analyse, judge, known_safe
from scanner.inspectors.pickle.arguments import RULES
from scanner.inspectors.pickle.effects import effect_of
from scanner.inspectors.pickle.effects_data import DENIED, TELLING_NAMES
from scanner.inspectors.pickle.judge import _look_up, _spellings
from scanner.inspectors.pickle.known_safe import BY_HAND, FREE, LISTS, class_rule, exact_rule, list_digest
from scanner.inspectors.pickle.listing.wheels import HIDDEN
from scanner.inspectors.pickle.outweighed import OUTWEIGHED

NEVER = """
builtins:map builtins:apply builtins:eval functools:reduce operator:methodcaller types:FunctionType codecs:decode
numpy:load numpy:fromfile torch:load pandas:read_csv sklearn.datasets:load_iris sklearn.externals:Thing
sklearn.utils._testing:Thing torch._dynamo:Thing torch._inductor:Thing numpy.f2py:Thing joblib:load
sklearn.base:clone sklearn.base:__init__ sklearn.base:BaseEstimator.get_params sklearn.tests.test_base:Thing
sklearnx.base:Thing sklearn.calibration:Parallel sklearn.base:os sklearn.utils:os numpy:os pandas:sys torch:os torch:sys
joblib:os scipy.stats:np sklearn.preprocessing:joblib sklearn.ensemble._forest:threading transformers:importlib
xgboost.core:ctypes lightgbm.basic:ctypes torch.nn.modules.module:functools torch.hub:load torch.package:PackageImporter
torch.jit:ScriptModule sklearn.utils.parallel:Parallel joblib.parallel:Parallel nltk:download gensim.utils:SaveLoad.load
statsmodels.base.model:Model.from_formula pandas.io.pickle:Unpickler numpy.ctypeslib:load_library
"""
"""References that stay off the lists for ever: what runs, loads, opens, and modules that a library merely imports."""

USES = {
    ("sklearn.linear_model._ridge", "Ridge"): FREE,
    ("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"): FREE,
    ("sklearn.ensemble", "RandomForestClassifier"): FREE,
    ("torch.nn.modules.linear", "Linear"): "new",
    ("__torch__.net", "Net"): FREE,
    ("torch.nn.init", "Linear"): None,
}


def _denied_pairs() -> Iterator[tuple[str, str]]:
    """A pair for every line of the effects, patterns filled in, and every telling name in a module of no list."""
    for text in DENIED.values():
        for line in text.strip().splitlines():
            modules, names = line.split(":", 1)
            for module in modules.split():
                for name in names.split():
                    yield module.replace(".*", ".inner"), name.replace("*", "thing")
    yield from (("helpers", name) for name in TELLING_NAMES.split())
    yield from OUTWEIGHED


DENIED_PAIRS = st.sampled_from(sorted(set(_denied_pairs())))


def lists() -> list[str]:
    return sorted(path.relative_to(LISTS).as_posix() for path in LISTS.rglob("*.txt") if path.name != "index.txt")


def entries(file: str) -> list[tuple[str, str, str]]:
    rules = known_safe._read(file).rules
    return [(module, name, rule) for module, names in rules.items() for name, rule in names.items()]


GENERATED = [file for file in lists() if not file.startswith(BY_HAND)]
HAND = [file for file in lists() if file.startswith(BY_HAND)]


@pytest.mark.parametrize("pair", NEVER.split())
def test_never_safe(pair: str) -> None:
    module, name = pair.split(":")
    assert exact_rule(module, name) is None
    assert class_rule(module, name) is None


@pytest.mark.parametrize("pair", USES)
def test_how_a_reference_may_be_used(pair: tuple[str, str]) -> None:
    assert class_rule(*pair) == USES[pair]


def test_there_are_lists() -> None:
    assert len(GENERATED) > 15 and len(HAND) > 5
    assert sum(len(entries(file)) for file in GENERATED) > 5_000
    assert sum((LISTS / file).stat().st_size for file in lists()) < 1_000_000


@pytest.mark.parametrize("file", GENERATED)
def test_nothing_generated_is_denied_or_from_a_hidden_part(file: str) -> None:
    wrong = [
        f"{module}.{name}"
        for module, name, _ in entries(file)
        if effect_of(module, name) is not None
        or set(module.split(".")) & HIDDEN
        or (name.startswith("__") and name.endswith("__"))
    ]
    assert wrong == []


@pytest.mark.parametrize("file", GENERATED)
def test_a_generated_list_names_the_wheels_it_rests_on(file: str) -> None:
    header = [line for line in (LISTS / file).read_text().splitlines() if line.startswith("#")]
    assert header[0] == "# list_version 1"
    assert header[1:] and all(
        line.startswith("# generated_from ") and len(line.split()[-1]) == 71 for line in header[1:]
    )


@pytest.mark.parametrize("file", HAND)
def test_every_group_by_hand_has_a_reason(file: str) -> None:
    groups = (LISTS / file).read_text().strip().split("\n\n")
    assert [group for group in groups if not group.startswith("# ") or len(group.splitlines()[0]) < 10] == []


def test_denied_entries_by_hand_are_exactly_those_that_were_reviewed() -> None:
    denied = {(m, n) for file in HAND for m, n, _ in entries(file) if any(effect_of(*one) for one in _spellings(m, n))}
    assert denied == set(OUTWEIGHED)
    assert all(len(reason) > 30 for reason in OUTWEIGHED.values())


@pytest.mark.parametrize("pair", sorted(OUTWEIGHED))
def test_what_outweighs_a_denied_effect_is_never_free(pair: tuple[str, str]) -> None:
    rule = exact_rule(*pair)
    assert rule is not None
    assert rule != FREE or pair[0] == "torch.jit._pickle"


@given(pair=DENIED_PAIRS)
def test_a_list_cannot_vouch_for_what_is_denied(pair: tuple[str, str]) -> None:
    """Whatever the lists say, even if they named everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "exact_rule", lambda module, name: FREE)
        patch.setattr(judge, "class_rule", lambda module, name: FREE)
        assert _look_up(*pair)[0] == ("safe" if pair in OUTWEIGHED else "denied")


def test_every_rule_of_the_lists_exists_and_every_rule_is_used() -> None:
    assert {rule for file in lists() for _, _, rule in entries(file)} - {FREE} == set(RULES)


def test_the_index_names_every_list_with_its_digest() -> None:
    lines = [line.split() for line in (LISTS / "index.txt").read_text().splitlines()]
    assert [line[0] for line in lines] == lists()
    assert [line[1] for line in lines] == [hashlib.sha256((LISTS / line[0]).read_bytes()).hexdigest() for line in lines]
    assert list_digest() == hashlib.sha256((LISTS / "index.txt").read_bytes()).hexdigest()


def test_a_list_is_read_when_its_library_is_first_named() -> None:
    code = (
        "from scanner.inspectors.pickle import analyse, known_safe\n"
        "analyse(b'\\x80\\x02cdatetime\\ndate\\n.'); first = known_safe._read.cache_info().currsize\n"
        "analyse(b'\\x80\\x02csklearn.base\\nBaseEstimator\\n.'); print(first, known_safe._read.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.split() == ["1", "3"]


MADE = b"\x80\x02c%s\n)\x81N."
FILLED = b"\x80\x02c%s\n)\x81}b."
CALLED = b"\x80\x02c%s\n)R."
NAMED = b"\x80\x02c%s\n."


@pytest.mark.parametrize(
    ("stream", "reference", "verdict"),
    [
        (MADE, b"torch.nn.modules.linear\nLinear", "known-safe"),
        (CALLED, b"torch.nn.modules.linear\nLinear", "unknown"),
        (NAMED, b"numpy\nmean", "known-safe"),
        (CALLED, b"numpy\nmean", "unknown"),
        (CALLED, b"xgboost.core\nBooster", "unknown"),
        (MADE, b"joblib.memory\nMemory", "malicious"),
        (FILLED, b"joblib.memory\nMemory", "known-safe"),
        (FILLED, b"numpy\nvectorize", "known-safe"),
        (CALLED, b"joblib.memory\nMemory", "malicious"),
        (NAMED, b"joblib.memory\nMemory", "malicious"),
        (CALLED, b"numpy\nvectorize", "malicious"),
        (NAMED, b"sklearn.utils\nos", "malicious"),
        (FILLED, b"sklearn.datasets.base\nBunch", "known-safe"),
        (CALLED, b"sklearn.datasets.base\nBunch", "unknown"),
        (NAMED, b"sklearn.datasets.base\nload_files", "malicious"),
        (FILLED, b"sklearn.ensemble.forest\nRandomForestClassifier", "known-safe"),
        (FILLED, b"sklearn.tree.tree\nDecisionTreeClassifier", "known-safe"),
        (FILLED, b"sklearn.linear_model.logistic\nLogisticRegression", "known-safe"),
        (FILLED, b"sklearn.svm.classes\nSVC", "known-safe"),
        (FILLED, b"sklearn.ensemble.gradient_boosting\nGradientBoostingClassifier", "known-safe"),
        (FILLED, b"sklearn.preprocessing.imputation\nImputer", "known-safe"),
        (FILLED, b"sklearn.preprocessing.data\nStandardScaler", "known-safe"),
        (FILLED, b"sklearn.neighbors.classification\nKNeighborsClassifier", "known-safe"),
        (FILLED, b"sklearn.cluster.k_means_\nKMeans", "known-safe"),
        (FILLED, b"sklearn.grid_search\nGridSearchCV", "known-safe"),
        (FILLED, b"pandas\nCategoricalIndex", "known-safe"),
        (FILLED, b"pandas.api.typing\nRolling", "known-safe"),
    ],
)
def test_uses_that_a_list_does_not_vouch_for(stream: bytes, reference: bytes, verdict: str) -> None:
    content = (stream % reference).replace(b"N.", b".")
    assert analyse(content).verdict == verdict


@pytest.mark.parametrize(
    ("callee", "arguments", "verdict"),
    [
        (b"pandas.core.indexes.base\n_new_Index", b"cpandas\nIndex\n}", "known-safe"),
        (b"pandas.core.indexes.base\n_new_Index", b"cbuiltins\nbytes\n}", "unknown"),
        (b"pandas.core.indexes.base\n_new_Index", b"}}", "unknown"),
        (b"pandas\nSeries", b"K\x00cpandas\nRangeIndex\n", "unknown"),
        (b"numpy.ma.core\n_mareconstruct", b"cnumpy.ma\nMaskedArray\ncnumpy\nndarray\nK\x00\x85", "known-safe"),
        (b"numpy.ma.core\n_mareconstruct", b"cbuiltins\nbytes\ncnumpy\nndarray\nK\x00\x85", "unknown"),
        (
            b"numpy.ma.core\n_mareconstruct",
            b"cnumpy.ma\nMaskedArray\ncnumpy\nndarray\nJ\xff\xff\xff\x7f\x85",
            "malicious",
        ),
        (b"numpy\nrecarray", b"J\xff\xff\xff\x7f", "malicious"),
        (b"numpy\nbytes_", b"J\xff\xff\xff\x7f", "malicious"),
        (b"numpy\nvoid", b"C\x02ab", "known-safe"),
    ],
)
def test_arguments_that_would_make_another_class_or_a_huge_object(
    callee: bytes, arguments: bytes, verdict: str
) -> None:
    stream = b"\x80\x03c" + callee + b"\n(" + arguments + b"tR."
    assert analyse(stream).verdict == verdict


def test_a_formula_in_the_state_of_statsmodels_data_is_never_safe() -> None:
    head = b"\x80\x02cstatsmodels.base.data\nPandasData\n)\x81}X\x07\x00\x00\x00formula"
    assert analyse(head + b"Nsb.").verdict == "known-safe"
    assert analyse(head + b"X\x05\x00\x00\x00y ~ asb.").verdict == "unknown"


def test_a_base_given_to_reconstructor_is_called_and_judged_so() -> None:
    stream = b"\x80\x02ccopyreg\n_reconstructor\n(csklearn.linear_model._ridge\nRidge\nc%s\nNtR."
    assert analyse(stream % b"builtins\nobject").verdict == "known-safe"
    assert analyse(stream % b"xgboost.core\nBooster").verdict == "unknown"
