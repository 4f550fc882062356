"""References known to be safe: exact names, and packages whose classes only hold state.

One line of ``EXACT`` is ``modules: names``. A name may carry the rule for its arguments after a slash: ``data`` accepts
plain data only, the others name a function of :mod:`scanner.inspectors.pickle.arguments`. A name without a rule may be
referenced and called with anything that is itself judged. Lower-case functions of ``CLASSES`` packages are not safe
unless listed in ``EXACT``; classes listed there define no method that reaches a denied effect while unpickling.
"""

from __future__ import annotations

from typing import Final

EXACT: Final = {
    "python": """
builtins __builtin__: set/bounded frozenset/bounded list/bounded dict/bounded tuple/bounded int long float complex bool str unicode object slice Ellipsis
builtins __builtin__: NotImplemented None True False range/bounded xrange/bounded bytearray/bounded bytes/bounded
builtins __builtin__: type/type_call getattr/getattr_call len abs round
builtins exceptions: Exception BaseException ArithmeticError AssertionError AttributeError EOFError ImportError IndexError
builtins exceptions: KeyError KeyboardInterrupt LookupError MemoryError NameError NotImplementedError OSError IOError
builtins exceptions: OverflowError RuntimeError StopIteration SyntaxError TypeError UnicodeDecodeError UnicodeError
builtins exceptions: ValueError ZeroDivisionError Warning UserWarning DeprecationWarning FutureWarning RuntimeWarning
collections: OrderedDict/bounded Counter/bounded deque/bounded defaultdict/factory ChainMap UserDict UserList UserString
copyreg copy_reg: _reconstructor/construct __newobj__/newobj __newobj_ex__/newobj
_codecs: encode/encode
functools: partial/partial
operator: itemgetter/data
datetime: date datetime time timedelta timezone tzinfo UTC
zoneinfo: ZoneInfo/data ZoneInfo._unpickle/data
dateutil.tz.tz: tzutc tzoffset tzlocal
pytz: _UTC _p/data utc
pytz.tzinfo: DstTzInfo StaticTzInfo
decimal _decimal: Decimal/data Context/data
fractions: Fraction/ratio
uuid: UUID/data SafeUUID/data
random: Random/data _inst
array: array/data _array_reconstructor/data
ipaddress: IPv4Address/data IPv6Address/data IPv4Network/data IPv6Network/data
pathlib pathlib._local: PosixPath/data WindowsPath/data PurePosixPath/data PureWindowsPath/data Path/data PurePath/data
types: NoneType NotImplementedType EllipsisType SimpleNamespace
re _sre: _compile/data
enum: Enum IntEnum Flag IntFlag
argparse: Namespace
math: log log1p exp expm1 sqrt sin cos tan floor ceil fabs pow
statistics: mean median mode stdev variance
string: punctuation
time: struct_time/data
logging: getLogger/data
io _io: BytesIO/data StringIO/data
""",
    "numpy": """
numpy: ndarray/array dtype matrix recarray record void bool_ bool int8 int16 int32 int64 uint8 uint16 uint32 uint64
numpy: float16 float32 float64 float128 longdouble complex64 complex128 clongdouble str_ bytes_ object_ datetime64
numpy: timedelta64 intc intp uint uintc longlong ulonglong float_ int_ unicode_ string_ generic number integer floating
numpy: signedinteger unsignedinteger inexact complexfloating flexible character poly1d
numpy: log log2 log10 log1p exp exp2 expm1 sqrt cbrt square abs absolute fabs sign negative positive reciprocal floor
numpy: ceil trunc rint sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh deg2rad rad2deg degrees
numpy: radians isnan isfinite isinf logical_not logical_and logical_or add subtract multiply divide true_divide
numpy: floor_divide power float_power mod remainder maximum minimum fmax fmin hypot arctan2 equal not_equal greater
numpy: greater_equal less less_equal conjugate invert spacing signbit logaddexp logaddexp2 heaviside
numpy: mean median std var sum prod min max amin amax nanmean nanmedian nanstd nanvar nansum nanmin nanmax ravel
numpy: reshape asarray array nan_to_num clip around round round_ cumsum cumprod diff argmax argmin argsort sort unique
numpy: transpose squeeze expand_dims atleast_1d atleast_2d concatenate stack hstack vstack column_stack where
numpy: zeros_like ones_like
numpy.core.multiarray numpy._core.multiarray numpy.core numpy._core: _reconstruct/reconstruct scalar
numpy.core.numeric numpy._core.numeric: _frombuffer
numpy.core._internal numpy._core._internal: _reconstruct
numpy.core.records numpy._core.records numpy.rec: recarray record
numpy.ma.core numpy.ma: _mareconstruct MaskedArray MaskedConstant mvoid
numpy.matrixlib.defmatrix: matrix
numpy.dtypes: *Class
numpy.random numpy.random.mtrand: RandomState
numpy.random._pickle: __randomstate_ctor __generator_ctor __bit_generator_ctor
numpy.random._mt19937: MT19937
numpy.random._pcg64: PCG64 PCG64DXSM
numpy.random._philox: Philox
numpy.random._sfc64: SFC64
numpy.random._generator: Generator
numpy.random.bit_generator: SeedSequence __pyx_unpickle_SeedSequence
numpy.polynomial.polynomial: Polynomial
numpy.polynomial.chebyshev: Chebyshev
numpy.polynomial.legendre: Legendre
""",
    "scipy": """
scipy.special._ufuncs scipy.special: expit logit gamma gammaln erf erfc erfinv ndtri ndtr psi digamma xlogy xlog1py
scipy.special._ufuncs scipy.special: softmax log_softmax logsumexp boxcox inv_boxcox
scipy.sparse._csr scipy.sparse.csr: csr_matrix csr_array
scipy.sparse._csc scipy.sparse.csc: csc_matrix csc_array
scipy.sparse._coo scipy.sparse.coo: coo_matrix coo_array
scipy.sparse._bsr scipy.sparse.bsr: bsr_matrix bsr_array
scipy.sparse._dia scipy.sparse.dia: dia_matrix dia_array
scipy.sparse._dok scipy.sparse.dok: dok_matrix dok_array
scipy.sparse._lil scipy.sparse.lil: lil_matrix lil_array
scipy.stats._distn_infrastructure: rv_frozen rv_continuous_frozen rv_discrete_frozen rv_sample
scipy.stats._continuous_distns scipy.stats._discrete_distns: *_gen
scipy.spatial._ckdtree scipy.spatial.ckdtree: cKDTree cKDTreeNode
scipy.interpolate._interpolate scipy.interpolate.interpolate: interp1d interp1d._call_linear_np
scipy.interpolate._interpolate: interp1d._call_linear interp1d._call_spline interp1d._call_nearest
scipy.stats._kde scipy.stats.kde: gaussian_kde
scipy._lib.array_api_compat.numpy._aliases: asarray
""",
    "pandas": """
pandas: Timestamp Timedelta Period Interval NaT NA Index Series DataFrame Categorical MultiIndex RangeIndex DatetimeIndex
pandas: StringDtype CategoricalDtype Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype UInt32Dtype
pandas: PeriodIndex IntervalIndex TimedeltaIndex PeriodDtype IntervalDtype DatetimeTZDtype SparseDtype ArrowDtype
pandas: UInt64Dtype Float32Dtype Float64Dtype BooleanDtype
pandas.core.indexes.base: _new_Index Index
pandas.core.indexes.datetimes: _new_DatetimeIndex DatetimeIndex
pandas.core.indexes.interval: _new_IntervalIndex
pandas.core.indexes.period: _new_PeriodIndex PeriodIndex
pandas._libs.internals: _unpickle_block
pandas._libs.missing: NA NAType C_NA
pandas._libs.tslibs.timestamps: _unpickle_timestamp Timestamp
pandas._libs.tslibs.timedeltas: _timedelta_unpickle Timedelta
pandas._libs.tslibs.nattype: _nat_unpickle NaTType __nat_unpickle
pandas._libs.tslibs.period: Period
pandas._libs.tslibs.offsets: MonthEnd Day BDay Hour Minute Second Milli Micro Nano
pandas._libs.arrays: __pyx_unpickle_NDArrayBacked
pandas.core.internals.blocks: new_block Block
pandas.core.arrays.string_: StringDtype
pandas.core.dtypes.dtypes: CategoricalDtypeType
pandas.indexes.base pandas.core.index: _new_Index Index
""",
    "joblib": """
joblib.numpy_pickle: NumpyArrayWrapper/data
""",
    "torch": """
torch._utils: _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state
torch._utils: _rebuild_qtensor _rebuild_sparse_tensor _rebuild_sparse_csr_tensor _rebuild_nested_tensor
torch._utils: _rebuild_meta_tensor_no_storage _rebuild_wrapper_subclass _rebuild_device_tensor_from_numpy
torch._utils: _rebuild_device_tensor_from_cpu_tensor _rebuild_xla_tensor _rebuild_sparse_compressed_tensor
torch._tensor torch.tensor: _rebuild_from_type_v2/rebuild_from_type _rebuild_from_type/rebuild_from_type Tensor
torch.nn.parameter torch.nn: Parameter Buffer UninitializedParameter
torch.nn.utils.rnn: PackedSequence
torch.storage: UntypedStorage TypedStorage _TypedStorage _UntypedStorage _load_from_bytes/storage_bytes
torch: FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage ByteStorage
torch: BoolStorage ComplexFloatStorage ComplexDoubleStorage QUInt8Storage QInt8Storage QInt32Storage UntypedStorage
torch: Tensor FloatTensor DoubleTensor HalfTensor LongTensor IntTensor ByteTensor BoolTensor BFloat16Tensor
torch.cuda: FloatStorage DoubleStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage
torch.cuda: ByteStorage BoolStorage FloatTensor DoubleTensor HalfTensor LongTensor
torch: float16 float32 float64 bfloat16 half float double int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool short int
torch: long complex32 complex64 complex128 cfloat cdouble quint8 qint8 qint32 float8_e4m3fn float8_e5m2
torch: float8_e4m3fnuz float8_e5m2fnuz strided sparse_coo sparse_csr contiguous_format channels_last preserve_format
torch: Size device/data Generator per_tensor_affine per_channel_affine
torch.serialization: _get_layout/data
torch.nn.functional: relu gelu silu softmax elu selu leaky_relu mish
torch._C._nn: gelu
torch.jit._pickle: build_intlist build_doublelist build_boollist build_tensorlist restore_type_tag
""",
    "transformers": """
transformers.trainer_utils: IntervalStrategy/data SchedulerType/data HubStrategy/data SaveStrategy/data FSDPOption/data
transformers.trainer_utils: EvaluationStrategy/data
transformers.training_args: OptimizerNames/data ParallelMode/data
transformers.debug_utils: DebugOption/data
accelerate.utils.dataclasses: DistributedType/data
""",
    "sklearn": """
sklearn.feature_selection._univariate_selection: f_classif f_regression f_oneway chi2 r_regression
sklearn.feature_selection._mutual_info: mutual_info_classif mutual_info_regression
sklearn.feature_selection.univariate_selection: f_classif f_regression chi2
sklearn.metrics._classification: accuracy_score f1_score precision_score recall_score log_loss balanced_accuracy_score
sklearn.metrics._classification: cohen_kappa_score matthews_corrcoef jaccard_score fbeta_score brier_score_loss
sklearn.metrics._regression: mean_squared_error mean_absolute_error r2_score median_absolute_error max_error
sklearn.metrics._regression: mean_squared_log_error root_mean_squared_error explained_variance_score
sklearn.metrics._regression: mean_absolute_percentage_error
sklearn.metrics._ranking: roc_auc_score average_precision_score
sklearn.metrics.pairwise: rbf_kernel linear_kernel polynomial_kernel sigmoid_kernel laplacian_kernel cosine_similarity
sklearn.metrics.pairwise: euclidean_distances cosine_distances manhattan_distances chi2_kernel
sklearn.cluster._kmeans: _kmeans_single_lloyd _kmeans_single_elkan
sklearn.metrics._scorer: _passthrough_scorer
sklearn.preprocessing._function_transformer: _identity
sklearn.metrics._dist_metrics sklearn.neighbors._kd_tree sklearn.neighbors._ball_tree: newObj
sklearn.neighbors.kd_tree sklearn.neighbors.ball_tree sklearn.neighbors.dist_metrics: newObj
""",
}

