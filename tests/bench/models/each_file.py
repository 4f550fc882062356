"""Runs the console script of one peer once a file, each time in a process of its own.

    python each_file.py SCRIPT LIST OUT [ARGUMENT...]

LIST holds one path a line; OUT gets one JSON object a line: path, code (null after a crash or the time limit), text (the
end of what was printed); its folder takes what a peer leaves behind. The parent imports the peer once and forks, so that
its import is not paid for every file. Only the public command of the peer is used.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

SECONDS = 10
MEMORY = 4 << 30
KEPT = 2000


def _child(main: Callable[[], Any], arguments: list[str], pipe: int) -> None:
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.argv = arguments
    told = io.StringIO()
    code: Any
    with redirect_stdout(told), redirect_stderr(told):
        try:
            code = main()
        except SystemExit as stop:
            code = stop.code
        except BaseException as error:
            code = None
            told.write(f"\n{type(error).__name__}")
    code = 0 if code is None and "Error" not in told.getvalue()[-80:] else code
    answer = json.dumps({"code": code if isinstance(code, int) else None, "text": told.getvalue()[-KEPT:]})
    with os.fdopen(pipe, "w") as out:
        out.write(answer)
    os._exit(0)


def _warm_up(run: Callable[[], Any], arguments: list[str]) -> None:
    """One run over a plain file in the parent: what a peer imports late is then there for every child."""
    Path("plain.pkl").write_bytes(b"\x80\x04]\x94.")
    sys.argv = ["warm-up", *arguments, "plain.pkl"]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), suppress(SystemExit):
        run()


def main() -> None:
    """Run the script named on the command line over every listed file."""
    script, listed, out, *arguments = sys.argv[1:]
    (entry,) = entry_points(group="console_scripts", name=script)
    run = entry.load()
    paths = Path(listed).read_text().splitlines()
    os.chdir(Path(out).parent)
    _warm_up(run, arguments)
    with open(out, "w", encoding="utf-8") as answers:
        for path in paths:
            readable, writable = os.pipe()
            child = os.fork()
            if not child:
                os.close(readable)
                _child(run, [script, *arguments, path], writable)
            os.close(writable)
            with os.fdopen(readable) as told:
                text = told.read()
            os.waitpid(child, 0)
            answer = json.loads(text) if text else {"code": None, "text": "crashed or out of time"}
            answers.write(json.dumps({"path": path, **answer}) + "\n")


if __name__ == "__main__":
    main()
