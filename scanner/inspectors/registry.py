"""Every inspector that ships, by name; nothing registers itself."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from scanner.inspectors import (
    gguf_header,
    hdf5_file,
    keras_config,
    modelscan_engine,
    numpy_array,
    onnx_header,
    pickle_file,
    safetensors_header,
    skops_schema,
    zip_structure,
)

INSPECTORS: Final[dict[str, ModuleType]] = {
    module.NAME: module
    for module in (
        gguf_header,
        hdf5_file,
        keras_config,
        modelscan_engine,
        numpy_array,
        onnx_header,
        pickle_file,
        safetensors_header,
        skops_schema,
        zip_structure,
    )
}
