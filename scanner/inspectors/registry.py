"""Every inspector that ships, by name; nothing registers itself."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from scanner.inspectors import (
    gguf_header,
    hdf5_file,
    hidden_executable,
    keras_config,
    modelscan_engine,
    numpy_array,
    onnx_header,
    pickle_file,
    safetensors_header,
    skops_schema,
    template_files,
    tensorflow_graph,
    torchscript_code,
    yaml_targets,
    zip_structure,
)

INSPECTORS: Final[dict[str, ModuleType]] = {
    module.NAME: module
    for module in (
        gguf_header,
        hdf5_file,
        hidden_executable,
        keras_config,
        modelscan_engine,
        numpy_array,
        onnx_header,
        pickle_file,
        safetensors_header,
        skops_schema,
        template_files,
        tensorflow_graph,
        torchscript_code,
        yaml_targets,
        zip_structure,
    )
}
