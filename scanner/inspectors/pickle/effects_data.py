"""Denied references, grouped by the effect that makes them denied.

One line is ``modules: names``. A module ending in ``.*`` stands for itself and everything below it. A name ``*`` stands
for every name, a name ending in ``*`` for every name that begins so.
"""

from __future__ import annotations

from typing import Final

DENIED: Final = {
    "run": """
os posix nt subprocess _posixsubprocess pty popen2 commands platform.popen: *
builtins __builtin__: eval exec execfile compile __import__ breakpoint input raw_input help __build_class__
builtins __builtin__: apply reload exit quit
runpy code codeop timeit cProfile profile trace bdb pdb doctest _pydev_bundle.* pydevd.* _sitebuiltins: *
pydoc ensurepip.* pip.* venv.* zipapp.* zipimport.* site sitecustomize usercustomize: *
sysconfig: _init_posix _generate_posix_vars _main
_sysconfigdata.* : *
importlib.* imp _imp _frozen_importlib _frozen_importlib_external: *
pkgutil: resolve_name get_data get_loader find_loader get_importer walk_packages iter_modules ImpImporter ImpLoader
modulefinder: *
unittest.mock mock: *
unittest.* : main TestProgram TestLoader* run* findTestCases makeSuite defaultTestLoader
ctypes.* _ctypes _ctypes_test cffi.* _cffi_backend: *
types new: FunctionType CodeType MethodType LambdaType ModuleType function code instancemethod coroutine
types: prepare_class new_class resolve_bases DynamicClassAttribute
threading _thread thread dummy_threading _threading_local: *
multiprocessing.* _multiprocessing concurrent.* asyncio.* _asyncio sched: *
atexit _atexit signal _signal faulthandler gc tracemalloc _tracemalloc: *
weakref: finalize
contextlib: ExitStack AsyncExitStack
logging.config: *
tkinter.* Tkinter _tkinter turtle turtledemo.* : *
idlelib.* lib2to3.* : *
uuid: _*
platform: popen _syscmd_* system_alias _Processor* architecture libc_ver java_ver win32_ver
_osx_support _aix_support _pyrepl.* _bootsubprocess _bootlocale: *
_xxsubinterpreters _interpreters _interpchannels _interpqueues _testcapi _testinternalcapi _testmultiphase: *
test.support.* test.libregrtest.* : *
cgitb cgi: handle* enable reset lookup Hook
cmd: Cmd
distutils.* setuptools.* pkg_resources.* _distutils_hack.* : *
antigravity this rlcompleter readline: *
ast: literal_eval parse
sqlite3 _sqlite3: enable_callback_tracebacks register_adapter register_converter
xml.* : *
plistlib: load loads
string: Formatter
""",
    "indirection": """
builtins __builtin__: setattr delattr vars globals locals dir map filter reduce next sorted min max
builtins __builtin__: str.* unicode.* bytes.* bytearray.* object.* type.* dict.* list.*
functools _functools: reduce partialmethod cmp_to_key singledispatch singledispatchmethod wraps update_wrapper
functools _functools: lru_cache cache cached_property _lru_cache_wrapper total_ordering
itertools: starmap accumulate takewhile dropwhile filterfalse groupby imap ifilter ifilterfalse
operator _operator: attrgetter methodcaller call setitem delitem getitem
bisect _bisect heapq _heapq: *
inspect sys _sys: *
typing: get_type_hints ForwardRef _eval_type NamedTuple TypedDict NewType evaluate_forward_ref
annotationlib: *
dataclasses: make_dataclass _create_fn _process_class dataclass
collections: namedtuple _make
gettext: *
numpy numpy.* : vectorize apply_along_axis apply_over_axes piecewise fromfunction frompyfunc
contextvars: Context copy_context
tokenize: untokenize
reprlib: *
re: Scanner _compile_repl
argparse optparse: FileType ArgumentParser OptionParser
""",
    "registry": """
copyreg copy_reg: add_extension remove_extension clear_extension_cache _inverted_registry _extension_registry
copyreg copy_reg: _extension_cache dispatch_table pickle constructor
_compat_pickle: *
codecs _codecs: register register_error unregister
os sys: environ modules
torch.serialization: add_safe_globals clear_safe_globals safe_globals set_default* register_package _package_registry
torch._weights_only_unpickler: *
modelscan.* picklescan.* fickling.* modelaudit.* scanner.* skops.io._trusted_types lading.* : *
sklearn.utils._set_output sklearn._config sklearn: set_config config_context
""",
    "file": """
builtins __builtin__: open file
io _io _pyio: open open_code FileIO OpenWrapper file TextIOWrapper Buffered*
codecs _codecs: open EncodedFile StreamReaderWriter StreamRecoder
tokenize gzip bz2 lzma zlib.open dbm.* _dbm _gdbm gdbm anydbm dumbdbm whichdb dbhash bsddb.* : open
gzip: GzipFile
bz2: BZ2File
lzma: LZMAFile
shelve tarfile zipfile zipfile.* mailbox wave sunau aifc chunk tempfile fileinput linecache mmap shutil filecmp glob: *
dircache stat.S_* netrc configparser ConfigParser mimetypes csv.reader imghdr sndhdr uu binhex xdrlib: *
sqlite3 sqlite3.dbapi2 _sqlite3: connect Connection Cursor
py_compile compileall: *
logging: basicConfig FileHandler
logging.handlers: *
pathlib pathlib._local: Path.* PosixPath.* WindowsPath.*
numpy numpy.* : fromfile memmap savetxt fromregex genfromtxt loadtxt recfromcsv recfromtxt tofile save savez*
numpy numpy.* : DataSource open_memmap ndfromtxt mafromtxt
numpy.lib._datasource numpy.lib.npyio: *
torch torch.* : save from_file SummaryWriter FileWriter PyTorchFileReader PyTorchFileWriter
pandas.* : to_csv to_pickle to_hdf to_excel to_json to_sql to_parquet ExcelFile ExcelWriter HDFStore
scipy.io.* : *
h5py.* tables.* zarr.* netCDF4.* : File open* Dataset
fcntl msvcrt winreg _winreg _winapi termios tty resource syslog pwd grp spwd crypt: *
secrets.token_file: *
zoneinfo: reset_tzpath
joblib joblib.* : dump
skops.io: dump
""",
    "network": """
urllib urllib.* urllib2 urllib3.* httplib http http.* socket _socket ssl _ssl select selectors ftplib smtplib poplib: *
imaplib nntplib telnetlib xmlrpc.* xmlrpclib socketserver SocketServer asyncore asynchat smtpd webbrowser: *
BaseHTTPServer SimpleHTTPServer wsgiref.* robotparser cookielib httplib2.* _hashlib.get: *
requests.* httpx.* httpcore.* aiohttp.* fsspec.* s3fs.* gcsfs.* adlfs.* smart_open.* websocket.* websockets.* : *
paramiko.* fabric.* pysftp.* boto.* boto3.* botocore.* google.cloud.* azure.* git.* dulwich.* pycurl tornado.* : *
twisted.* zmq.* grpc.* redis.* pymongo.* psycopg2.* sqlalchemy.* mysql.* kafka.* pika.* dns.* scapy.* : *
flask.* fastapi.* uvicorn.* starlette.* gradio.* streamlit.* wandb.* comet_ml.* neptune.* huggingface_hub.* : *
pandas.* : read_*
torch.hub torch.utils.model_zoo: *
keras.* tensorflow.* tf_keras.* : get_file
gevent.* eventlet.* trio.* anyio.* curio.* : *
""",
    "third-party-run": """
numpy.testing.* numpy.f2py.* numpy.distutils.* numpy.ctypeslib.* numpy.core._internal.c2py: *
numpy numpy.* : runstring measure rundocs exec_command
numpy.core.* numpy._core.* numpy.lib.* : eval _load_from_filelike safe_eval
pandas.core.computation.* pandas.io.clipboard.* pandas.util.testing pandas._testing.* pandas.util._tester: *
pandas pandas.* : eval query pipe
numexpr.* : evaluate re_evaluate NumExpr validate getExprNames stringToExpression
sympy.* : sympify lambdify parse_expr S autowrap ufuncify preview eval_expr stringify_expr
torch.utils.cpp_extension torch.utils.collect_env torch.utils._config_module torch.utils.bottleneck.* : *
torch.utils._import_utils torch.utils.bundled_inputs torch.utils.data.datapipes.utils.* : *
torch._dynamo.* torch.fx.* torch._inductor.* torch._functorch.* torch.multiprocessing.* : *
torch.distributed.run torch.distributed.launch torch.distributed.launcher.* torch.distributed.elastic.* : *
torch.distributed.rpc.* torch.distributed.nn.jit.* : *
torch.testing.* torch._appdirs torch._lobpcg torch.jit.* torch.package.* torch.export.* torch._export.* : *
torch.onnx.* torch.compiler.* torch.library: *
torch: compile import_ir_module load_library _import_dotted_name
torch torch.* : CompilationUnit
joblib.externals.* loky.* joblib.parallel joblib.memory joblib.pool joblib._parallel_backends joblib.executor: *
joblib joblib.* : Parallel delayed Memory MemorizedFunc
keras.* tensorflow.* tf_keras.* : Lambda enable_unsafe_deserialization py_func numpy_function py_function
keras.* tensorflow.* tf_keras.* : load_op_library load_library func_load deserialize* TorchModuleWrapper
IPython.* ipykernel.* jupyter.* nbconvert.* nbformat.* jupyter_client.* : *
jinja2.* mako.* chameleon.* genshi.* tornado.template werkzeug.* django.* : *
psutil.* pexpect.* invoke.* sh plumbum.* sarge envoy delegator.* ptyprocess.* : *
Cython.* cython pyximport.* numba.* pythran.* weave.* scipy.weave.* pyjion.* : *
hydra.* fire.* click.* typer.* : *
celery.* ray.* dask.* distributed.* luigi.* airflow.* prefect.* pyspark.* apscheduler.* rq.* huey.* : *
dill.* cloudpickle.* pyspark.cloudpickle.* pathos.* ppft.* multiprocess.* : *
sklearn.externals.* sklearn.datasets.* sklearn.utils._testing sklearn.utils._mocking sklearn.conftest: *
sklearn.utils.estimator_checks sklearn.utils.parallel sklearn._build_utils.* : *
_pytest.* pytest.* nose.* py.* hypothesis.* tox.* nox.* : *
rpy2.* pyarrow.serialization pyarrow.fs PIL.ImageShow PIL.ImageGrab bokeh.* plotly.io.* : *
setuptools.command.* wheel.* build.* virtualenv.* : *
win32com.* win32api pythoncom comtypes.* pywintypes objc.* : *
lldb gdb pwn.* pwnlib.* sage.* : *
ast_tools.* asteval.* simpleeval.* RestrictedPython.* executing.* : *
""",
    "nested-load": """
pickle _pickle cPickle pickle5.* pickletools pickletester jsonpickle.* kombu.* srsly.* marshal: *
dill cloudpickle joblib.numpy_pickle_compat: *
joblib joblib.* : load load_compatibility read_array NumpyUnpickler ZipNumpyUnpickler _unpickle
torch torch.* : load _load _legacy_load _load_from_bytes load_url load_state_dict_from_url UnpicklerWrapper
numpy numpy.* : load read_array NpzFile _read_bytes
pandas.compat.pickle_compat pandas.io.pickle: *
pandas.* : read_pickle Unpickler
sklearn.* : load load_*
keras.* tensorflow.* tf_keras.* : load load_* model_from_* clone_model
mlflow.* : *
transformers.* : from_pretrained pipeline load_* get_class_from_dynamic_module get_cached_module_file
diffusers.* sentence_transformers.* peft.* accelerate.* datasets.* : from_pretrained load_* load
spacy.* nltk.* fastai.* gensim.* flair.* allennlp.* stanza.* : load* load from_disk download read_*
yaml.* ruamel.* ruyaml.* oyaml: *
onnx.* onnxruntime.* openvino.* tensorrt.* : *
lightgbm.* xgboost.* catboost.* : load_library _load_lib _LIB load_model
skops.* : load loads get_untrusted_types
h2o.* pycaret.* autogluon.* paddle.* mxnet.* caffe.* caffe2.* coremltools.* tvm.* : load* load
shelve: *
msgpack.* bson.* zodbpickle.* persistent.* ZODB.* : loads load unpack*
""",
}

