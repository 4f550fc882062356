"""R data (``.rds``, ``.rda``, ``.RData``): every item is walked, none is evaluated.

Reading data runs no code, but a promise is code that runs when its value is first looked at (CVE-2024-27322: R before
4.4.0 makes one of any item). R itself leaves promises in the environments of functions: the arguments that were given.
Source: ``ReadItem`` in R's serialize.c, serialisation versions 2 and 3. The walk keeps its own stack.
"""

from __future__ import annotations

from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, NotExaminable
from scanner.inspectors.mapped import view
from scanner.inspectors.pickle.report import escape
from scanner.inspectors.statements import Reason, state_reasons
from scanner.model import Evidence, EvidenceBuilder
from scanner.records.r_stream import BEGINNING, CHARACTERS, HAS_ATTRIBUTES, Stream
from scanner.sources.blob import Blob

NAME: Final = "r_data"
VERSION: Final = "1"
ITEMS: Final = 50_000_000
OPEN: Final = 5_000_000
"""Items that wait to be read."""
DENIED: Final = frozenset(
    {
        "system", "system2", "shell", "shell.exec", "pipe", "socketConnection", "serverSocket", "download.file", "url",
        "source", "sys.source", "dyn.load", "install.packages", "unlink", "file.remove",
    }
)  # fmt: skip
"""Functions that start processes, open connections, run other files or delete."""
QUIET: Final = frozenset(
    {
        "c", "list", "(", "{", "if", "function", "+", "-", "*", "/", "^", ":", "$", "[", "[[", "@", "~", "!", "==", "!=",
        "<", ">", "<=", ">=", "&", "&&", "|", "||", "%in%", "%%", "names", "length", "is.null", "missing", "nrow", "ncol",
        "dim", "stop", "warning", "environment", "parent.frame", "sys.call", "match.call", "match.arg", "substitute",
        "quote", "deparse", "as.name", "max", "min", "sum", "mean", "seq", "seq_len", "seq_along", "rep", "paste", "paste0",
        "character", "numeric", "integer", "logical", "factor", "data.frame", "matrix", "sqrt", "exp", "log", "getOption",
        "binomial", "gaussian", "poisson", "Gamma", "trainControl", "rpart.control", "glm.control", "lm", "formula",
    }
)  # fmt: skip
"""Functions that the argument of a function may call without a word about it: they compute, or stop."""
START_UP: Final = frozenset({".First", ".Last", ".First.sys", ".Last.sys"})
"""Functions that R calls when a session starts or ends with this workspace."""
COMPACT: Final = frozenset({"compact_intseq", "compact_realseq", "deferred_string"})
"""Vectors in a short form that R brings itself, besides those whose name begins with ``wrap_``."""

SYMBOL, LIST, CLOSURE, ENVIRONMENT, PROMISE, CALL, SPECIAL, BUILTIN = 1, 2, 3, 4, 5, 6, 7, 8
STRINGS, DOTS, VECTOR, EXPRESSION, BYTECODE, POINTER, WEAK, RAW, OBJECT = 16, 17, 19, 20, 21, 22, 23, 24, 25
REFERENCE, UNBOUND, NAMESPACE, PACKAGE, PERSISTENT, COMPACTED = 255, 252, 249, 248, 247, 238
REPEAT_DEFINED, REPEAT, CALL_WITH_ATTRIBUTES, LIST_WITH_ATTRIBUTES = 244, 243, 240, 239
CONSTANTS: Final = frozenset({0, 254, 253, 252, 251, 250, 242, 241})
WIDTHS: Final = {10: 4, 13: 4, 14: 8, 15: 16}
PAIRS: Final = frozenset({LIST, CALL, CLOSURE, DOTS})
HAS_TAG: Final = 1 << 10

TOP, FRAME, TABLE, SLOT, CODE = "top", "frame", "table", "slot", "code"
DELAYED, ARGUMENT = "delayed", "argument"
"""Where an item stands: in plain data, in the list or table of an environment, as the value of a variable there, in the
code of a function, in code that runs when it is looked at, or in such code that is an argument of a function."""

ITEM, VALUE_OF_PROMISE, HEAD, TAG, BYTES, CONSTANT, LANGUAGE, ALTERED, ROOT = range(9)
"""What a task of the walk reads: an item, what a promise holds, the function of a call, the name of a pair, the code and
constants of bytecode, one constant, a piece of its language, the class of a compact vector, the first item."""


def wants(blob: Blob) -> bool:
    """Whether the content begins as serialised R data does."""
    return BEGINNING.match(blob.head) is not None


