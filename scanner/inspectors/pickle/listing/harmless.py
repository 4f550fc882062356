"""What the code of a library may use although no wheel shows its source: reviewed by hand.

A reference is first looked up in the effects that are denied to a pickle; these names only decide about the rest.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BUILTINS: Final = _words(
    """
    abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate float format
    frozenset getattr hasattr hash hex id int isinstance issubclass iter len list max memoryview min next object oct ord
    pow print property range repr reversed round set slice sorted staticmethod str sum super tuple type vars zip
    delattr dir filter map
    """
)
"""Built-in functions that run nothing but methods of what they are given.

``getattr`` only fetches: calling what it fetched is the call of an unknown value. ``setattr`` is looked at by its target.
"""

MODULES: Final = _words(
    """
    __future__ abc array base64 binascii calendar cmath collections copy copyreg datetime decimal difflib enum errno
    fractions functools hashlib itertools json keyword locale logging math numbers operator os.path posixpath random re
    statistics string struct textwrap time types typing typing_extensions unicodedata uuid warnings weakref zlib contextlib
    dataclasses numpy scipy pandas torch sklearn joblib pyarrow packaging jax.numpy cupy ndonnx
    array_api_compat
    """
)
"""Modules of which whatever is not denied only computes; the code of other libraries is not followed."""

NAMES: Final = _words(
    """
    threading.Lock threading.RLock threading.local threading.Event threading.Condition multiprocessing.cpu_count
    sys.version_info sys.platform sys.maxsize sys.byteorder sys.float_info sys.getsizeof sys.getrefcount sys.version sys.stderr sys.stdout
    inspect.signature inspect.isclass inspect.isfunction inspect.ismethod inspect.getmro inspect.Parameter
    inspect.getfullargspec os.fspath os.getpid os.cpu_count os.PathLike os.sep gc.collect
    collections.namedtuple typing.NamedTuple functools.wraps functools.lru_cache functools.total_ordering
    functools.cached_property dataclasses.dataclass functools.reduce itertools.groupby itertools.accumulate
    shutil.get_terminal_size inspect.currentframe inspect.getfile inspect.getsourcefile inspect.unwrap inspect.getmodule
    sys.modules sys.exc_info sys.gettrace sympy.S sympy.S.One functools.update_wrapper os.SEEK_SET os.SEEK_END os.linesep os.name _thread.allocate_lock sys.byteorder
    sklearn.externals.six.moves.xrange sklearn.externals.six.moves.zip sklearn.externals.six.moves.map
    itertools.takewhile itertools.dropwhile itertools.filterfalse itertools.starmap operator.itemgetter
    operator.attrgetter operator.getitem types.MethodType heapq.heappush heapq.heappop heapq.heapify heapq.nlargest
    """
)
"""Single names that a pickle must not use, and library code may: the pickle does not choose how they are used."""

BASES: Final = _words(
    """
    object dict list tuple set frozenset str bytes int float complex type property Exception BaseException ValueError
    TypeError KeyError IndexError AttributeError RuntimeError NotImplementedError ImportError OSError ArithmeticError
    AssertionError LookupError StopIteration Warning UserWarning DeprecationWarning FutureWarning RuntimeWarning
    PendingDeprecationWarning SyntaxWarning ImportWarning ZeroDivisionError OverflowError UnicodeError
    typing.TypedDict typing_extensions.TypedDict
    abc.ABC abc.ABCMeta typing.Generic typing.Protocol typing.NamedTuple typing_extensions.Protocol typing_extensions.NamedTuple
    collections.OrderedDict collections.UserDict collections.UserList collections.defaultdict collections.Counter
    collections.deque collections.namedtuple collections.ChainMap
    collections.abc.Mapping collections.abc.MutableMapping collections.abc.Sequence collections.abc.MutableSequence
    collections.abc.Iterable collections.abc.Iterator collections.abc.Set collections.abc.MutableSet
    collections.abc.Callable collections.abc.Hashable collections.abc.Sized collections.abc.Collection
    collections.abc.Generator collections.abc.Container
    typing.Mapping typing.MutableMapping typing.Sequence typing.Iterable typing.Iterator typing.Dict typing.List
    typing.OrderedDict typing.Generic typing.Callable typing.Hashable typing.Tuple typing.Set typing.Container
    enum.Enum enum.IntEnum enum.Flag enum.IntFlag enum.StrEnum enum.EnumMeta
    types.SimpleNamespace datetime.tzinfo datetime.datetime datetime.date datetime.timedelta numbers.Number numbers.Real numbers.Integral
    random.Random string.Template logging.Logger logging.Filter
    numpy.ndarray numpy.generic numpy.float64 numpy.matrix numpy.recarray numpy.dtype numpy.void
    torch._C._TensorBase torch._C.TensorBase torch._C.Generator torch._C._VariableFunctions
    pandas._libs.internals.Block pandas._libs.internals.SharedBlock pandas._libs.internals.NumpyBlock
    pandas._libs.arrays.NDArrayBacked pandas._libs.indexing.NDFrameIndexerBase pandas._libs.properties.CachedProperty
    pandas._libs.interval.IntervalMixin pandas._libs.tslibs.period.PeriodMixin
    catboost._catboost._CatBoost catboost._catboost._PoolBase catboost._catboost._MetadataHashProxy
    contextlib.ContextDecorator contextlib.AbstractContextManager
    """
)
"""Classes outside the wheels that run nothing harmful while an instance of a subclass is loaded."""

METHODS: Final = _words(
    """
    append extend insert pop popitem remove clear update setdefault get items keys values copy add discard union
    intersection difference symmetric_difference issubset issuperset index count sort reverse
    split rsplit splitlines strip lstrip rstrip join startswith endswith lower upper title capitalize replace find rfind
    partition rpartition encode decode format format_map isdigit isalpha isalnum isidentifier zfill ljust rjust center
    hex tobytes view astype reshape ravel flatten tolist item sum mean min max std var all any argmax argmin argsort
    nonzero squeeze transpose swapaxes round clip fill cumsum prod dot conj repeat take sort searchsorted byteswap
    newbyteorder setflags as_integer_ratio bit_length is_integer
    asarray array zeros ones empty full arange isdtype result_type concat multiply detach equals is_floating_point
    group groups groupdict search match fullmatch findall finditer sub span abs locked
    _make_subclass _make_wrapper_subclass as_subclass set_ scatter_ to_frame
    total_seconds isoformat strftime date time timestamp replace utcoffset
    debug info warning warn error exception critical log isEnabledFor
    setLevel hasHandlers addHandler setFormatter
    __new__ __setstate__ __getstate__ __setattr__ __getattribute__ __setitem__ __getitem__ __delitem__ __dict__
    __contains__ __len__ __iter__ __hash__ __eq__ __repr__ __str__ __reduce__ __reduce_ex__ __init_subclass__
    __array_finalize__ __array_namespace__ acquire release set is_set
    """
)
"""Methods of built-in values, arrays, loggers and locks; a class that gives such a name another meaning is a limit."""

ATTRIBUTES: Final = frozenset(
    ("__file__", "__name__", "__version__", "__doc__", "__all__", "__qualname__", "__module__")
)
"""Special attributes that code only reads."""

VALUES: Final = _words(
    """
    has_torch_function has_torch_function_unary has_torch_function_variadic _single _pair _triple _quadruple
    _reverse_repeat_tuple to_1tuple to_2tuple to_3tuple to_4tuple to_ntuple
    """
)
"""Module variables that a call made at import bound to a function of the library: these only test or repeat a value."""

CONTAINERS: Final = _words(
    """
    dict list set OrderedDict UserDict UserList defaultdict Counter deque Mapping MutableMapping MutableSequence MutableSet
    Dict List Set
    """
)
"""Bases of which a pickle fills the subclasses, item by item."""

CLASS_MAKERS: Final = frozenset(
    ("namedtuple", "NamedTuple", "_make_tuple_bunch", "TypedDict", "ABCMeta", "NewType", "TypeVar")
)
"""Calls that make a class without methods of its own."""

REVIEWED: Final = {
    "sklearn.externals.funcsigs.signature": "the older inspect.signature: looks at a function and calls nothing",
    "sklearn.externals.six.iterkeys": "calls keys of a dict",
    "sklearn.externals.six.itervalues": "calls values of a dict",
    "sklearn.externals.six.iteritems": "calls items of a dict",
    "torch.nn.modules.module.Module.__setattr__": "calls hooks that the loading process registered itself",
    "torch.nn.modules.module.Module.add_module": "calls hooks that the loading process registered itself",
    "torch.nn.modules.module.Module.register_buffer": "calls hooks that the loading process registered itself",
    "torch.nn.modules.module.Module.register_parameter": "calls hooks that the loading process registered itself",
    "torch.optim.optimizer.Optimizer._hook_for_profile": "wraps the method step of its own class",
    "torch.optim.optimizer.Optimizer._patch_step_function": "wraps the method step of its own class",
}
"""Functions that were read by a person because they cannot be decided, each with the reason why they are safe."""
