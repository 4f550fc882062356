"""More references that a malicious pickle calls, beside the table of the pickle tests; ``module:name name``."""

from __future__ import annotations

from tests.inspectors.pickle.gadgets import GADGETS

_MORE = {
    "run": """
os:execl execlp execve spawnv spawnve popen2 posix_spawn kill
subprocess:STARTUPINFO
popen2:popen2 Popen3
commands:getstatusoutput
builtins:help __build_class__
__builtins__:eval
code:InteractiveInterpreter.runcode InteractiveConsole.push
cProfile:Profile.runctx
profile:Profile.run runctx
trace:Trace.runctx
bdb:Bdb.runeval Bdb.runcall
pdb:Pdb runcall
doctest:debug DebugRunner.run
pydoc:importfile plainpager resolve render_doc
pip.__main__:main
pip._internal.utils.subprocess:call_subprocess
venv.__main__:main
zipimport:zipimporter.load_module
site:main
pkgutil:find_loader walk_packages get_importer
modulefinder:ModuleFinder
importlib.machinery:SourceFileLoader SourcelessFileLoader ExtensionFileLoader
importlib.resources:path
imp:load_compiled load_package reload
ctypes.util:find_library _findLib_gcc
ctypes.wintypes:windll
types:LambdaType ModuleType coroutine
new:code function instancemethod
threading:Thread._bootstrap
multiprocessing.process:Process
multiprocessing.pool:Pool ThreadPool
multiprocessing.managers:BaseManager
concurrent.futures.process:ProcessPoolExecutor
concurrent.futures.thread:ThreadPoolExecutor
asyncio.unix_events:_UnixSubprocessTransport._start
asyncio.base_events:BaseEventLoop.subprocess_shell
sched:scheduler
faulthandler:dump_traceback_later
gc:get_objects get_referrers
idlelib.calltip:get_entity
idlelib.autocomplete:AutoComplete.get_entity
idlelib.debugobj:ObjectTreeItem.SetText
lib2to3.pgen2.pgen:ParserGenerator.make_label
lib2to3.refactor:get_all_fix_names
platform:_Processor.from_subprocess
_osx_support:_find_build_tool compiler_fixup
uuid:_load_system_functions
_xxsubinterpreters:create
_interpreters:create
_testinternalcapi:run_in_subinterp_with_config
test.support.script_helper:assert_python_ok
setuptools:setup
pkg_resources:load_entry_point
cgitb:lookup
""",
    "indirection": """
builtins:min.__call__ type.__subclasses__ object.__reduce_ex__ str.format_map bytes.translate
__builtin__:filter intern.__call__
operator:setitem delitem
_operator:setitem
inspect:getattr_static getclosurevars
sys:_getframe addaudithook exit
typing:NamedTuple _eval_type
string:Formatter.get_field
types:DynamicClassAttribute new_class
functools:singledispatch wraps
numpy:apply_along_axis fromfunction
""",
    "registry": """
copyreg:_extension_registry remove_extension constructor
_compat_pickle:REVERSE_NAME_MAPPING
codecs:unregister
torch.serialization:register_package _package_registry set_default_load_endianness
torch._weights_only_unpickler:_add_safe_globals _user_allowed_globals
fickling.hook:remove_hook
modelaudit.scanners:SCANNER_REGISTRY
skops.io._trusted_types:PRIMITIVES_TYPES
scanner.inspectors.pickle.known_safe:exact_rule
""",
    "file": """
io:TextIOWrapper.write OpenWrapper
_pyio:FileIO
codecs:EncodedFile
bz2:BZ2File
lzma:LZMAFile
dbm.gnu:open
shelve:DbfilenameShelf
tarfile:TarFile
zipfile:PyZipFile
sqlite3.dbapi2:connect
mailbox:Maildir
tempfile:mkdtemp TemporaryDirectory
linecache:updatecache
pathlib:Path.unlink Path.touch PosixPath.write_bytes Path.read_text
shutil:copytree copymode make_archive
glob:glob
filecmp:cmp
distutils.dir_util:copy_tree
distutils.file_util:move_file
distutils.dep_util:newer
compileall:compile_file
logging.handlers:SocketHandler SMTPHandler
numpy:loadtxt save ndarray.tofile
numpy.lib.format:open_memmap
numpy.lib._npyio_impl:NpzFile
torch._C:PyTorchFileWriter
torch.storage:UntypedStorage.from_file
pandas:ExcelWriter HDFStore
pandas.core.generic:NDFrame.to_pickle
scipy.io:loadmat savemat
h5py:File
joblib:dump
""",
    "network": """
urllib:urlopen urlretrieve
urllib.request:URLopener.retrieve build_opener
urllib3.poolmanager:PoolManager.request
http.client:HTTPSConnection
socket:socket.connect getaddrinfo
_ssl:_SSLContext
ftplib:FTP_TLS
smtplib:SMTP_SSL
xmlrpc.server:SimpleXMLRPCServer
webbrowser:get BackgroundBrowser
requests.sessions:Session.request
httpx:Client
pandas:read_excel read_sql read_xml
numpy.lib._datasource:DataSource
numpy.lib.npyio:DataSource
s3fs.core:S3FileSystem
git.cmd:Git.execute
paramiko.client:SSHClient
torch.hub:load_state_dict_from_url download_url_to_file
huggingface_hub:hf_hub_download snapshot_download
keras.utils.data_utils:get_file
websockets:connect
""",
    "third-party": """
numpy.testing._private.utils:_assert_valid_refcount
numpy.f2py.crackfortran:param_eval _eval_length
numpy.f2py.diagnose:run_command
numpy.distutils.cpuinfo:getoutput
numpy.ctypeslib:load_library
pandas.core.computation.expr:Expr
pandas.io.clipboard:paste clipboard_set
numexpr.necompiler:getExprNames evaluate
sympy.core.sympify:sympify
sympy.utilities.lambdify:lambdify
torch.utils.cpp_extension:load
torch.utils._config_module:ConfigModule.load_config
torch.utils.bottleneck.__main__:run_cprofile run_autograd_prof
torch.utils.data.datapipes.utils.decoder:basichandlers
torch.jit.unsupported_tensor_ops:execWrapper
torch.jit._script:_load_state
torch.fx.interpreter:Interpreter.run
torch.distributed.elastic.multiprocessing.api:start_processes
torch.distributed.rpc:rpc_sync
torch._inductor.codecache:PyCodeCache.load
torch._export.serde.serialize:deserialize
joblib.memory:MemorizedFunc
joblib.externals.cloudpickle.cloudpickle:_make_function
joblib._parallel_backends:ThreadingBackend
loky.process_executor:ProcessPoolExecutor
keras.src.layers.core.lambda_layer:Lambda
keras.src.saving.serialization_lib:enable_unsafe_deserialization deserialize_keras_object
keras.src.utils.torch_utils:TorchModuleWrapper
keras.utils:func_load
tensorflow.python.ops.script_ops:py_func
tensorflow.python.framework.load_library:load_op_library
IPython.core.interactiveshell:InteractiveShell.run_cell
IPython.utils.process:system
nbformat:read
jinja2.sandbox:SandboxedEnvironment
mako.lookup:TemplateLookup
werkzeug.debug.console:Console
django.template:Template
django.core.management:execute_from_command_line
pexpect.popen_spawn:PopenSpawn
invoke.context:Context.run
plumbum.cmd:ls
pyximport:install
numba:jit cfunc
hydra:compose
omegaconf._utils:_locate.import_module
celery.bin.celery:main
ray.util.client:connect
dask.distributed:Client
pyspark.cloudpickle:loads
dill:loads source
dill._dill:_load_type _get_attr _create_type
cloudpickle.cloudpickle:_make_skeleton_class _class_setstate _dynamic_import
sklearn.utils._testing:assert_run_python_script
sklearn.datasets:fetch_openml load_svmlight_file
sklearn.externals.joblib:load
win32com.client:Dispatch
rpy2.robjects:r
""",
    "nested": """
pickle:_loads _Unpickler Unpickler.load
_pickle:Unpickler
cPickle:Unpickler
dill._dill:Unpickler
joblib.numpy_pickle:_unpickle NumpyUnpickler
joblib.numpy_pickle_compat:load_compatibility
kombu.utils.json:loads
srsly:read_msgpack.load
torch.serialization:load _load _legacy_load
numpy.lib._npyio_impl:load
numpy.lib._format_impl:read_array
pandas.compat.pickle_compat:Unpickler load
torch.package.package_importer:PackageImporter
keras.saving:load_model
keras.src.saving.saving_api:load_model
tensorflow.saved_model:load
tensorflow.python.saved_model.load:load
mlflow.sklearn:load_model
mlflow.pyfunc.model:_load_pyfunc
transformers:AutoModel.from_pretrained
transformers.dynamic_module_utils:get_class_from_dynamic_module
spacy.util:load_model
nltk:download
fastai.basics:load_learner
yaml:full_load Loader
yaml.constructor:UnsafeConstructor
onnx:load
torch.ops:load_library.__call__
xgboost.core:_load_lib
skops.io:load
shelve:open
msgpack:unpackb
zodbpickle:loads
""",
    "dotted": """
random:_urandom.__self__
os.path:os.system
tempfile:_os.system
shutil:os.system
json:decoder.scanner.sys.modules
threading:_sys.modules
argparse:_os.system
collections:abc.sys.modules
ast:sys.modules
functools:partial.__init__.__globals__
pandas:os.system
scipy:os.system
xgboost:os.system
lightgbm:os.system
transformers:importlib.import_module
sklearn.base:os.system
torch.nn:functional.importlib
sklearn.ensemble:RandomForestClassifier.__init__.__globals__
torch.nn.modules.linear:Linear.forward.__globals__.get
builtins:__loader__.load_module
string:Formatter.get_field.__globals__
types:FunctionType.__call__
datetime:datetime.__class__.__subclasses__
numpy:f2py.os.system
numpy.core.multiarray:_reconstruct.__self__
zoneinfo:sys.modules
enum:sys.modules
""",
}

