"""Every inspector that ships, by name; nothing registers itself."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from scanner.inspectors import (
    arrow_schema,
    caffe_network,
    catboost_json,
    catboost_model,
    compiled_engine,
    coreml_model,
    executorch_program,
    flax_msgpack,
    gguf_header,
    git_config,
    hdf5_file,
    hidden_executable,
    jsonpickle_objects,
    keras_config,
    lightgbm_model,
    modelscan_engine,
    mxnet_symbol,
    numpy_array,
    onnx_header,
    paddle_program,
    pickle_file,
    r_data,
    repository_code,
    repository_references,
    safetensors_header,
    skops_schema,
    template_files,
    tensor_table,
    tensorflow_graph,
    tflite_model,
    torch7_file,
    torchscript_code,
    torchserve_archive,
    xgboost_binary,
    xgboost_model,
    xml_models,
    yaml_targets,
    zip_structure,
)

INSPECTORS: Final[dict[str, ModuleType]] = {
    module.NAME: module
    for module in (
        arrow_schema,
        caffe_network,
        catboost_json,
        catboost_model,
        compiled_engine,
        coreml_model,
        executorch_program,
        flax_msgpack,
        gguf_header,
        git_config,
        hdf5_file,
        hidden_executable,
        jsonpickle_objects,
        keras_config,
        lightgbm_model,
        modelscan_engine,
        mxnet_symbol,
        numpy_array,
        onnx_header,
        paddle_program,
        pickle_file,
        r_data,
        repository_code,
        repository_references,
        safetensors_header,
        skops_schema,
        template_files,
        tensor_table,
        tensorflow_graph,
        tflite_model,
        torch7_file,
        torchscript_code,
        torchserve_archive,
        xgboost_binary,
        xgboost_model,
        xml_models,
        yaml_targets,
        zip_structure,
    )
}

BY_MEMBERS: Final[dict[str, ModuleType]] = {"mar": torchserve_archive}
"""Inspectors of archives that only the names of their members tell, by the format that these names give."""
AT_ONCE: Final = tuple(module for module in INSPECTORS.values() if module not in BY_MEMBERS.values())
"""Inspectors that tell by a content itself whether they want it."""
