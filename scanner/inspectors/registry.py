"""Every inspector that ships, by name; nothing registers itself."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from scanner.inspectors import modelscan_engine, onnx_header, pickle_file, safetensors_header, skops_schema

INSPECTORS: Final[dict[str, ModuleType]] = {
    module.NAME: module for module in (modelscan_engine, onnx_header, pickle_file, safetensors_header, skops_schema)
}
