"""Families of section "opcodes and stream": how a payload hides in, before and behind the opcodes."""

from __future__ import annotations

import base64
import pickle
import struct
import zlib
from collections.abc import Iterator

from tests.corpus.encodings import argument
from tests.corpus.family import Family, Item, one_file
from tests.inspectors.pickle import assembler as asm


def payload(text: str, protocol: int | None = 4) -> bytes:
    """A whole pickle that would echo ``text``."""
    return asm.pickle(echo(text), protocol=protocol)


def echo(text: str) -> bytes:
    """The opcodes of ``os.system("echo text")``, for any protocol."""
    return asm.call(asm.name("os", "system"), argument(text))


def _put(number: int) -> bytes:
    return f"p{number}\n".encode()


def _protocols() -> Iterator[Item]:
    variants = {
        "none": payload("none", None),
        **{f"announced-{number}": payload(f"announced-{number}", number) for number in range(6)},
        "twice": asm.proto(2) + payload("twice"),
        "mid-stream": asm.pickle(asm.NONE, asm.POP, asm.proto(4), echo("mid-stream"), protocol=2),
        "lowered-for-names": asm.pickle(
            asm.proto(2), asm.call(asm.name("__builtin__", "eval"), argument("lowered")), protocol=4
        ),
        "raised-for-dots": asm.pickle(
            asm.proto(4), asm.call(asm.name("logging", "os.system"), argument("raised")), protocol=2
        ),
    }
    yield from (one_file(name, content) for name, content in variants.items())


def _frames() -> Iterator[Item]:
    body = echo("frames") + asm.STOP
    for name, length in {"right": len(body), "short": 3, "zero": 0, "long": len(body) + 9}.items():
        yield one_file(name, asm.proto(4) + asm.frame(length) + echo(f"frame-{name}") + asm.STOP)
    yield one_file("nested", asm.proto(4) + asm.frame(40) + asm.frame(20) + echo("nested") + asm.STOP)
    yield one_file("inside-call", asm.pickle(asm.name("os", "system"), asm.frame(9), argument("in"), b"\x85R"))


def _extension_codes() -> Iterator[Item]:
    for name, code in {"ext1": b"\x82\x07", "ext2": b"\x83\x07\x01", "ext4": b"\x84\x07\x01\x00\x00"}.items():
        yield one_file(name, asm.pickle(asm.call(code, argument(name)), protocol=2))
        yield one_file(f"{name}-only", asm.pickle(asm.EMPTY_LIST, argument(name), asm.APPEND, code, asm.APPEND))


def _memo_tricks() -> Iterator[Item]:
    module, name = asm.text("os"), asm.text("system")
    tricks = {
        "put-after-dup": asm.text("os") + asm.DUP + _put(1) + asm.POP + asm.POP + b"g1\n" + name,
        "put-after-pop": asm.NONE + module + _put(0) + asm.POP + asm.POP + b"g0\n" + name,
        "mixed": module + asm.MEMOIZE + asm.POP + name + asm.long_binput(1) + asm.POP + b"g0\nh\x01",
        "gap": module + asm.binput(200) + asm.POP + b"h\xc8" + name,
        "shared-list": asm.EMPTY_LIST + asm.binput(0) + asm.POP + module + name,
    }
    for title, names in tricks.items():
        call = asm.call(names + asm.STACK_GLOBAL, argument(title))
        yield one_file(title, asm.pickle(call))
    yield one_file(
        "memoize-counts-entries",
        asm.pickle(
            asm.NONE + asm.binput(0) + asm.POP,
            module + asm.MEMOIZE + asm.POP,
            asm.call(b"h\x01" + name + asm.STACK_GLOBAL, argument("counts")),
        ),
    )


def _computed_names() -> Iterator[Item]:
    makers = {
        "codecs-rot13": asm.call(asm.name("codecs", "decode"), asm.text("flfgrz"), asm.text("rot13")),
        "codecs-hex": asm.call(asm.name("_codecs", "decode"), asm.data(b"73797374656d"), asm.text("hex")),
        "encode": asm.call(asm.name("_codecs", "encode"), asm.text("system"), asm.text("latin1")),
        "str-join": asm.call(asm.name("builtins", "str.join"), asm.text(""), asm.text("system")),
        "str-replace": asm.call(asm.name("builtins", "str.replace"), asm.text("sXstem"), asm.text("X"), asm.text("y")),
        "bytes-decode": asm.call(asm.name("builtins", "bytes.decode"), asm.data(b"system")),
        "str": asm.call(asm.name("builtins", "str"), asm.text("system")),
        "bytearray": asm.call(asm.name("builtins", "bytearray"), asm.data(b"system")),
    }
    for title, made in makers.items():
        yield one_file(title, asm.pickle(asm.call(asm.text("os") + made + asm.STACK_GLOBAL, argument(title))))
        swapped = made + asm.text("system") + asm.STACK_GLOBAL
        yield one_file(f"{title}-module", asm.pickle(asm.call(swapped, argument(f"{title}-module"))))


