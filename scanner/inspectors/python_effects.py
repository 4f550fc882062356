"""What Python source would do when a loader imports it: a walk over its syntax tree, never compiled or run.

Code of a model is ordinary code: it may read files and use the network. Malicious is only what no model needs: a process
at import, a command that fetches something, text that is decoded and then run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanner.errors import OVER_LIMIT, NotExaminable
from scanner.inspectors.python_text import NESTING, SOURCE_LIMIT, parse

PROCESS: Final = frozenset(
    {
        "os.system", "os.popen", "os.startfile", "os.posix_spawn", "os.posix_spawnp", "pty.spawn", "commands.getoutput",
        "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen",
        "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_exec",
        "asyncio.create_subprocess_shell", "pip.main", "pip._internal.main",
        *(f"os.{kind}{how}" for kind in ("exec", "spawn") for how in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    }
)  # fmt: skip
EVALUATES: Final = frozenset({"eval", "exec", "builtins.eval", "builtins.exec", "runpy.run_path", "code.interact"})
DECODES: Final = frozenset(
    {
        "b64decode", "b32decode", "b85decode", "a85decode", "urlsafe_b64decode", "decodebytes", "unhexlify", "fromhex",
        "decompress", "urlopen", "urlretrieve", "recv",
    }
)  # fmt: skip
LOADS_CODE: Final = frozenset(
    {
        "marshal.loads",
        "marshal.load",
        "ctypes.CDLL",
        "ctypes.cdll.LoadLibrary",
        "ctypes.WinDLL",
        "torch.ops.load_library",
    }
)
LOADS_PICKLE: Final = frozenset({"pickle.loads", "pickle.load", "dill.loads", "dill.load", "cloudpickle.loads"})
NETWORK: Final = frozenset(
    {
        "requests.get", "requests.post", "requests.put", "requests.request", "urllib.request.urlopen",
        "urllib.request.urlretrieve", "urlopen", "urlretrieve", "httpx.get", "httpx.post", "socket.socket",
        "socket.create_connection", "http.client.HTTPConnection", "http.client.HTTPSConnection", "ftplib.FTP",
        "smtplib.SMTP", "telnetlib.Telnet", "paramiko.SSHClient",
    }
)  # fmt: skip
FETCHES: Final = re.compile(
    r"\b(?:curl|wget|nc|ncat|netcat|socat|certutil|bitsadmin|mshta|powershell|Invoke-WebRequest)\b|/dev/tcp/|base64 (?:-d|--decode)"
    r"|\bbash\s+-i\b|\|\s*(?:ba)?sh\b|b64decode"
)
"""Words of commands that bring something from elsewhere or hide what they are."""


@dataclass(frozen=True, slots=True, order=True)
class Effect:
    """One thing that the source does: a reason code, what was seen, its line from 1, and a verdict."""

    line: int
    code: str
    detail: str
    verdict: str


def effects(source: bytes) -> list[Effect]:
    """What the source does, in order. Source that cannot be parsed has the one effect that nobody knows.

    Raises NotExaminable(over_limit) for source that nests too deeply.
    """
    if len(source) > SOURCE_LIMIT:
        return [Effect(1, "code-unreadable", f"more than {SOURCE_LIMIT} bytes of source", "unknown")]
    tree = parse(source)
    if tree is None:
        return [Effect(1, "code-unreadable", "source that cannot be parsed", "unknown")]
    try:
        return sorted(set(_Walk(tree).effects()))
    except RecursionError:
        raise NotExaminable(OVER_LIMIT, "code nests too deeply") from None


class _Walk:
    """One module: names by what they were imported from, and which calls run while it is imported."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._known: dict[str, str] = {}
        self._decoded: set[str] = set()
        for one in ast.walk(tree):
            if isinstance(one, ast.Import):
                self._known |= {alias.asname: alias.name for alias in one.names if alias.asname}
            elif isinstance(one, ast.ImportFrom) and one.module and not one.level:
                self._known |= {alias.asname or alias.name: f"{one.module}.{alias.name}" for alias in one.names}
        for one in ast.walk(tree):
            if isinstance(one, ast.Assign) and self._is_decoded(one.value):
                self._decoded |= {name.id for name in one.targets if isinstance(name, ast.Name)}

    def effects(self) -> Iterator[Effect]:
        todo: list[tuple[ast.AST, bool]] = [(self._tree, True)]
        while todo:
            one, at_import = todo.pop()
            if isinstance(one, ast.Call):
                yield from self._call(one, at_import)
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                at_import = False
            elif isinstance(one, ast.If) and _is_main(one.test):
                todo += [(inner, at_import) for inner in one.orelse]
                todo += [(inner, False) for inner in one.body]
                continue
            todo += [(inner, at_import) for inner in ast.iter_child_nodes(one)]

    def _call(self, call: ast.Call, at_import: bool) -> Iterator[Effect]:
        path = self._path(call.func)
        line = call.lineno
        if path in PROCESS:
            worst = at_import or any(FETCHES.search(text) for text in _texts(call))
            when = " while it is imported" if at_import else ""
            yield Effect(line, "code-starts-process", path + when, "malicious" if worst else "unknown")
        elif path in EVALUATES:
            decoded = any(self._is_decoded(part) for part in call.args)
            how = " of decoded or fetched data" if decoded else ""
            if decoded or not all(isinstance(part, ast.Constant) for part in call.args[:1]):
                yield Effect(line, "code-evaluates-text", path + how, "malicious" if decoded else "unknown")
        elif path in LOADS_CODE or path in LOADS_PICKLE:
            decoded = any(self._is_decoded(part) for part in call.args)
            code = "code-loads-native" if path in LOADS_CODE else "code-loads-pickle"
            yield Effect(line, code, path, "malicious" if decoded and path != "torch.ops.load_library" else "unknown")
        elif path in NETWORK:
            yield Effect(line, "code-network", path, "unknown")

    def _is_decoded(self, value: ast.expr) -> bool:
        """Whether a value comes, by calls within one expression or through one name, from decoded or fetched data."""
        for one in ast.walk(value):
            if isinstance(one, ast.Call) and self._path(one.func).rpartition(".")[2] in DECODES:
                return True
            if isinstance(one, ast.Name) and one.id in self._decoded:
                return True
        return False

    def _path(self, expression: ast.expr) -> str:
        segments: list[str] = []
        while isinstance(expression, ast.Attribute) and len(segments) < NESTING:
            segments.append(expression.attr)
            expression = expression.value
        if isinstance(expression, ast.Call):
            return self._imported(expression, segments)
        if isinstance(expression, ast.Name):
            segments.append(self._known.get(expression.id, expression.id))
        return ".".join(reversed(segments))

    def _imported(self, call: ast.Call, segments: list[str]) -> str:
        """``__import__("os").system`` names the same as ``os.system``."""
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        first = call.args[0] if call.args else None
        if name in ("__import__", "import_module") and isinstance(first, ast.Constant) and isinstance(first.value, str):
            segments = [*segments, first.value]
        return ".".join(reversed(segments))


def _texts(call: ast.Call) -> list[str]:
    """The texts among the arguments of a call, however deep."""
    parts = [*call.args, *(keyword.value for keyword in call.keywords)]
    constants = [one.value for part in parts for one in ast.walk(part) if isinstance(one, ast.Constant)]
    return [value for value in constants if isinstance(value, str)]


def _is_main(test: ast.expr) -> bool:
    """``__name__ == "__main__"``: what stands below it does not run at import."""
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
