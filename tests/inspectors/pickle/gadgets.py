"""References that a malicious pickle would call, by family; ``module:name name``. Harmless here: nothing is loaded."""

from __future__ import annotations

_TABLE = {
    "run": """
os:system popen execv spawnl startfile fork putenv
posix:system execve fork
nt:system
subprocess:Popen run call check_call check_output getoutput getstatusoutput
_posixsubprocess:fork_exec
pty:spawn fork
commands:getoutput getstatusoutput
builtins:eval exec compile __import__ breakpoint input
__builtin__:eval execfile compile __import__ raw_input
runpy:run_path run_module _run_code
code:interact InteractiveInterpreter InteractiveConsole
codeop:compile_command
timeit:timeit main Timer
cProfile:run runctx
profile:run Profile.runctx
trace:Trace Trace.run
bdb:Bdb Bdb.run
pdb:run runeval set_trace
doctest:testsource debug_script run_docstring_examples
pydoc:pager pipepager tempfilepager ttypager locate safeimport
ensurepip:bootstrap _run_pip
pip:main
pip._internal:main
pip._internal.cli.main:main
venv:create EnvBuilder
zipapp:create_archive
zipimport:zipimporter
site:addpackage addsitedir execsitecustomize
sysconfig:_init_posix
importlib:import_module reload __import__
importlib._bootstrap:_gcd_import _load
importlib._bootstrap_external:SourceFileLoader
importlib.util:spec_from_file_location
_frozen_importlib:_gcd_import
_frozen_importlib_external:SourceFileLoader
imp:load_source load_module load_dynamic
_imp:create_dynamic
pkgutil:resolve_name get_data
unittest.mock:_importer patch
ctypes:CDLL cdll PyDLL WinDLL
_ctypes:dlopen CFuncPtr
cffi:FFI
_cffi_backend:load_library
marshal:loads load
types:FunctionType CodeType MethodType
threading:Thread Timer
_thread:start_new_thread
multiprocessing:Process Pool
multiprocessing.util:spawnv_passfds
concurrent.futures:ThreadPoolExecutor
asyncio:create_subprocess_shell run
asyncio.subprocess:create_subprocess_exec
atexit:register
signal:signal
weakref:finalize
logging.config:dictConfig fileConfig listen
tkinter:Tk Tcl
idlelib.run:Executive
idlelib.pyshell:ModifiedInterpreter
lib2to3.pgen2.grammar:Grammar.loads
uuid:_get_command_stdout
platform:popen _syscmd_ver
_osx_support:_read_output
_aix_support:_read_cmd_output
_xxsubinterpreters:run_string
_interpreters:exec run_string
_testcapi:run_in_subinterp
""",
    "indirection": """
builtins:setattr delattr vars globals locals map filter
__builtin__:apply reduce map
functools:reduce cmp_to_key partialmethod
_functools:reduce cmp_to_key
itertools:starmap accumulate
operator:attrgetter methodcaller call
_operator:attrgetter methodcaller call
builtins:str.format object.__subclasses__ object.__getattribute__ type.__call__ str.join bytes.decode list.sort
collections:namedtuple
typing:get_type_hints ForwardRef
dataclasses:make_dataclass
gettext:c2py
numpy:vectorize frompyfunc
numpy.lib.function_base:vectorize
""",
    "registry": """
copyreg:add_extension _inverted_registry _extension_cache dispatch_table pickle
copy_reg:add_extension
_compat_pickle:NAME_MAPPING IMPORT_MAPPING
sys:modules path meta_path setprofile settrace
os:environ
torch.serialization:add_safe_globals
codecs:register register_error
modelscan.settings:DEFAULT_SETTINGS
picklescan.scanner:_safe_globals
""",
    "file": """
builtins:open
io:open open_code FileIO
_io:open FileIO
_pyio:open
codecs:open
tokenize:open
gzip:open GzipFile
bz2:open
lzma:open
dbm:open
dbm.dumb:open
shelve:open
tarfile:open TarFile.extractall
zipfile:ZipFile ZipFile.extractall
sqlite3:connect
mailbox:mbox
wave:open
tempfile:NamedTemporaryFile mkstemp
fileinput:input FileInput
linecache:getlines
mmap:mmap
pathlib:Path.write_text PosixPath.unlink Path.read_bytes
shutil:rmtree copyfile move unpack_archive
distutils.file_util:write_file copy_file
distutils.dir_util:remove_tree
py_compile:compile
logging:FileHandler basicConfig
logging.handlers:RotatingFileHandler
numpy:fromfile memmap savetxt fromregex genfromtxt
numpy.lib.npyio:savetxt
torch:save from_file
torch.utils.tensorboard:SummaryWriter
torch.utils.tensorboard.writer:SummaryWriter
""",
    "network": """
urllib.request:urlopen urlretrieve Request
urllib2:urlopen
urllib3:PoolManager
http.client:HTTPConnection
http.server:HTTPServer
socket:create_connection socket
_socket:socket
ssl:get_server_certificate
ftplib:FTP
smtplib:SMTP
poplib:POP3
imaplib:IMAP4 IMAP4_stream
nntplib:NNTP
telnetlib:Telnet
xmlrpc.client:ServerProxy
socketserver:TCPServer
webbrowser:open
requests:get post
requests.api:get
httpx:get
aiohttp:ClientSession
fsspec:open
fsspec.core:open
pandas:read_csv read_json read_html
pandas.io.parsers.readers:read_csv
numpy:DataSource
boto3:client
git:Repo.clone_from
git.repo.base:Repo.clone_from
""",
    "third-party": """
numpy.testing._private.utils:runstring measure rundocs
numpy.testing:runstring
numpy.f2py:compile
numpy.f2py.crackfortran:getlincoef myeval
numpy.f2py.capi_maps:load_f2cmap_file
numpy.distutils.exec_command:exec_command
pandas:eval
pandas.core.computation.eval:eval
pandas.core.frame:DataFrame.query DataFrame.eval
pandas.io.clipboard:clipboard_get
numexpr:evaluate
sympy:sympify lambdify
sympy.parsing.sympy_parser:parse_expr eval_expr
torch.utils.cpp_extension:load_inline
torch.utils.collect_env:run
torch._dynamo.guards:GuardBuilder.get
torch.fx.experimental.symbolic_shapes:ShapeEnv.evaluate_guards_expression
torch.fx.graph_module:reduce_graph_module _exec_with_source
torch._inductor.codecache:compile_file
torch.jit:CompilationUnit
torch.distributed.run:main
torch.distributed.launcher.api:launch_agent
torch.multiprocessing.spawn:spawn
joblib:Parallel delayed
joblib.externals.loky:get_reusable_executor
keras.layers:Lambda
keras.utils:get_file
keras.config:enable_unsafe_deserialization
tensorflow:py_function load_op_library
IPython:start_ipython embed
jinja2:Template
jinja2.environment:Template.from_code
mako.template:Template
werkzeug.utils:import_string
django.utils.module_loading:import_string
psutil:Popen
pexpect:spawn run
invoke:run
sh:Command
Cython.Build.Inline:cython_inline
numba.core.dispatcher:Dispatcher
hydra.utils:instantiate
hydra._internal.utils:_locate
celery.app:Celery
ray:remote
dask:compute
dill._dill:_create_function _create_code _import_module
cloudpickle.cloudpickle:_make_function _make_skel_func subimport _builtin_type
""",
    "nested": """
pickle:loads load Unpickler
_pickle:loads
cPickle:loads
pickle5:loads
dill:loads
cloudpickle:loads
joblib:load
joblib.numpy_pickle:load
jsonpickle:decode
jsonpickle.unpickler:decode
kombu.serialization:loads
ray.cloudpickle:loads
srsly:pickle_loads
srsly.cloudpickle:loads
torch.storage:_load_from_bytes
numpy.lib.format:read_array
pandas.compat.pickle_compat:loads
torch:load
torch.jit:load
torch.hub:load
torch.package:PackageImporter
torch.export:load
pandas:read_pickle
pandas.io.pickle:read_pickle
numpy:load
numpy.lib.npyio:load
keras.models:load_model
tensorflow.keras.models:load_model
mlflow.pyfunc:load_model
transformers:pipeline
transformers.modeling_utils:PreTrainedModel.from_pretrained
diffusers:DiffusionPipeline.from_pretrained
spacy:load
nltk.data:load
fastai.learner:load_learner
yaml:load unsafe_load
onnxruntime:InferenceSession
torch.ops:load_library
torch.classes:load_library
lightgbm.libpath:load_library
""",
    "dotted": """
logging:os.system
random:_os.system
collections:_sys.modules
enum:bltns.eval
inspect:builtins.eval
string:__loader__.get_data
torch:os.system
numpy:os.system
sklearn:os.system
joblib:os.system
datetime:sys.modules
decimal:Decimal.__init__.__globals__
collections:OrderedDict.__init__.__globals__
numpy:ndarray.__reduce__
six.moves:builtins.eval
six.moves.builtins:eval
""",
}

GADGETS = [
    (family, module, name)
    for family, table in _TABLE.items()
    for line in table.strip().splitlines()
    for module, _, names in [line.partition(":")]
    for name in names.split()
]
"""(family, module, name)."""