def _call_of_result() -> Iterator[Item]:
    getter = asm.call(asm.name("builtins", "getattr"), asm.name("builtins", "dict"), asm.text("get"))
    yield one_file("getattr", asm.pickle(asm.call(getter, argument("getattr"))))
    yield one_file("twice", asm.pickle(asm.call(asm.call(asm.name("functools", "partial"), asm.NONE), argument("x"))))
    made = asm.call(asm.name("collections", "OrderedDict"))
    yield one_file("newobj", asm.pickle(made, argument("newobj"), asm.TUPLE1, asm.NEWOBJ))
    yield one_file("instance", asm.pickle(asm.call(made, argument("instance"))))
    yield one_file("obj", asm.pickle(asm.MARK, made, argument("obj"), asm.OBJ))


def _planted() -> Iterator[Item]:
    state = asm.NONE + asm.EMPTY_DICT + asm.text("forward") + argument("planted") + asm.SETITEM + asm.TUPLE2
    for module, name in (("collections", "OrderedDict"), ("torch.nn.modules.linear", "Linear"), ("copyreg", "pickle")):
        yield one_file(f"{module}.{name}", asm.pickle(asm.stack_name(module, name), state, asm.BUILD))
    plain = asm.EMPTY_DICT + asm.text("x") + argument("plain") + asm.SETITEM
    yield one_file("plain-state", asm.pickle(asm.stack_name("torch.nn.modules.linear", "Linear"), plain, asm.BUILD))
    read_back = asm.stack_name("copyreg", "_reconstructor") + state + asm.BUILD + asm.POP
    later = asm.call(asm.stack_name("copyreg", "_reconstructor.forward"), argument("later"))
    yield one_file("read-back", asm.pickle(read_back, later))


def _changed_reference() -> Iterator[Item]:
    target = asm.stack_name("collections", "OrderedDict")
    listed = asm.stack_name("sklearn.base", "BaseEstimator")
    value = argument("changed")
    changes = {
        "setitem": asm.text("k") + value + asm.SETITEM,
        "setitems": asm.MARK + asm.text("k") + value + b"u",
        "append": value + asm.APPEND,
        "appends": asm.MARK + value + b"e",
        "additems": asm.MARK + value + asm.ADDITEMS,
    }
    for title, change in changes.items():
        yield one_file(title, asm.pickle(target, change))
        yield one_file(f"{title}-class", asm.pickle(listed, change))
    for module, name in (("sys", "modules"), ("os", "environ"), ("copyreg", "dispatch_table")):
        yield one_file(f"{module}.{name}", asm.pickle(asm.stack_name(module, name), changes["setitem"]))


def _persistent_ids() -> Iterator[Item]:
    kind = asm.stack_name("os", "system")
    storage = asm.MARK + asm.text("storage") + kind + asm.text("0") + asm.text("cpu") + asm.small(1) + asm.TUPLE
    yield one_file("storage-class", asm.pickle(storage, asm.BINPERSID, argument("storage-class"), asm.TUPLE2))
    module = asm.MARK + asm.text("module") + kind + asm.text("f.py") + asm.text("source") + asm.TUPLE
    yield one_file("old-module", asm.pickle(module, asm.BINPERSID, argument("old-module"), asm.TUPLE2))
    called = asm.MARK + echo("called") + asm.TUPLE
    yield one_file("called-inside", asm.pickle(called, asm.BINPERSID))


def _persistent_lies() -> Iterator[Item]:
    yield one_file("text", asm.pickle(b"Psome text\n", protocol=0))
    yield one_file("number", asm.pickle(asm.small(7), asm.BINPERSID))
    yield one_file("string", asm.pickle(asm.text("weights/0"), asm.BINPERSID))


