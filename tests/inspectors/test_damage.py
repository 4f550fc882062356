"""No damage to a file makes an inspector raise anything but NotExaminable, and none takes long."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import NotExaminable
from scanner.inspectors import (
    arrow_schema,
    executorch_program,
    flax_msgpack,
    gguf_header,
    hdf5_file,
    hidden_executable,
    keras_config,
    numpy_array,
    template_files,
    tensorflow_graph,
    torchscript_code,
    torchserve_archive,
    yaml_targets,
    zip_structure,
)
from scanner.sources.blob import blob_of_bytes

DATA = Path(__file__).parent / "data"
MODULES = (
    arrow_schema,
    executorch_program,
    flax_msgpack,
    gguf_header,
    hdf5_file,
    hidden_executable,
    keras_config,
    numpy_array,
    template_files,
    tensorflow_graph,
    torchscript_code,
    torchserve_archive,
    yaml_targets,
    zip_structure,
)
SAMPLES = sorted(path.name for path in DATA.iterdir() if path.suffix not in (".py", ".txt"))
TEXTS = {
    "model_config.yaml": b"a: !!python/object/apply:os.system ['x']\nb: {_target_: os.system, _args_: [x]}\n",
    "chat_template.jinja": b"{% for m in messages %}{{ m['role'] ~ m.content|trim }}{% endfor %}",
    "tokenizer_config.json": b'{"chat_template": [{"name": "default", "template": "{{ a.__class__ }}"}]}',
}
MAGIC = (
    b"GGUF\x03\0\0\0",
    b"\x93NUMPY\x01\0",
    b"\x89HDF\r\n\x1a\n",
    b"PK\x03\x04",
    b"\x08\x01\x12",
    b'{"class_name": "',
)


def content_of(name: str) -> bytes:
    return TEXTS[name] if name in TEXTS else (DATA / name).read_bytes()


def run_all(name: str, content: bytes) -> int:
    """How many inspectors wanted the content."""
    blob = blob_of_bytes(name, content)
    wanted = [module for module in MODULES if module.wants(blob)]
    for module in wanted:
        inspect_one(module, name, content)
    return len(wanted)


def inspect_one(module: ModuleType, name: str, content: bytes) -> None:
    try:
        module.inspect(blob_of_bytes(name, content))
    except NotExaminable:
        return


@pytest.mark.parametrize("name", [*SAMPLES, *TEXTS])
def test_truncated(name: str) -> None:
    content = content_of(name)
    assert run_all(name, content) > 0
    for length in range(min(512, len(content))):
        run_all(name, content[:length])
        run_all(name, content[length:])


@pytest.mark.parametrize("name", [*SAMPLES, *TEXTS])
def test_flipped_bytes(name: str) -> None:
    generator = random.Random(name)
    content = bytearray(content_of(name))
    for _ in range(400):
        position = generator.randrange(len(content))
        before = content[position]
        content[position] = generator.choice((0, 1, 0x7F, 0x80, 0xFF, generator.randrange(256)))
        run_all(name, bytes(content))
        content[position] = before


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(MAGIC), st.binary(max_size=400), st.sampled_from(("x", "model_config.yaml", "chat_template.jinja"))
)
def test_any_bytes_behind_a_magic(magic: bytes, rest: bytes, name: str) -> None:
    run_all(name, magic + rest)