TABLE = sorted(
    {
        *GADGETS,
        *(
            (family, module, name)
            for family, table in _MORE.items()
            for line in table.strip().splitlines()
            for module, _, names in [line.partition(":")]
            for name in names.split()
        ),
    }
)
"""(effect, module, name), sorted."""

UNKNOWN_CODE = """
__main__:Model payload run
project.models:Net Classifier.build
utils:helper
my_package.layers:Attention
numpy:not_listed random.os_helper
sklearn.base:clone
sklearn.model_selection:train_test_split
torch:not_listed
torch.nn.modules.linear:factory
toolz:compose curry
decorator:FunctionMaker.create
six:exec_
past.builtins:execfile
traitlets.utils.importstring:import_item
zope.dottedname.resolve:resolve
sphinx.util:import_object
gunicorn.util:import_app
PIL.ImageMath:eval
PIL.Image:open
mpmath:mpmathify
attr._make:_make_method
more_itertools:consume
pluggy:PluginManager.import_plugin
matplotlib.pyplot:savefig
networkx:read_gpickle
astropy.io.fits:open
lxml.etree:parse XSLT
docutils.core:publish_file
bottle:SimpleTemplate
cherrypy:quickstart
nox:main
pyarrow.compute:call_function
statsmodels.formula.api:ols
patsy:dmatrix
markdown:markdownFromFile
xlrd:open_workbook
openpyxl:load_workbook
pydicom:dcmread
soundfile:read
librosa:load
cv2:imread FileStorage
imageio:imread
torchaudio:load
torchvision.io:read_image write_file
"""
"""Code outside every list: what it does is not known here, so that known-safe would be wrong."""