def _damaged() -> Iterator[Item]:
    breaks = {
        "bad-opcode": b"\xff.",
        "truncated": b"",
        "bad-length": b"\x8c\xffabc",
        "huge-length": b"\x8e" + b"\xff" * 8,
        "underflow": b"ss.",
        "mark-underflow": b"t1u.",
        "bad-memo": b"h\xee.",
        "bad-utf8": b"\x8c\x02\xff\xfe.",
        "bad-protocol": b"\x80\x63.",
        "bad-number": b"Ixyz\n.",
        "missing-newline": b"Vabc",
        "no-stop": b"N0N0",
        "bad-frame": b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
    }
    for title, rest in breaks.items():
        yield one_file(title, asm.proto(4) + echo(f"damaged-{title}") + rest)
        yield one_file(f"{title}-popped", asm.proto(2) + echo(f"popped-{title}") + asm.POP + rest)
    yield one_file("unicode-error-before", asm.pickle(b"\x8c\x01\xff0", echo("unicode")))


def _several() -> Iterator[Item]:
    data = pickle.dumps({"a": [1, 2, 3]}, 4)
    yield one_file("second", data + payload("second"))
    yield one_file("sixth", data * 5 + payload("sixth"))
    yield one_file("behind-newline", data + b"\n" + payload("behind-newline"))
    yield one_file("behind-junk", data + b"junk between two pickles" + payload("behind-junk"))
    yield one_file("behind-zeros", data + bytes(4096) + payload("behind-zeros"))
    yield one_file("behind-many", data * 400 + payload("behind-many"))
    yield one_file("old-behind-data", data + payload("old-behind-data", None))
    yield one_file("before-data", payload("before-data") + data)
    yield one_file("between", data + payload("between") + data)


def _buried() -> Iterator[Item]:
    numbers = pickle.dumps(list(range(300_000)), 4)
    head, tail = numbers[:-1], asm.POP + echo("late") + asm.STOP
    yield one_file("late", head + tail)
    strings = pickle.dumps({f"key{number}": [number, f"value{number}"] for number in range(100_000)}, 4)
    yield one_file("late-dict", strings[:-1] + asm.POP + echo("late-dict") + asm.STOP)
    million = asm.proto(4) + b"]" + (b"(" + b"K\x01" * 1000 + b"e") * 1100
    yield one_file("after-a-million", million + echo("after-a-million") + asm.APPEND + asm.STOP)
    yield one_file("deep-lists", asm.pickle(b"]" * 900, echo("deep-lists"), b"a" * 900))
    nested = asm.EMPTY_DICT + asm.text("a") + asm.EMPTY_LIST + echo("state") + asm.APPEND + asm.SETITEM
    instance = asm.stack_name("sklearn.base", "BaseEstimator") + asm.EMPTY_TUPLE + asm.NEWOBJ
    yield one_file("in-a-state", asm.pickle(instance, nested, asm.BUILD))
    yield one_file("as-a-key", asm.pickle(asm.EMPTY_DICT, echo("as-a-key"), asm.NONE, asm.SETITEM))
    yield one_file("in-a-set", asm.pickle(asm.EMPTY_SET, asm.MARK, echo("in-a-set"), asm.ADDITEMS))
    yield one_file("in-frozenset", asm.pickle(asm.MARK, echo("in-frozenset"), asm.FROZENSET))
    yield one_file("result-dropped", asm.pickle(echo("result-dropped"), asm.POP, asm.NONE))
    yield one_file("mark-dropped", asm.pickle(asm.MARK, echo("mark-dropped"), asm.POP_MARK, asm.NONE))


def _old_and_late() -> Iterator[Item]:
    """Protocol 0 and 1 announce nothing, so that such a file has to be read further than its first bytes."""
    data = pickle.dumps(list(range(2000)), 0)
    yield one_file("behind-lines", data[:-1] + b"0" + echo("behind-lines") + b".")
    yield one_file("behind-lines-and-newline", data[:-1] + b"0" + echo("behind-and-newline") + b".\n")
    yield one_file("behind-a-long-text", b"V" + b"x" * 100_000 + b"\n0" + echo("behind-a-long-text") + b".")
    yield one_file("behind-a-longer-text", b"V" + b"y" * 3_000_000 + b"\n0" + echo("behind-a-longer-text") + b".\n")
    yield one_file(
        "behind-bytes",
        b"U\xff" + b"x" * 255 + b"0" + b"T" + struct.pack("<I", 9000) + bytes(9000) + b"0" + echo("b") + b".",
    )
    yield one_file("second-pickle", pickle.dumps([1, 2, 3], 0) + payload("second-pickle", None))
    yield one_file("second-pickle-binary", pickle.dumps({"a": [1, 2]}, 1) + payload("second-binary", 4))
    yield one_file("many-numbers", b"(" + b"I1\n" * 70_000 + b"10" + b"N0" + echo("many-numbers") + b".\n")


