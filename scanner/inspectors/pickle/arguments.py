"""Rules for the arguments of listed callables: what is safe to call is not safe to call with everything.

Each rule takes the :class:`~scanner.inspectors.pickle.judge.Judge`, the reference called, its positional arguments
(None when they are not known) and the offset of the call, and gives reasons to the judge. It returns the reference that
the call results in where that is known, else None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from scanner.inspectors.pickle.symbols import LONGEST_NAME, Bag, Call, Opaque, Ref, Value, holds_only_data

if TYPE_CHECKING:
    from scanner.inspectors.pickle.judge import Judge

Args: TypeAlias = list[Value] | None
ArgumentRule: TypeAlias = Callable[["Judge", Ref, Args, int], Ref | None]

LARGEST_BUFFER: Final = 1 << 24
LARGEST_RANGE: Final = 1 << 31
LARGEST_ARRAY: Final = 1 << 28
_RATIO: Final = re.compile(r"-?\d{1,4000}(/\d{1,4000})?\Z")
_PLAIN_CODECS: Final = frozenset(("latin1", "latin-1", "iso8859-1", "utf-8", "utf8", "ascii"))


def _unlisted(judge: Judge, ref: Ref, at: int) -> None:
    judge.reason("unlisted-argument", f"{ref.module}.{ref.name}", at)


def _data(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    if args is None or not all(holds_only_data(value) for value in args):
        _unlisted(judge, ref, at)


def _never_called(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    """Safe to be named, and a class also to be made without its constructor."""
    _unlisted(judge, ref, at)


def _made_only(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    """Safe to be made by ``__new__`` and given a state; its constructor was not vouched for."""
    _unlisted(judge, ref, at)


def _denied_call(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    """Safe to be made without arguments and then given a state; denied to be called, or to be named for anything else."""
    judge.deny(ref, at)


MADE_ONLY: Final[ArgumentRule] = _made_only
MADE_BARE: Final[ArgumentRule] = _denied_call


def _ratio(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    """A fraction of integers; an exponent (``1e99999999``) would be computed to the last digit."""
    if args is None or any(type(value) is str and not _RATIO.match(value) for value in args):
        _unlisted(judge, ref, at)


def _bounded(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    """Sizes and limits given as integers, and ranges that would be written out."""
    if args is None:
        _unlisted(judge, ref, at)
        return
    makes_range = ref.name in ("range", "xrange")
    ranges = [
        value.args.items for value in args if type(value) is Call and type(value.args) is Bag and _is_range(value)
    ]
    numbers = [number for items in ranges or [args] for number in items if type(number) is int]
    if any(abs(number) > (LARGEST_RANGE if makes_range else LARGEST_BUFFER) for number in numbers):
        judge.reason("constant-bomb", f"{ref.module}.{ref.name}", at)


def _is_range(value: Call) -> bool:
    return type(value.callee) is Ref and value.callee.name in ("range", "xrange")


def _array(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    _shape(judge, ref, args[0] if args else None, at)


def _reconstruct(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    _construct(judge, ref, args, at)
    _shape(judge, ref, args[1] if args and len(args) > 1 else None, at)


def _masked(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    """``numpy.ma.core._mareconstruct(subtype, baseclass, shape, dtype)``: makes both classes itself."""
    if args is None or len(args) < 3 or not all(_is_ref_of(part, "numpy") for part in args[:2]):
        _unlisted(judge, ref, at)
    else:
        _shape(judge, ref, args[2], at)


def _own_class(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    """A function that makes the class given first, with keywords that are not looked at: one of its own library."""
    if not args or not _is_ref_of(args[0], ref.module.partition(".")[0]):
        _unlisted(judge, ref, at)


def _is_ref_of(value: Value, package: str) -> bool:
    return type(value) is Ref and value.module.partition(".")[0] == package


def _shape(judge: Judge, ref: Ref, shape: Value, at: int) -> None:
    dimensions = shape.items if type(shape) is Bag else [shape]
    count = 1
    for dimension in dimensions[:64]:
        count *= dimension if type(dimension) is int else 1
    if count > LARGEST_ARRAY:
        judge.reason("constant-bomb", f"{ref.module}.{ref.name}", at)


def _type_call(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    if args is None or len(args) != 1:
        judge.reason("indirection", f"{ref.module}.{ref.name} makes a class", at)


def _getattr_call(judge: Judge, ref: Ref, args: Args, at: int) -> Ref | None:
    """``getattr(listed class, "method")`` is how bound methods and enumerations are saved; the rest is indirection."""
    owner, attribute = (args[0], args[1]) if args and len(args) >= 2 else (None, None)
    if type(attribute) is str and type(owner) is Ref and len(owner.name) + len(attribute) < LONGEST_NAME:
        return judge.reference(owner.module, f"{owner.name}.{attribute}", at)
    if type(attribute) is str and type(owner) is Call and attribute.isidentifier() and not attribute.startswith("__"):
        judge.check_name(attribute, at)
        if not (type(owner.callee) is Ref and owner.callee.module.startswith("scipy.stats.")):
            _unlisted(judge, ref, at)
    else:
        judge.reason("indirection", f"{ref.module}.{ref.name}", at)
    return None


def _partial(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    if not args or type(args[0]) is not Ref:
        _unlisted(judge, ref, at)
    else:
        judge.call(args[0], args[1:], at)


def _factory(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    if args is None or (args and args[0] is not None and type(args[0]) is not Ref):
        _unlisted(judge, ref, at)


def _construct(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    if not args or type(args[0]) is not Ref:
        judge.reason("call-of-result", f"{ref.module}.{ref.name}", at)
    elif ref.name == "_reconstructor" and len(args) > 1 and type(args[1]) is Ref and args[1].name != "object":
        judge.call(args[1], args[2:], at)
        judge.call(args[0], None, at, made=True)
    elif args[0].how == "ref":
        args[0].how = "call"


def _newobj(judge: Judge, ref: Ref, args: Args, at: int) -> Ref | None:
    """``copyreg.__newobj__(cls, *args)``; the keywords of ``__newobj_ex__`` are not looked at."""
    if not args:
        _unlisted(judge, ref, at)
        return None
    return judge.call(args[0], args[1:] if ref.name == "__newobj__" else None, at, made=True)


def _encode(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    if not args or not all(holds_only_data(value) for value in args):
        _unlisted(judge, ref, at)
    elif len(args) > 1 and args[1] not in _PLAIN_CODECS:
        judge.reason("indirection", f"{ref.module}.{ref.name} with codec {args[1]!s}", at)


def _rebuild_from_type(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    if args is None or len(args) < 3 or (type(args[0]) is Ref and args[0].name.startswith("_rebuild_from_type")):
        _unlisted(judge, ref, at)
    else:
        inner = args[2].items if type(args[2]) is Bag and args[2].complete else None
        judge.call(args[0], inner, at)
        judge.build(Call(args[0], args[2]), args[3] if len(args) > 3 else None, at)


def _storage_bytes(judge: Judge, ref: Ref, args: Args, at: int) -> None:
    """``torch.storage._load_from_bytes`` loads again; safe only for a complete legacy stream that is itself safe."""
    payload = args[0] if args else None
    if not isinstance(payload, (bytes, Opaque)) or not judge.nested_storage_is_safe(payload):
        judge.reason("nested-load", f"{ref.module}.{ref.name}", at)


RULES: Final[dict[str, ArgumentRule]] = {
    "data": _data,
    "ref": _never_called,
    "new": _made_only,
    "denied_call": _denied_call,
    "ratio": _ratio,
    "bounded": _bounded,
    "array": _array,
    "reconstruct": _reconstruct,
    "masked": _masked,
    "own_class": _own_class,
    "type_call": _type_call,
    "getattr_call": _getattr_call,
    "partial": _partial,
    "factory": _factory,
    "construct": _construct,
    "newobj": _newobj,
    "encode": _encode,
    "rebuild_from_type": _rebuild_from_type,
    "storage_bytes": _storage_bytes,
}
"""Rule name, as the known-safe data writes it, to its function."""
