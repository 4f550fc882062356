from __future__ import annotations

import assembler as asm
import pytest
from gadgets import GADGETS

from scanner.inspectors.pickle import analyse

SPELLINGS = {
    "global-reduce": lambda module, name: asm.pickle(asm.call(asm.name(module, name), asm.text("x")), protocol=2),
    "stack-global-reduce": lambda module, name: asm.pickle(asm.call(asm.stack_name(module, name), asm.text("x"))),
    "inst": lambda module, name: asm.pickle(asm.MARK, asm.text("x"), asm.inst(module, name), protocol=None),
    "newobj": lambda module, name: asm.pickle(asm.stack_name(module, name), asm.EMPTY_TUPLE, asm.NEWOBJ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_gadget_is_malicious_in_every_spelling(spelling: str) -> None:
    missed = [
        f"{family}: {module}.{name}"
        for family, module, name in GADGETS
        if analyse(SPELLINGS[spelling](module, name)).verdict != "malicious"
    ]
    assert missed == []


def test_a_mere_reference_to_a_gadget_is_malicious() -> None:
    """Loading hands the function to the program, which may call it; what is safe to call is unknown when handed over."""
    missed = [
        f"{module}.{name}"
        for family, module, name in GADGETS
        if analyse(asm.pickle(asm.EMPTY_LIST, asm.stack_name(module, name), asm.APPEND)).verdict != "malicious"
    ]
    assert missed == ["torch.storage._load_from_bytes"]
    report = analyse(asm.pickle(asm.stack_name("torch.storage", "_load_from_bytes")))
    assert report.verdict == analyse(asm.pickle(asm.stack_name("builtins", "getattr"))).verdict == "unknown"


def test_the_reason_names_reference_effect_and_place() -> None:
    report = analyse(asm.pickle(asm.call(asm.name("os", "system"), asm.text("true"))))
    (reason,) = report.reasons
    assert (reason.code, reason.detail, reason.offset, reason.effect) == ("runs-code", "os.system", 2, "run")
    (reference,) = report.references
    assert (reference.module, reference.name, reference.how, reference.judged) == ("os", "system", "call", "denied")


PROJECT = [
    "__main__:Model",
    "mypackage.models:Net",
    "numpy:not_listed",
    "sklearn.base:clone",
    "torch.nn.modules.linear:f",
]


@pytest.mark.parametrize("pair", PROJECT)
def test_names_on_neither_list_are_unknown(pair: str) -> None:
    report = analyse(asm.pickle(asm.stack_name(*pair.split(":")), asm.EMPTY_TUPLE, asm.NEWOBJ))
    assert report.verdict == "unknown"
    assert [reason.code for reason in report.reasons] == ["unlisted-reference"]


def test_python_2_names_are_judged_in_both_spellings() -> None:
    report = analyse(asm.pickle(asm.call(asm.name("__builtin__", "xrange"), asm.small(3)), protocol=2))
    assert report.verdict == "known-safe"
    report = analyse(asm.pickle(asm.call(asm.name("itertools", "imap"), asm.NONE), protocol=2))
    assert report.verdict == "malicious"


REEXPORTS = """
sklearn.calibration:Parallel lightgbm.basic:NamedTemporaryFile sklearn.callback._progressbar:Thread
sklearn.callback._transport:Listener xgboost.sklearn:ThreadPoolExecutor sklearn.utils._available_if:MethodType
pandas._libs.lib:GenericAlias scipy.spatial.transform._rigid_transform:ModuleType pandas.io.common:Path
statsmodels.base.data:PandasData joblib.numpy_pickle:NDArrayWrapper
"""


@pytest.mark.parametrize("pair", REEXPORTS.split())
def test_names_that_listed_packages_import_from_elsewhere_are_not_safe(pair: str) -> None:
    assert analyse(asm.pickle(asm.call(asm.stack_name(*pair.split(":"))))).verdict in ("unknown", "malicious")


TEMPLATE = """
def _parse_args(self, a, loc=0, scale=1):
    return (a, ), loc, scale

def _parse_args_rvs(self, a, loc=0, scale=1, size=None):
    return self._argcheck_rvs(a, loc, scale, size=size)
"""
TEMPLATES = {
    TEMPLATE: "known-safe",
    TEMPLATE + "import os\n": "malicious",
    TEMPLATE.replace("loc=0", "loc=f()"): "malicious",
    "__import__('os').system('true')": "malicious",
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_state_that_scipy_executes_is_compared_with_what_scipy_writes(template: str) -> None:
    distribution = asm.stack_name("scipy.stats._continuous_distns", "gamma_gen") + asm.EMPTY_TUPLE + asm.NEWOBJ
    state = asm.EMPTY_DICT + asm.text("_parse_arg_template") + asm.text(template) + asm.SETITEM
    assert analyse(asm.pickle(distribution, state, asm.BUILD)).verdict == TEMPLATES[template]


EXECUTED = asm.text("_parse_arg_template") + asm.text("f()")
MANY = b"".join(asm.text(f"k{i}") + asm.NONE for i in range(200))
NEW = asm.stack_name("scipy.stats._continuous_distns", "gamma_gen") + asm.EMPTY_TUPLE + asm.NEWOBJ
ORDERED = asm.call(asm.stack_name("collections", "OrderedDict"))

STATES = {
    "behind many attributes": NEW + asm.EMPTY_DICT + asm.MARK + MANY + EXECUTED + asm.SETITEMS + asm.BUILD,
    "in a second batch": NEW + asm.EMPTY_DICT + asm.MARK + MANY + asm.SETITEMS + EXECUTED + asm.SETITEM + asm.BUILD,
    "in an ordered dict": NEW + ORDERED + EXECUTED + asm.SETITEM + asm.BUILD,
    "under a computed name": NEW + asm.EMPTY_DICT + asm.call(asm.stack_name("builtins", "str")) + asm.NONE
    + asm.SETITEM + asm.BUILD,
    "in a tuple": NEW + asm.EMPTY_DICT + EXECUTED + asm.SETITEM + asm.NONE + asm.TUPLE2 + asm.BUILD,
    "through torch": asm.call(
        asm.stack_name("torch._tensor", "_rebuild_from_type_v2"),
        asm.stack_name("scipy.stats._continuous_distns", "gamma_gen"), asm.NONE, asm.EMPTY_TUPLE,
        asm.EMPTY_DICT + EXECUTED + asm.SETITEM,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STATES)
def test_state_cannot_be_hidden(case: str) -> None:
    assert analyse(asm.pickle(STATES[case])).verdict in ("malicious", "unknown")


GETATTR = asm.stack_name("builtins", "getattr")
NDARRAY = asm.stack_name("numpy", "ndarray")
OS_VALUE = asm.call(asm.stack_name("collections", "OrderedDict"))

ARGUMENTS = {
    "bound method of a listed class": (asm.call(GETATTR, NDARRAY, asm.text("flatten")), "unknown"),
    "special attribute through getattr": (asm.call(GETATTR, NDARRAY, asm.text("__init__")), "malicious"),
    "telling attribute of a result": (asm.call(GETATTR, OS_VALUE, asm.text("system")), "malicious"),
    "getattr called with its own result": (asm.call(GETATTR, asm.call(GETATTR), asm.text("_x")), "malicious"),
    "type makes a class": (asm.call(asm.stack_name("builtins", "type"), asm.text("A"), b")", b"}"), "malicious"),
    "type of None": (asm.call(asm.stack_name("builtins", "type"), asm.NONE), "known-safe"),
    "partial of a listed function": (
        asm.call(asm.stack_name("functools", "partial"), asm.stack_name("numpy", "log1p")),
        "known-safe",
    ),
    "partial of a denied function": (
        asm.call(asm.stack_name("functools", "partial"), asm.stack_name("os", "system")),
        "malicious",
    ),
    "factory of a listed class": (
        asm.call(asm.stack_name("collections", "defaultdict"), asm.stack_name("builtins", "list")),
        "known-safe",
    ),
    "factory that is a call": (asm.call(asm.stack_name("collections", "defaultdict"), OS_VALUE), "unknown"),
    "text encoded as latin-1": (
        asm.call(asm.stack_name("_codecs", "encode"), asm.text("a"), asm.text("latin1")),
        "known-safe",
    ),
    "text encoded as rot13": (asm.call(asm.stack_name("_codecs", "encode"), asm.text("a"), asm.text("rot13")), "malicious"),
    "huge buffer": (asm.call(asm.stack_name("builtins", "bytearray"), asm.integer(10**10)), "malicious"),
    "huge range": (asm.call(asm.stack_name("builtins", "range"), asm.integer(10**10)), "malicious"),
    "huge array": (
        asm.call(NDARRAY, asm.MARK + asm.integer(10**6) + asm.integer(10**6) + asm.TUPLE),
        "malicious",
    ),
    "rebuild with a denied function": (
        asm.call(
            asm.stack_name("torch._tensor", "_rebuild_from_type_v2"),
            asm.stack_name("os", "system"), asm.NONE, asm.EMPTY_TUPLE, asm.NONE,
        ),
        "malicious",
    ),
    "list of a huge range": (
        asm.call(
            asm.stack_name("builtins", "list"), asm.call(asm.stack_name("builtins", "range"), asm.integer(1 << 30))
        ),
        "malicious",
    ),
    "buffer made by copyreg": (
        asm.call(asm.stack_name("copyreg", "__newobj__"), asm.stack_name("builtins", "bytes"), asm.integer(10**10)),
        "malicious",
    ),
    "fraction with an exponent": (asm.call(asm.stack_name("fractions", "Fraction"), asm.text("1e99999999")), "unknown"),
    "fraction": (asm.call(asm.stack_name("fractions", "Fraction"), asm.text("1/3")), "known-safe"),
    "path given to a booster": (asm.call(asm.stack_name("xgboost.core", "Booster"), asm.text("/etc/x")), "unknown"),
    "result called": (asm.call(OS_VALUE), "malicious"),
}  # fmt: skip


def test_a_chain_of_attributes_does_not_grow() -> None:
    links = (asm.text("a" * 200) + asm.TUPLE2 + asm.binput(1) + asm.POP + GETATTR + asm.binget(1) + asm.REDUCE) * 500
    report = analyse(asm.pickle(NDARRAY, links))
    assert report.verdict == "malicious"
    assert max(len(reference.name) for reference in report.references) < 1024


@pytest.mark.parametrize("case", ARGUMENTS)
def test_listed_callables_are_judged_with_their_arguments(case: str) -> None:
    body, verdict = ARGUMENTS[case]
    assert analyse(asm.pickle(body)).verdict == verdict