def _carried() -> Iterator[Item]:
    def loads(module: str, name: str, inner: bytes) -> bytes:
        return asm.pickle(asm.call(asm.name(module, name), asm.data(inner)))

    for module, name in (
        ("pickle", "loads"),
        ("_pickle", "loads"),
        ("joblib", "load"),
        ("torch.storage", "_load_from_bytes"),
    ):
        yield one_file(f"{module}.{name}", loads(module, name, payload(f"{module}-{name}")))
    hidden = payload("carried-data")
    yield one_file("bytes", pickle.dumps({"weights": payload("bytes")}, 4))
    yield one_file("base64", pickle.dumps({"weights": base64.b64encode(payload("base64")).decode()}, 4))
    yield one_file("base64-bytes", pickle.dumps([base64.b64encode(payload("base64-bytes"))], 4))
    yield one_file("bytearray", pickle.dumps(bytearray(payload("bytearray")), 5))
    yield one_file("long-bytes", pickle.dumps(payload("long-bytes") + bytes(400), 4))
    yield one_file("twice", pickle.dumps({"a": pickle.dumps({"b": hidden}, 4)}, 4))


def _carried_packed() -> Iterator[Item]:
    for title, packed in {"zlib": zlib.compress(payload("zlib")), "hex": payload("hex").hex().encode()}.items():
        inner = asm.call(asm.name("zlib" if title == "zlib" else "binascii", "decompress"), asm.data(packed))
        yield one_file(title, asm.pickle(asm.call(asm.name("pickle", "loads"), inner)))


def _functions_as_arguments() -> Iterator[Item]:
    target = asm.name("os", "system")
    holders = {
        "partial": asm.call(asm.name("functools", "partial"), target),
        "defaultdict": asm.call(asm.name("collections", "defaultdict"), target),
        "transformer": asm.call(asm.name("sklearn.preprocessing._function_transformer", "FunctionTransformer"), target),
        "vectorize": asm.call(asm.name("numpy", "vectorize"), target),
        "reconstructor": asm.call(
            asm.name("copyreg", "_reconstructor"), target, asm.name("builtins", "object"), asm.NONE
        ),
        "rebuild-from-type": asm.call(asm.name("torch._tensor", "_rebuild_from_type_v2"), target, asm.NONE, b")", b")"),
        "device-tensor": asm.call(asm.name("torch._utils", "_rebuild_device_tensor_from_numpy"), target),
        "map": asm.call(asm.name("builtins", "map"), target, asm.EMPTY_LIST),
        "filter": asm.call(asm.name("builtins", "filter"), target, asm.EMPTY_LIST),
        "sorted-key": asm.call(asm.name("builtins", "sorted"), asm.EMPTY_LIST, target),
        "sort-key": asm.call(asm.name("functools", "cmp_to_key"), target),
        "type": asm.call(asm.name("builtins", "type"), asm.text("X"), b")", asm.EMPTY_DICT),
        "newobj-function": asm.call(asm.name("copyreg", "__newobj__"), target),
        "thread": asm.call(asm.name("threading", "Thread"), asm.NONE, target),
        "finalize": asm.call(asm.name("weakref", "finalize"), asm.EMPTY_SET, target),
        "count": asm.call(asm.name("itertools", "count"), target),
        "ordered-dict": asm.call(asm.name("collections", "OrderedDict"), asm.MARK + asm.text("a") + target + b"t"),
        "getattr": asm.call(asm.name("builtins", "getattr"), asm.name("os", "path"), asm.text("os")),
        "format": asm.call(asm.name("builtins", "str.format"), asm.text("{0.__globals__}"), target),
    }
    for title, call in holders.items():
        yield one_file(title, asm.pickle(call, argument(title), asm.TUPLE2))


def _unlisted_functions_as_arguments() -> Iterator[Item]:
    target = asm.name("project.helpers", "transform")
    rules = {
        "partial": ("functools", "partial"),
        "defaultdict": ("collections", "defaultdict"),
        "transformer": ("sklearn.preprocessing._function_transformer", "FunctionTransformer"),
        "ordered-dict": ("collections", "OrderedDict"),
        "reconstructor": ("copyreg", "_reconstructor"),
    }
    for title, (module, name) in rules.items():
        yield one_file(title, asm.pickle(asm.call(asm.name(module, name), target), argument(title), asm.TUPLE2))


def _special_attributes() -> Iterator[Item]:
    instance = asm.stack_name("sklearn.base", "BaseEstimator") + asm.EMPTY_TUPLE + asm.NEWOBJ
    for key in ("__class__", "__reduce__", "__setstate__", "__getattr__", "__call__", "__dict__"):
        state = asm.EMPTY_DICT + asm.text(key) + argument(key) + asm.SETITEM
        yield one_file(key, asm.pickle(instance, state, asm.BUILD))