CLASSES: Final = """
sklearn imblearn category_encoders torch.nn.modules torch.nn.quantized torch.ao.nn torch.optim xgboost lightgbm catboost
scipy.sparse scipy.stats scipy.interpolate scipy.spatial pandas.core pandas._libs pandas.arrays transformers.models
transformers.trainer_utils transformers.training_args transformers.integrations transformers.tokenization_utils_base
torchvision.models torchvision.ops timm.models timm.layers ultralytics.nn __torch__
"""
"""Packages of which classes and unpickle helpers are safe, unless an effect rule denies them first."""

CONSTRUCTIBLE: Final = ("sklearn", "torch", "scipy", "pandas", "__torch__")
"""Packages among :data:`CLASSES` whose constructors only keep their arguments; the others may be made without any."""

IMPORTED: Final = """
Parallel Thread Timer Process Lock RLock Queue Pool Client Connection Listener NamedTuple TypedDict Parameter Signature
GenericAlias SkipTest Path Memory Popen StringIO BytesIO Generic Protocol TypeVar ParamSpec ForwardRef Callable ABCMeta
PyCapsule_GetName PyCapsule_GetPointer CNumericPtr _BoosterHandle F Any Literal Union Optional Annotated IO
"""
"""Names that modules of :data:`CLASSES` import from elsewhere: never safe under the importer's name."""
