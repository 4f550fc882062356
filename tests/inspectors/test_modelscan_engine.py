"""modelscan as a library in our process: it brings nothing else along."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_engine_loads_no_framework_and_hides_none_for_others(tmp_path: Path) -> None:
    """In a process of its own, with a package named tensorflow that tells when it is loaded."""
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("VALUE = 3\nimport sys\nsys.stderr.write('loaded')\n")
    program = (
        "from scanner.inspectors import modelscan_engine as engine\n"
        "assert engine._engine() is not None\n"
        "import sys; assert 'tensorflow' not in sys.modules\n"
        "import tensorflow; assert tensorflow.VALUE == 3\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "loaded")
