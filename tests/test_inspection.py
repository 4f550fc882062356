"""One verdict a file, worst first, for whole folders and inside archives."""

from __future__ import annotations

import io
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.errors import UsageError
from scanner.inspection import Inspected, inspect_paths, worst

SAMPLES = Path(__file__).parent / "inspectors" / "samples"
CALL = b"cos\nsystem\n(S'true'\ntR." + b"#" * 64


@pytest.fixture
def verdicts() -> Callable[[Path], dict[str, str]]:
    return lambda path: {one.path: one.verdict for one in inspect_paths([path], 1)}


def pickled(number: int) -> bytes:
    """Sixteen different pickles: data, an ordinary class, an unlisted one, a call."""
    if number % 4 == 0:
        return pickle.dumps({"weights": [number / 3] * 40})
    if number % 4 == 1:
        return pickle.dumps((number, b"x" * 80))
    module = b"acme.models\nNet" if number % 4 == 2 else b"os\nsystem"
    return b"c" + module + b"\n(S'" + str(number).encode() * 40 + b"'\ntR."


def test_sixteen_pickles_fifteen_of_them_named_bin(tmp_path: Path, verdicts: Callable[[Path], dict[str, str]]) -> None:
    for number in range(16):
        folder = tmp_path / f"model-{number:02}"
        folder.mkdir()
        (folder / ("pytorch_model.bin" if number else "model.pkl")).write_bytes(pickled(number))
    found = verdicts(tmp_path)
    assert len(found) == 16
    expected = ["known-safe", "known-safe", "unknown", "malicious"] * 4
    assert [found[path] for path in sorted(found)] == expected


def test_a_container_is_as_bad_as_the_worst_it_holds(
    tmp_path: Path, verdicts: Callable[[Path], dict[str, str]]
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("bad.bin", CALL)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(SAMPLES / "plain.onnx", "good.onnx")
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("readme.txt", "nothing to say")
    assert verdicts(tmp_path) == {
        "outer.zip": "malicious",
        "outer.zip!good.onnx": "known-safe",
        "outer.zip!inner.zip": "malicious",
        "outer.zip!inner.zip!bad.bin": "malicious",
    }


def test_real_files(tmp_path: Path, verdicts: Callable[[Path], dict[str, str]]) -> None:
    for name in ("weights.pt", "module.pt", "plain.skops", "plain.onnx", "plain.safetensors", "model.joblib.gz"):
        shutil.copy(SAMPLES / name, tmp_path / name)
    found = verdicts(tmp_path)
    assert found["weights.pt"] == found["weights.pt!weights/data.pkl"] == "known-safe"
    assert found["module.pt"] in ("known-safe", "unknown")
    assert found["model.joblib.gz!model.joblib"] == found["model.joblib.gz"] == "known-safe"
    assert {found[name] for name in ("plain.skops", "plain.onnx", "plain.safetensors")} == {"known-safe"}


def test_what_cannot_be_read_is_never_safe(tmp_path: Path, verdicts: Callable[[Path], dict[str, str]]) -> None:
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    (tmp_path / "bad.safetensors").write_bytes((60).to_bytes(8, "little") + b"{" + b"x" * 100)
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    with zipfile.ZipFile(tmp_path / "empty.pt", "w") as archive:
        archive.writestr("m/data.pkl", "text, no pickle")
    found = verdicts(tmp_path)
    assert {found[name] for name in ("cut.zip", "bad.safetensors", "gone", "empty.pt")} == {"not-examined"}


def test_files_without_models_are_not_listed(tmp_path: Path, verdicts: Callable[[Path], dict[str, str]]) -> None:
    (tmp_path / "readme.md").write_text("# text")
    assert verdicts(tmp_path) == {}
    assert worst([]) is None


def test_a_reason_has_a_code_and_a_place(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(CALL)
    (found,) = inspect_paths([tmp_path], 1)
    assert found.verdict == "malicious"
    shown = found.to_json()
    assert set(shown) == {"path", "format", "verdict", "reasons", "engines", "sha256"}
    assert all(
        {"code", "detail"} <= set(reason) and ("offset" in reason) != ("member" in reason)
        for reason in shown["reasons"]
    )
    assert shown["engines"]["lading"] == "malicious"


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        inspect_paths([tmp_path / "missing"], 1)


def test_order_of_the_worst() -> None:
    made = [Inspected("p", "", verdict, (), {}, None) for verdict in ("known-safe", "unknown", "not-examined")]
    assert worst(made) == "not-examined"