TELLING_NAMES: Final = """
system popen popen2 popen3 popen4 exec execfile eval execv execve execl execlp execvp execvpe spawn spawnl spawnv
spawnve posix_spawn startfile fork forkpty check_output check_call getoutput getstatusoutput Popen __import__
import_module import_string import_by_name load_module exec_module exec_code exec_command runstring runsource runcode
run_module run_path run_code urlretrieve urlopen load_library load_dynamic load_inline load_source find_spec
reduce_graph_module CompilationUnit _exec_with_source py_compile compile_file _import_module subimport
_make_function _make_skel_func _create_code _create_function _builtin_type attrgetter methodcaller import_object
dynamic_import get_class_from_string eval_str evalf_str safe_eval literal_eval unsafe_load full_load yaml_load
NamedTemporaryFile TemporaryFile SpooledTemporaryFile ThreadPoolExecutor ProcessPoolExecutor MethodType FunctionType
CodeType ModuleType LambdaType InteractiveConsole
"""
"""Names that mean the same wherever they are found, also in modules that no list knows."""

TELLING_METHODS: Final = """
write_text write_bytes read_text read_bytes unlink rmdir symlink_to hardlink_to extractall get_data get_source get_code
create_module source_to_code environ putenv argv meta_path path_hooks call_later communicate tofile fromfile
"""
"""Last segments of a dotted name that are denied: methods with an effect, wherever they are reached."""

EFFECT_MODULES: Final = """
os sys posix nt subprocess builtins bltns __builtin__ importlib ctypes shutil socket pickle cPickle marshal runpy pty
commands multiprocessing threading urllib urllib2 requests imp inspect pkgutil sysconfig tempfile linecache
"""
"""Modules that a dotted name or another package's alias must not lead into."""
