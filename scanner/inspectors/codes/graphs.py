"""Reason codes of models that are graphs of operators or layers."""

from __future__ import annotations

from typing import Final

from scanner.inspectors.codes.terms import (
    ARCHITECTURE,
    CORRUPT_MODEL,
    DENIAL,
    EMBED_MALWARE,
    LOCAL,
    MALICIOUS,
    REPACK,
    REPLACE,
    REVIEW,
    UNKNOWN,
    UNSAFE_ARTIFACT,
    ReasonCode,
)

ROWS: Final[dict[str, ReasonCode]] = {
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
    "executorch-delegate": ReasonCode(
        UNKNOWN, "data that a backend of one device compiles or runs", 829, ARCHITECTURE, REVIEW
    ),
    "executorch-operator": ReasonCode(UNKNOWN, "an operator that is not part of PyTorch", 829, ARCHITECTURE, REVIEW),
    "executorch-structure": ReasonCode(
        UNKNOWN, "an index or place beyond what it points into", 129, CORRUPT_MODEL, REPACK
    ),
    "executorch-unread-bytes": ReasonCode(UNKNOWN, "bytes that belong to nothing", 1286, EMBED_MALWARE, REPACK),
}
