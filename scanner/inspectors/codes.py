"""Every reason code that an inspector can give: one row a code, with its place in public catalogues and what to do.

A new code is one row in :data:`CODES`; its row in ``docs/model-formats.md`` is generated from here
(:mod:`scanner.inspectors.code_table`). The codes of pickles are rows of :mod:`scanner.inspectors.pickle.codes`.
Sources: MITRE CWE 4.18; MITRE ATLAS 2026.09.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from scanner.inspectors.pickle.codes import CODES as PICKLE_CODES
from scanner.inspectors.pickle.codes import CORRUPT_MODEL, DENIAL, EMBED_MALWARE, UNSAFE_ARTIFACT

ARCHITECTURE: Final = "AML.T0018.001"
PROMPT_LOGIC: Final = "AML.T0018.003"
MASQUERADING: Final = "AML.T0074"

TECHNIQUES: Final = {
    UNSAFE_ARTIFACT: "User Execution: Unsafe AI Artifacts",
    ARCHITECTURE: "Manipulate AI Model: Modify AI Model Architecture",
    EMBED_MALWARE: "Manipulate AI Model: Embed Malware",
    PROMPT_LOGIC: "Manipulate AI Model: Modify Prompt Construction Logic",
    DENIAL: "Denial of AI Service",
    MASQUERADING: "Masquerading",
    CORRUPT_MODEL: "Corrupt AI Model",
}
"""ATLAS technique to its name, with the technique that it is a part of."""

REPLACE: Final = (
    "Do not load it; ask its maker for the weights as safetensors, ONNX or GGUF, and search where it was loaded."
)
REVIEW: Final = "Find out what the named thing does; have its maker remove it, or accept it in writing by a waiver."
REPACK: Final = "Have its maker save it again with the format's own library; no such library writes this."
FETCH: Final = "Fetch the file again from where it was published and compare its digest with the published one."
SHRINK: Final = "Load it only where memory and time are limited; ask its maker why it needs so much."
LOCAL: Final = "Have its maker put everything that the model needs into its own folder, under relative names."
TEMPLATE: Final = (
    "Compare the template with the one its maker publishes, and remove what is not part of a conversation."
)
RENAME: Final = "Find out who put it there; remove it, or give it the name of what it is."


class ReasonCode(NamedTuple):
    """Meaning of one reason code.

    ``verdicts`` is the verdict that the reason alone leads to, in words; ``cwe`` the MITRE weakness number; ``atlas`` a
    key of :data:`TECHNIQUES`; ``help`` one sentence that says what to do.
    """

    verdicts: str
    title: str
    cwe: int
    atlas: str
    help: str


_HELP_OF_EFFECT: Final = {"none": FETCH, "exhaust": SHRINK, "unknown": REVIEW}

_PICKLE: Final = {
    code: ReasonCode(row.level, row.title, row.cwe, row.atlas, _HELP_OF_EFFECT.get(row.effect, REPLACE))
    for code, row in PICKLE_CODES.items()
}

MALICIOUS: Final = "malicious"
UNKNOWN: Final = "unknown"

CODES: Final[dict[str, ReasonCode]] = {
    **_PICKLE,
    "modelscan-operator": ReasonCode(
        "malicious or unknown", "modelscan names it as an unsafe operator", 502, UNSAFE_ARTIFACT, REPLACE
    ),
    "npy-trailing-pickle": ReasonCode(
        "unknown, or that of the pickle", "a pickle follows the last array", 502, EMBED_MALWARE, REPACK
    ),
    "npy-trailing-bytes": ReasonCode(UNKNOWN, "other bytes follow the last array", 1286, CORRUPT_MODEL, REPACK),
    "safetensors-bad-tensor": ReasonCode(UNKNOWN, "a tensor entry breaks the format", 1286, CORRUPT_MODEL, REPACK),
    "safetensors-layout": ReasonCode(
        UNKNOWN, "tensors overlap, or leave bytes that belong to none", 1286, CORRUPT_MODEL, REPACK
    ),
    "safetensors-trailing": ReasonCode(UNKNOWN, "bytes behind the last tensor", 1286, EMBED_MALWARE, REPACK),
    "safetensors-metadata": ReasonCode(UNKNOWN, "metadata is no mapping of strings", 1286, CORRUPT_MODEL, REPACK),
    "gguf-repeated-name": ReasonCode(UNKNOWN, "a key or tensor name appears twice", 694, CORRUPT_MODEL, REPACK),
    "gguf-layout": ReasonCode(UNKNOWN, "tensors overlap, are not aligned, or leave gaps", 1286, CORRUPT_MODEL, REPACK),
    "gguf-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the last tensor", 1286, EMBED_MALWARE, REPACK),
    "onnx-python-operator": ReasonCode(MALICIOUS, "an operator runs Python code", 94, EMBED_MALWARE, REPLACE),
    "onnx-custom-operator": ReasonCode(UNKNOWN, "an operator needs code outside ONNX", 829, ARCHITECTURE, REVIEW),
    "onnx-external-path": ReasonCode(MALICIOUS, "external data outside the folder", 22, UNSAFE_ARTIFACT, LOCAL),
    "onnx-external-link": ReasonCode(UNKNOWN, "external data is a link that leads outside", 59, UNSAFE_ARTIFACT, LOCAL),
    "onnx-external-range": ReasonCode(UNKNOWN, "external data beyond the end of its file", 125, CORRUPT_MODEL, FETCH),
    "onnx-tensor-shape": ReasonCode(
        UNKNOWN, "a tensor that no memory holds, or that no data fits", 789, DENIAL, SHRINK
    ),
    "skops-denied-reference": ReasonCode(
        MALICIOUS, "names a function or class with a denied effect", 502, UNSAFE_ARTIFACT, REPLACE
    ),
    "skops-unlisted-reference": ReasonCode(
        UNKNOWN, "names a function or class on neither list", 502, UNSAFE_ARTIFACT, REVIEW
    ),
    "keras-lambda": ReasonCode(MALICIOUS, "a layer with Python code of its own", 94, EMBED_MALWARE, REPLACE),
    "keras-torch-module": ReasonCode(MALICIOUS, "a pickled torch module as a layer", 502, EMBED_MALWARE, REPLACE),
    "keras-denied-reference": ReasonCode(
        MALICIOUS, "names a function with a denied effect", 470, UNSAFE_ARTIFACT, REPLACE
    ),
    "keras-unlisted-reference": ReasonCode(UNKNOWN, "names something outside Keras", 470, UNSAFE_ARTIFACT, REVIEW),
    "keras-custom-object": ReasonCode(UNKNOWN, "needs a class that its maker registered", 829, ARCHITECTURE, REVIEW),
    "keras-graph-call": ReasonCode(
        UNKNOWN, "calls a TensorFlow function that reads or writes outside the graph", 73, UNSAFE_ARTIFACT, REVIEW
    ),
    "keras-file-path": ReasonCode(UNKNOWN, "a vocabulary is read from a path", 73, UNSAFE_ARTIFACT, LOCAL),
    "hdf5-external-data": ReasonCode(UNKNOWN, "arrays lie in other files", 73, UNSAFE_ARTIFACT, LOCAL),
    "tensorflow-denied-operator": ReasonCode(
        MALICIOUS,
        "an operator runs Python, reads or writes any file, or calls another host",
        94,
        EMBED_MALWARE,
        REPLACE,
    ),
    "tensorflow-sends-output": ReasonCode(
        MALICIOUS, "a print or debug operator sends to a file or address", 73, EMBED_MALWARE, REPLACE
    ),
    "tensorflow-file-operator": ReasonCode(
        UNKNOWN, "an operator reads or writes data sets or checkpoints", 73, UNSAFE_ARTIFACT, REVIEW
    ),
    "tensorflow-unlisted-operator": ReasonCode(UNKNOWN, "an operator on no list", 829, ARCHITECTURE, REVIEW),
    "tensorflow-asset-path": ReasonCode(MALICIOUS, "an asset outside the model's folder", 22, UNSAFE_ARTIFACT, LOCAL),
    "torchscript-file-access": ReasonCode(MALICIOUS, "maps or writes files", 73, EMBED_MALWARE, REPLACE),
    "torchscript-custom-operator": ReasonCode(
        UNKNOWN, "an operator of a library that is not part of torch", 829, ARCHITECTURE, REVIEW
    ),
    "torchscript-unlisted-call": ReasonCode(UNKNOWN, "a call on no list", 829, ARCHITECTURE, REVIEW),
    "torchscript-syntax": ReasonCode(UNKNOWN, "code that cannot be parsed", 1286, CORRUPT_MODEL, REPACK),
    "torch-package-code": ReasonCode(UNKNOWN, "Python that the loader runs", 94, UNSAFE_ARTIFACT, REVIEW),
    "torch-package-process": ReasonCode(
        MALICIOUS, "that Python starts a process, evaluates text or opens connections", 94, EMBED_MALWARE, REPLACE
    ),
    "pt2-native-code": ReasonCode(UNKNOWN, "compiled code that its loader runs", 829, EMBED_MALWARE, REVIEW),
    "pt2-denied-target": ReasonCode(
        MALICIOUS, "an operator is a function with a denied effect", 470, EMBED_MALWARE, REPLACE
    ),
    "pt2-custom-operator": ReasonCode(
        UNKNOWN, "an operator of a library that is not part of torch", 829, ARCHITECTURE, REVIEW
    ),
    "mar-handler-code": ReasonCode(UNKNOWN, "Python that the server runs", 94, UNSAFE_ARTIFACT, REVIEW),
    "mar-requirements": ReasonCode(
        UNKNOWN, "packages that the server would install from another place", 829, UNSAFE_ARTIFACT, LOCAL
    ),
    "payload-archive": ReasonCode(UNKNOWN, "data begins as an archive or packed file", 506, EMBED_MALWARE, REVIEW),
    "metadata-script": ReasonCode(UNKNOWN, "a text about the model that a browser would run", 79, PROMPT_LOGIC, REVIEW),
    "metadata-code": ReasonCode(UNKNOWN, "a text about the model with calls of Python", 94, EMBED_MALWARE, REVIEW),
    "flax-extension": ReasonCode(UNKNOWN, "a value of a type that Flax does not know", 1286, EMBED_MALWARE, REPACK),
    "flax-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the last value", 1286, EMBED_MALWARE, REPACK),
    "arrow-pickled-type": ReasonCode(
        "unknown, or that of the pickle", "a column whose type is a pickle", 502, UNSAFE_ARTIFACT, REPACK
    ),
    "template-special-attribute": ReasonCode(
        "malicious; unknown for one underscore",
        "reaches for an attribute of Python's own",
        1336,
        PROMPT_LOGIC,
        TEMPLATE,
    ),
    "template-computed-attribute": ReasonCode(
        UNKNOWN, "a name is put together from parts", 1336, PROMPT_LOGIC, TEMPLATE
    ),
    "template-global": ReasonCode(
        UNKNOWN, "reaches into a helper of the template engine", 1336, PROMPT_LOGIC, TEMPLATE
    ),
    "template-include": ReasonCode(UNKNOWN, "loads another template", 1336, PROMPT_LOGIC, TEMPLATE),
    "template-conditional-address": ReasonCode(
        UNKNOWN, "says an address or script when a message holds certain words", 506, PROMPT_LOGIC, TEMPLATE
    ),
    "template-syntax": ReasonCode(UNKNOWN, "the template cannot be parsed", 1286, PROMPT_LOGIC, TEMPLATE),
    "yaml-denied-reference": ReasonCode(
        MALICIOUS, "a Python tag names something with a denied effect", 502, UNSAFE_ARTIFACT, REPLACE
    ),
    "yaml-unlisted-reference": ReasonCode(
        UNKNOWN, "a Python tag makes an object on neither list", 502, UNSAFE_ARTIFACT, REVIEW
    ),
    "target-denied-reference": ReasonCode(MALICIOUS, "a configuration target runs code", 470, UNSAFE_ARTIFACT, REPLACE),
    "target-unlisted-reference": ReasonCode(
        UNKNOWN, "a target of a model_config file is on neither list", 470, UNSAFE_ARTIFACT, REVIEW
    ),
    "xgboost-unexpected-field": ReasonCode(UNKNOWN, "a field that XGBoost does not write", 1286, CORRUPT_MODEL, REPACK),
    "xgboost-structure": ReasonCode(
        UNKNOWN, "lengths or types of a tree contradict each other", 1284, CORRUPT_MODEL, REPACK
    ),
    "xgboost-index": ReasonCode(
        UNKNOWN, "an index beyond its tree, which the library follows", 129, CORRUPT_MODEL, REPACK
    ),
    "lightgbm-unexpected-line": ReasonCode(UNKNOWN, "a line that LightGBM does not write", 1286, CORRUPT_MODEL, REPACK),
    "lightgbm-structure": ReasonCode(
        UNKNOWN, "lengths or sizes of a tree contradict each other", 1284, CORRUPT_MODEL, REPACK
    ),
    "lightgbm-index": ReasonCode(
        UNKNOWN, "an index beyond its tree, which the library follows", 129, CORRUPT_MODEL, REPACK
    ),
    "lightgbm-outside-parameter": ReasonCode(
        UNKNOWN, "continued training would open a connection or read another file", 610, UNSAFE_ARTIFACT, LOCAL
    ),
    "catboost-unexpected-field": ReasonCode(
        UNKNOWN, "a field that CatBoost does not write", 1286, CORRUPT_MODEL, REPACK
    ),
    "catboost-structure": ReasonCode(
        UNKNOWN, "lengths or types of the trees contradict each other", 1284, CORRUPT_MODEL, REPACK
    ),
    "catboost-index": ReasonCode(UNKNOWN, "an index beyond the trees or features", 129, CORRUPT_MODEL, REPACK),
    "catboost-unread-part": ReasonCode(
        UNKNOWN, "text or embedding processing, which is not read here", 1286, ARCHITECTURE, REVIEW
    ),
    "catboost-unread-bytes": ReasonCode(UNKNOWN, "bytes that belong to nothing", 1286, EMBED_MALWARE, REPACK),
    "payload-program": ReasonCode(UNKNOWN, "a program where numbers or texts should be", 506, EMBED_MALWARE, REPLACE),
    "payload-pickle": ReasonCode(UNKNOWN, "a pickle where numbers or texts should be", 502, EMBED_MALWARE, REPACK),
    "tflite-denied-operator": ReasonCode(
        MALICIOUS, "a TensorFlow operator that runs Python or reads or writes any file", 94, EMBED_MALWARE, REPLACE
    ),
    "tflite-flex-operator": ReasonCode(UNKNOWN, "a TensorFlow operator on no list", 829, ARCHITECTURE, REVIEW),
    "tflite-custom-operator": ReasonCode(
        UNKNOWN, "an operator that is not part of TensorFlow Lite", 829, ARCHITECTURE, REVIEW
    ),
    "tflite-structure": ReasonCode(UNKNOWN, "an index beyond tensors or buffers", 129, CORRUPT_MODEL, REPACK),
    "tflite-external-path": ReasonCode(MALICIOUS, "buffers outside the folder", 22, UNSAFE_ARTIFACT, LOCAL),
    "tflite-unread-bytes": ReasonCode(UNKNOWN, "bytes that belong to nothing", 1286, EMBED_MALWARE, REPACK),
    "repository-code": ReasonCode(UNKNOWN, "a loader runs Python of this repository", 829, UNSAFE_ARTIFACT, REVIEW),
    "repository-code-elsewhere": ReasonCode(
        UNKNOWN, "a loader fetches and runs Python of another repository", 829, UNSAFE_ARTIFACT, LOCAL
    ),
    "repository-code-missing": ReasonCode(
        UNKNOWN, "Python that a loader runs was not seen here", 829, UNSAFE_ARTIFACT, FETCH
    ),
    "repository-denied-reference": ReasonCode(
        MALICIOUS, "tells a loader to import something with a denied effect", 470, UNSAFE_ARTIFACT, REPLACE
    ),
    "repository-unlisted-reference": ReasonCode(
        UNKNOWN, "tells a loader to import something outside its library", 829, UNSAFE_ARTIFACT, REVIEW
    ),
    "repository-path": ReasonCode(MALICIOUS, "names weights or parts outside the folder", 22, UNSAFE_ARTIFACT, LOCAL),
    "start-up-code": ReasonCode(
        UNKNOWN, "runs at each start of Python, and lies where no such file belongs", 506, EMBED_MALWARE, REPLACE
    ),
    "git-runs-command": ReasonCode(
        "unknown; malicious when it fetches something",
        "a setting that Git runs as a command",
        78,
        UNSAFE_ARTIFACT,
        REVIEW,
    ),
    "code-starts-process": ReasonCode(
        "malicious at import or when it fetches something, else unknown", "starts a process", 78, EMBED_MALWARE, REPLACE
    ),
    "code-evaluates-text": ReasonCode(
        "malicious for decoded or fetched data, else unknown", "evaluates a text as code", 95, EMBED_MALWARE, REPLACE
    ),
    "code-loads-native": ReasonCode(
        "malicious for decoded or fetched data, else unknown",
        "loads compiled code",
        114,
        EMBED_MALWARE,
        REVIEW,
    ),
    "code-loads-pickle": ReasonCode(
        "malicious for decoded or fetched data, else unknown", "loads a pickle", 502, UNSAFE_ARTIFACT, REVIEW
    ),
    "code-network": ReasonCode(UNKNOWN, "opens a connection", 918, UNSAFE_ARTIFACT, REVIEW),
    "code-unreadable": ReasonCode(UNKNOWN, "Python that cannot be parsed", 1286, UNSAFE_ARTIFACT, REVIEW),
    "xml-document-type": ReasonCode(
        "malicious when it names a file or address, else unknown",
        "a model with a document type",
        611,
        UNSAFE_ARTIFACT,
        REPACK,
    ),
    "xml-entity": ReasonCode(
        "malicious when it names a file or address, else unknown", "a model that declares entities", 776, DENIAL, REPACK
    ),
    "pmml-script": ReasonCode(MALICIOUS, "an element that holds a script", 94, EMBED_MALWARE, REPLACE),
    "pmml-java-function": ReasonCode(
        UNKNOWN, "a function that evaluators look for among Java classes", 470, UNSAFE_ARTIFACT, REVIEW
    ),
    "openvino-native-library": ReasonCode(
        MALICIOUS, "a layer loads a library or runs Python", 114, EMBED_MALWARE, REPLACE
    ),
    "openvino-custom-layer": ReasonCode(UNKNOWN, "a layer of a foreign set of operators", 829, ARCHITECTURE, REVIEW),
    "openvino-offset": ReasonCode(UNKNOWN, "numbers beyond the file that holds them", 129, CORRUPT_MODEL, REPACK),
    "r-promise": ReasonCode(
        "malicious; unknown for an argument of a function",
        "code that runs when its value is looked at",
        502,
        EMBED_MALWARE,
        REPLACE,
    ),
    "r-call": ReasonCode(UNKNOWN, "the data are a call that waits to be evaluated", 502, UNSAFE_ARTIFACT, REVIEW),
    "r-denied-call": ReasonCode(
        "malicious in code that runs by itself, else unknown",
        "code that starts a process, opens a connection, runs or deletes a file",
        78,
        EMBED_MALWARE,
        REVIEW,
    ),
    "r-start-up": ReasonCode(
        UNKNOWN, "a function that R calls when a session starts or ends", 506, EMBED_MALWARE, REVIEW
    ),
    "r-compact-class": ReasonCode(
        "malicious when it maps a file, else unknown",
        "a vector whose class a package brings",
        73,
        UNSAFE_ARTIFACT,
        REVIEW,
    ),
    "r-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the data", 1286, EMBED_MALWARE, REPACK),
    "coreml-custom-code": ReasonCode(
        UNKNOWN, "a layer or model that a class of the application computes", 829, ARCHITECTURE, REVIEW
    ),
    "coreml-path": ReasonCode(MALICIOUS, "a file outside the model's folder", 22, UNSAFE_ARTIFACT, LOCAL),
    "coreml-unexpected-field": ReasonCode(UNKNOWN, "a field that Core ML does not write", 1286, CORRUPT_MODEL, REPACK),
    "paddle-python-operator": ReasonCode(MALICIOUS, "an operator runs Python code", 94, EMBED_MALWARE, REPLACE),
    "paddle-outside-operator": ReasonCode(
        UNKNOWN, "an operator reads or writes files, or calls other hosts", 73, UNSAFE_ARTIFACT, REVIEW
    ),
    "paddle-engine": ReasonCode(UNKNOWN, "an operator hands its data to another runtime", 829, ARCHITECTURE, REVIEW),
    "mxnet-address-operator": ReasonCode(
        MALICIOUS, "an operator takes the address of a function", 822, EMBED_MALWARE, REPLACE
    ),
    "mxnet-python-operator": ReasonCode(UNKNOWN, "an operator that Python code registers", 829, ARCHITECTURE, REVIEW),
    "mxnet-library": ReasonCode(MALICIOUS, "an operator names a library to load", 114, EMBED_MALWARE, REPLACE),
    "torch7-function": ReasonCode(MALICIOUS, "a stored Lua function", 502, EMBED_MALWARE, REPLACE),
    "torch7-class": ReasonCode(UNKNOWN, "a class outside the packages of Torch", 829, ARCHITECTURE, REVIEW),
    "torch7-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the object", 1286, EMBED_MALWARE, REPACK),
    "caffe-python-layer": ReasonCode(
        "unknown; malicious for a module with a denied effect", "a layer imports Python", 829, ARCHITECTURE, REVIEW
    ),
    "resolver-evaluates-code": ReasonCode(
        MALICIOUS, "a resolver of a configuration is given Python to evaluate", 95, UNSAFE_ARTIFACT, REPLACE
    ),
    "jsonpickle-denied-reference": ReasonCode(
        MALICIOUS, "jsonpickle imports or calls something with a denied effect", 502, UNSAFE_ARTIFACT, REPLACE
    ),
    "jsonpickle-evaluates-text": ReasonCode(MALICIOUS, "jsonpickle evaluates a text", 95, UNSAFE_ARTIFACT, REPLACE),
    "jsonpickle-unlisted-reference": ReasonCode(
        UNKNOWN, "jsonpickle builds an object on neither list", 502, UNSAFE_ARTIFACT, REVIEW
    ),
    "executable-under-a-data-name": ReasonCode(
        UNKNOWN, "an ELF, PE, Mach-O or script whose name claims a model or data", 646, MASQUERADING, RENAME
    ),
    "zip-name-mismatch": ReasonCode(
        MALICIOUS, "local record and directory name different members", 436, EMBED_MALWARE, REPACK
    ),
    "zip-hidden-entry": ReasonCode(MALICIOUS, "a member that the directory does not list", 436, EMBED_MALWARE, REPACK),
    "zip-two-directories": ReasonCode(MALICIOUS, "more than one end record fits the file", 436, EMBED_MALWARE, REPACK),
    "zip-duplicate-name": ReasonCode(
        "malicious for members of models, else unknown", "several members share a name", 436, EMBED_MALWARE, REPACK
    ),
    "zip-flags-mismatch": ReasonCode(
        UNKNOWN, "the two records of a member differ in flags", 436, CORRUPT_MODEL, REPACK
    ),
    "zip-method-mismatch": ReasonCode(
        UNKNOWN, "the two records of a member differ in compression", 436, CORRUPT_MODEL, REPACK
    ),
    "zip-size-mismatch": ReasonCode(
        UNKNOWN, "the two records of a member differ in size or checksum", 436, CORRUPT_MODEL, REPACK
    ),
    "zip-no-local-record": ReasonCode(UNKNOWN, "the directory points at no member", 1286, CORRUPT_MODEL, REPACK),
    "zip-count-mismatch": ReasonCode(UNKNOWN, "the end record counts other members", 1286, CORRUPT_MODEL, REPACK),
    "zip-overlap": ReasonCode(UNKNOWN, "members share bytes", 1286, CORRUPT_MODEL, REPACK),
    "zip-gap": ReasonCode(UNKNOWN, "bytes that belong to no member", 1286, EMBED_MALWARE, REPACK),
    "zip-prefix": ReasonCode(UNKNOWN, "bytes before the archive", 1286, EMBED_MALWARE, REPACK),
    "zip-trailing-bytes": ReasonCode(UNKNOWN, "bytes behind the archive", 1286, EMBED_MALWARE, REPACK),
    "zip-comment-payload": ReasonCode(
        "unknown, or that of the pickle", "the comment is a file", 506, EMBED_MALWARE, REPACK
    ),
    "zip-unsafe-path": ReasonCode(
        UNKNOWN, "a name that is absolute, leaves the archive or holds NUL", 22, UNSAFE_ARTIFACT, REPACK
    ),
    "zip-wrong-checksum": ReasonCode(UNKNOWN, "a member is not what its checksum says", 354, CORRUPT_MODEL, REPACK),
    "zip-wrong-size": ReasonCode(UNKNOWN, "a member is longer or shorter than it claims", 130, CORRUPT_MODEL, REPACK),
    "executable-model": ReasonCode(UNKNOWN, "a program that carries its model", 829, EMBED_MALWARE, REVIEW),
    "zip-encrypted": ReasonCode(UNKNOWN, "a member of a model is encrypted", 1286, EMBED_MALWARE, REPACK),
    "zip-odd-flags": ReasonCode(UNKNOWN, "flags that make readers give up", 436, CORRUPT_MODEL, REPACK),
    "zip-symlink": ReasonCode(UNKNOWN, "a member of a model is a symbolic link", 59, UNSAFE_ARTIFACT, REPACK),
}
"""Reason code to meaning, in the order of the page about model formats."""