def _bombs() -> Iterator[Item]:
    laughs = asm.proto(2) + asm.EMPTY_LIST + asm.binput(0)
    for level in range(1, 60):
        laughs += asm.MARK + asm.binget(level - 1) * 2 + asm.LIST + asm.binput(level)
    yield one_file("laughs", laughs + asm.STOP)
    tuples = asm.proto(2) + asm.EMPTY_TUPLE + asm.binput(0)
    for level in range(1, 100):
        tuples += asm.binget(level - 1) + asm.DUP + asm.TUPLE2 + asm.binput(level)
    yield one_file("tuples", tuples + asm.STOP)
    yield one_file("memo-index", asm.pickle(asm.NONE, b"r\xff\xff\xff\x7f"))
    yield one_file("memo-index-text", asm.pickle(asm.NONE, b"p2147483647\n", protocol=0))
    yield one_file("integer-text", asm.pickle(b"L" + b"9" * 200_000 + b"L\n", protocol=0))
    yield one_file("integer-int", asm.pickle(b"I" + b"9" * 200_000 + b"\n", protocol=0))
    yield one_file("bytearray", asm.pickle(asm.call(asm.name("builtins", "bytearray"), asm.integer(1 << 40))))
    yield one_file("bytes", asm.pickle(asm.call(asm.name("builtins", "bytes"), asm.integer(1 << 40))))
    ranges = asm.call(asm.name("builtins", "range"), asm.integer(1 << 40))
    yield one_file("range-list", asm.pickle(asm.call(asm.name("builtins", "list"), ranges)))
    yield one_file("array", asm.pickle(asm.call(asm.name("numpy", "zeros"), asm.integer(1 << 45))))
    shape = asm.MARK + asm.integer(1 << 31) + asm.integer(1 << 31) + asm.TUPLE
    rebuilt = asm.call(
        asm.name("numpy.core.multiarray", "_reconstruct"), asm.name("numpy", "ndarray"), shape, asm.data(b"b")
    )
    yield one_file("reconstruct", asm.pickle(rebuilt))
    yield one_file("length", asm.proto(4) + b"\x8e" + struct.pack("<Q", 1 << 60) + b"x" * 64)
    yield one_file("length-text", asm.proto(4) + b"\x8d" + struct.pack("<Q", 1 << 60) + b"x" * 64)
    yield one_file("length-long", asm.proto(4) + b"\x8b" + struct.pack("<i", 0x7FFFFFFF) + b"x" * 64)
    yield one_file("marks", asm.proto(2) + asm.MARK * 3_000_000 + asm.STOP)
    yield one_file("fraction", asm.pickle(asm.call(asm.name("fractions", "Fraction"), asm.text("1e999999999"))))
    yield one_file(
        "decimal-power", asm.pickle(asm.call(asm.name("builtins", "pow"), asm.small(9), asm.integer(1 << 40)))
    )


def _empty_and_short() -> Iterator[Item]:
    yield one_file("proto-only", b"\x80\x04")
    yield one_file("proto-and-frame", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00")
    yield one_file("cut-in-half", pickle.dumps({"a": list(range(100))}, 4)[:90])
    yield one_file("cut-last-byte", pickle.dumps({"b": list(range(100))}, 4)[:-1])


FAMILIES = (
    Family("stream/protocols", "malicious", _protocols),
    Family("stream/frames", "malicious", _frames),
    Family("stream/extension-codes", "malicious", _extension_codes),
    Family("stream/memo", "malicious", _memo_tricks),
    Family("stream/computed-names", "malicious", _computed_names),
    Family("stream/call-of-result", "malicious", _call_of_result),
    Family("stream/planted-attributes", "malicious", _planted),
    Family("stream/changed-reference", "malicious", _changed_reference),
    Family("stream/persistent-ids", "malicious", _persistent_ids),
    Family("stream/persistent-id-forms", "lie", _persistent_lies),
    Family("stream/damaged-behind-payload", "malicious", _damaged),
    Family("stream/several-pickles", "malicious", _several),
    Family("stream/buried", "malicious", _buried),
    Family("stream/old-and-late", "malicious", _old_and_late),
    Family("stream/carried-pickles", "malicious", _carried),
    Family("stream/carried-packed", "malicious", _carried_packed),
    Family("stream/functions-as-arguments", "malicious", _functions_as_arguments),
    Family("stream/unlisted-arguments", "lie", _unlisted_functions_as_arguments),
    Family("stream/special-attributes", "lie", _special_attributes),
    Family("stream/bombs", "lie", _bombs),
    Family("stream/cut", "lie", _empty_and_short),
)