def inspect(blob: Blob) -> Evidence:
    """Format and verdict of one file. Raises NotExaminable for one that is cut, broken or too large."""
    builder = EvidenceBuilder(NAME)
    walk = _Walk(view(blob))
    walk.run()
    builder.state(blob.ref, "format", "r-data", blob.location)
    state_reasons(builder, blob, walk.reasons, f"{walk.items} items, none of which runs by itself")
    return builder.build()


class _Walk:
    def __init__(self, data: memoryview) -> None:
        self.stream = Stream(data)
        self.reasons: set[Reason] = set()
        self.items = 0
        self._todo: list[tuple[int, str, int]] = []
        self._names: list[str] = []
        self._size = len(data)

    def run(self) -> None:
        """Read every item to the end of the file."""
        version = self.stream.integer()
        self.stream.integer()
        self.stream.integer()
        if version == 3:
            self.stream.text(self.stream.length())
        elif version != 2:
            raise NotExaminable(UNREADABLE, "broken R data: unknown version")
        self._push(ROOT, TOP)
        while self._todo:
            self.items += 1
            if self.items > ITEMS or len(self._todo) > OPEN:
                raise NotExaminable(OVER_LIMIT, "too many items in R data")
            task, zone, count = self._todo.pop()
            if count > 1:
                self._todo.append((task, zone, count - 1))
            self._do(task, zone)
        if self.stream.position < self._size:
            self._add("r-trailing-bytes", f"{self._size - self.stream.position} bytes behind the data", "unknown")

    def _push(self, task: int, zone: str, count: int = 1) -> None:
        if count:
            self._todo.append((task, zone, count))

    def _add(self, code: str, detail: str, verdict: str) -> None:
        if len(self.reasons) < 1000:
            self.reasons.add(Reason(code, escape(detail), f"byte {self.stream.position}", verdict))

    def _do(self, task: int, zone: str) -> None:
        if task == BYTES:
            self._push(CONSTANT, zone, self.stream.length())
            return
        kind_or_flags = self.stream.integer()
        if task == CONSTANT:
            self._constant(kind_or_flags, zone)
        elif task == LANGUAGE:
            self._language(kind_or_flags, zone)
        else:
            self._item(kind_or_flags, zone, task)

    def _item(self, flags: int, zone: str, task: int) -> None:
        kind = flags & 0xFF
        if task == HEAD and zone == ARGUMENT and kind in PAIRS:
            self._add("r-promise", "an argument that was not looked at yet calls what a call returns", "unknown")
        if task == VALUE_OF_PROMISE:
            zone = self._promise(kind, zone)
        if task == ROOT and kind in (CALL, EXPRESSION):
            self._add("r-call", "the data are a call, which waits to be evaluated", "unknown")
        if kind == PROMISE:
            self._push(VALUE_OF_PROMISE, zone)
            self._pair(flags, TOP)
        elif kind in PAIRS:
            self._pairs(flags, kind, zone, task)
        elif kind == ENVIRONMENT:
            self.stream.integer()
            self._names.append("")
            for inner in (TOP, TABLE, FRAME, TOP):  # read from the last to the first
                self._push(ITEM, inner)
        elif kind in (SYMBOL, REFERENCE):
            self._name(self._symbol() if kind == SYMBOL else self._reference(flags), zone, task)
        else:
            self._plain(flags, kind, SLOT_INSIDE.get(zone, zone))

    def _promise(self, value: int, zone: str) -> str:
        """Judge a promise by what it holds and where it stands; its code comes next, the zone of its value is returned."""
        if value != UNBOUND:
            self._push(ITEM, CODE)
        elif zone == SLOT:
            self._push(ITEM, ARGUMENT)
        else:
            self._add("r-promise", "code that runs when the data are looked at", "malicious")
            self._push(ITEM, DELAYED)
        return TOP

    def _pairs(self, flags: int, kind: int, zone: str, task: int) -> None:
        if kind == CLOSURE:
            # Environment, formal arguments and body.
            self._push(ITEM, zone if zone in RUNS else CODE, 2)
            self._pair(flags, TOP)
            return
        if zone in (FRAME, SLOT) and kind == LIST:
            inner, rest = (SLOT, FRAME) if zone == FRAME else (TOP, TOP)
        else:
            inner = rest = SLOT_INSIDE.get(zone, zone)
        self._push(ROOT if task == ROOT and kind == LIST else ITEM, rest)
        self._push(HEAD if kind == CALL else ITEM, inner)
        self._pair(flags, TOP, task)

    def _pair(self, flags: int, zone: str, task: int = ITEM) -> None:
        """Attributes and tag, which stand before what a pair holds."""
        if flags & HAS_TAG:
            self._push(TAG if task == ROOT else ITEM, zone)
        if flags & HAS_ATTRIBUTES:
            self._push(ITEM, zone)

    def _symbol(self) -> str:
        flags = self.stream.integer()
        if flags & 0xFF != CHARACTERS:
            raise NotExaminable(UNREADABLE, "broken R data: a symbol without a name")
        name = self.stream.text(self.stream.integer())
        self._names.append(name)
        return name

    def _reference(self, flags: int) -> str:
        index = (flags & 0xFFFFFFFF) >> 8 or self.stream.integer()
        if not 0 < index <= len(self._names):
            raise NotExaminable(UNREADABLE, "broken R data: a reference to nothing")
        return self._names[index - 1]

    def _name(self, name: str, zone: str, task: int) -> None:
        if task == TAG and name in START_UP:
            self._add("r-start-up", f"{name} runs when a session starts or ends", "unknown")
        elif task == ALTERED and name not in COMPACT and not name.startswith("wrap_"):
            mapped = name.startswith("mmap")
            self._add("r-compact-class", name, "malicious" if mapped else "unknown")
        elif name in DENIED and (task == HEAD or zone in RUNS):
            verdict = "malicious" if zone in RUNS else "unknown"
            self._add("r-denied-call", f"{name} in {'delayed' if zone in RUNS else 'the'} code", verdict)
        elif task == HEAD and zone == ARGUMENT and name not in QUIET:
            self._add("r-promise", f"an argument that was not looked at yet calls {name}", "unknown")

    def _plain(self, flags: int, kind: int, zone: str) -> None:
        """Items that hold no names and no code of their own."""
        attributes = bool(flags & HAS_ATTRIBUTES)
        if kind in CONSTANTS:
            return
        if kind in (PERSISTENT, PACKAGE, NAMESPACE):
            self.stream.integer()
            self._names.append("")
            self._push(ITEM, TOP, self.stream.length())
            return
        if kind == COMPACTED:
            self._push(ITEM, TOP, 2)
            self._compact()
            return
        if attributes:
            self._push(ITEM, TOP)
        if kind in WIDTHS:
            self.stream.skip(self.stream.length(), WIDTHS[kind])
        elif kind == RAW:
            self.stream.skip(self.stream.length(), 1)
        elif kind in (SPECIAL, BUILTIN):
            self.stream.text(self.stream.length())
        elif kind == CHARACTERS:
            self.stream.text(self.stream.integer(), keep=False)
        elif kind == STRINGS:
            self._strings()
        elif kind in (VECTOR, EXPRESSION):
            self._push(ITEM, FRAME if zone == TABLE else zone, self.stream.length())
        elif kind in (POINTER, WEAK):
            self._names.append("")
            self._push(ITEM, TOP, 2 if kind == POINTER else 0)
        elif kind == BYTECODE:
            self.stream.length()
            self._push(BYTES, zone)
            self._push(ITEM, zone)
        elif kind != OBJECT:
            raise NotExaminable(UNREADABLE, "broken R data: unknown type of item")

    def _strings(self) -> None:
        count = self.stream.length()
        self.items += count
        if self.items > ITEMS:
            raise NotExaminable(OVER_LIMIT, "too many items in R data")
        self.stream.strings(count)

    def _compact(self) -> None:
        """The description of a compact vector is a list whose first member names its class."""
        flags = self.stream.integer()
        if flags & 0xFF != LIST:
            raise NotExaminable(UNREADABLE, "broken R data: a compact vector without a class")
        self._push(ITEM, TOP)
        self._push(ALTERED, TOP)
        self._pair(flags, TOP)

    def _constant(self, kind: int, zone: str) -> None:
        if kind == BYTECODE:
            self._push(BYTES, zone)
            self._push(ITEM, zone)
        elif kind in LANGUAGES:
            self._language(kind, zone)
        else:
            self._push(HEAD, zone)

    def _language(self, kind: int, zone: str) -> None:
        """A piece of code in bytecode; a piece that occurs twice is written once."""
        if kind == REPEAT:
            self.stream.integer()
            return
        if kind == REPEAT_DEFINED:
            self.stream.integer()
            kind = self.stream.integer()
        if kind not in LANGUAGES - {REPEAT, REPEAT_DEFINED}:
            self._push(HEAD, zone)
            return
        self._push(LANGUAGE, zone, 2)
        self._push(ITEM, zone)
        if kind in (CALL_WITH_ATTRIBUTES, LIST_WITH_ATTRIBUTES):
            self._push(ITEM, zone)


RUNS: Final = frozenset({DELAYED, ARGUMENT})
"""Code that runs without being called."""
SLOT_INSIDE: Final = {SLOT: TOP, FRAME: TOP}
"""What stands inside the value of a variable is plain data again."""
LANGUAGES: Final = frozenset({CALL, LIST, REPEAT_DEFINED, REPEAT, CALL_WITH_ATTRIBUTES, LIST_WITH_ATTRIBUTES})
