"""Fills of plain data, taken as one symbol.

Most opcodes of a large pickle write plain data between two references. From a MARK on, one possessive expression matches
a fill to the opcode that closes it; a second one lists what can matter in it: memo entries written and read, and texts
that are no plain ASCII. The symbolic machine then goes on behind the fill. Instances of a class that the pickle has
named before, made without arguments and given a plain state, are data for this purpose.

What a fill holds is kept as a *summary*: a container of a :class:`~.memo.Folded` and of everything that it reads from
the memo. A fill is left to the machine wherever the summary would not do: a name that a state must not set, a container
read inside the fill that writes it, an entry read before it is written, bytes that are no text. And where the machine
meets a summary at a place that asks for its parts, :class:`~.memo.Refollow` has the whole pickle read again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from scanner.inspectors.pickle.inband import WRAPPER_MODULES, stands_for_array
from scanner.inspectors.pickle.memo import Folded, Refollow, Run
from scanner.inspectors.pickle.opcodes import BY_NAME, LENGTH_WIDTH
from scanner.inspectors.pickle.patterns import (
    FRAME,
    GET,
    NUMBER,
    STRUCTURE,
    TEXT_LENGTHS,
    WRITE,
    any_bytes,
    byte,
    either,
    sized,
)  # fmt: skip
from scanner.inspectors.pickle.symbols import Bag, Call, Ref, Value

if TYPE_CHECKING:
    from scanner.inspectors.pickle.machine import Machine

LONGEST: Final = 4 << 20
"""Bytes of one fill; what is longer is followed one by one. It bounds the lists made for a check."""

SHORTEST: Final = 1024
"""Bytes of the shortest fill. Smaller ones are as quickly followed, and may be shapes, whose numbers matter to a call."""

_NESTED: Final = 2
_PATIENCE: Final = 16
"""Fills at one height of marks that may be left in a row before only one in :data:`_TRIED` is tried."""
_TRIED: Final = 64
_MOST_COUNTED: Final = 128
_COUNTED: Final = tuple(Folded(items) for items in range(_MOST_COUNTED + 1))
_SHORT_TEXTS: Final = 4
"""The first protocol with SHORT_BINUNICODE."""
_MOST_KNOWN: Final = 100_000
_MEMOIZE: Final = bytes([BY_NAME["MEMOIZE"]])
_READS: Final = (BY_NAME["BINGET"], BY_NAME["LONG_BINGET"])
_PLAIN: Final = b"[\\0-^`-\\x7f]"
"""The first character of a text that is no private name."""
_WRITES: Final = (BY_NAME["BINPUT"], BY_NAME["LONG_BINPUT"])
_SETITEMS: Final = BY_NAME["SETITEMS"]
_TEXT_WIDTHS: Final = {BY_NAME[name]: LENGTH_WIDTH[BY_NAME[name]] for name in ("SHORT_BINUNICODE", "BINUNICODE")}
_INSTANCE: Final = bytes([BY_NAME["EMPTY_TUPLE"], BY_NAME["NEWOBJ"]])
_FRAME: Final = either(FRAME) + b"?+"
_PUT: Final = WRITE + b"?+" + _FRAME
_READ: Final = GET + _FRAME
_MARK: Final = byte("MARK") + _FRAME
_STATE: Final = re.compile(
    b"(?=(" + GET + re.escape(_INSTANCE) + _PUT + byte("EMPTY_DICT") + _PUT + either(_MARK) + b"?+))", re.DOTALL
)
"""Where an instance may be given a state, sought at every byte; the group ends where the first key begins."""
_ENDS_OF_STATES: Final = (BY_NAME["SETITEMS"], BY_NAME["SETITEM"], BY_NAME["BUILD"])


class _Patterns(NamedTuple):
    """``fill`` matches from a MARK to the opcode that closes it, ``token`` goes through all in it that can matter."""

    fill: re.Pattern[bytes]
    token: re.Pattern[bytes]


@cache
def _patterns(text: str) -> _Patterns:
    """For pickles whose short texts have the opcode ``text``: with both spellings they would take long to compile."""
    width = LENGTH_WIDTH[BY_NAME[text]]
    plain_texts = sized(text, [(n, (_PLAIN + b"[\0-\x7f]{%d}" % (n - 1)) if n else b"") for n in TEXT_LENGTHS], width)
    unimportant = either(NUMBER, plain_texts, STRUCTURE, byte("BUILD"))
    read = GET + either(re.escape(_INSTANCE)) + b"?+"
    important = either(WRITE, read, sized(text, any_bytes(TEXT_LENGTHS), width))
    return _Patterns(
        re.compile(_MARK + _item(text) + b"*+" + byte("APPENDS", "SETITEMS", "ADDITEMS"), re.DOTALL),
        re.compile(unimportant + b"*+" + either(b"(" + important + b")", rb"\Z"), re.DOTALL),
    )


@cache
def _entry(text: str) -> re.Pattern[bytes]:
    """One entry of a dict with a plain key; the group is a key that is read from the memo."""
    return re.compile(either(b"(" + GET + b")" + _FRAME, _atom(text)) + _item(text), re.DOTALL)


@cache
def _one_item(text: str) -> re.Pattern[bytes]:
    return re.compile(_item(text), re.DOTALL)


def _atom(text: str) -> bytes:
    short_text = sized(text, any_bytes(TEXT_LENGTHS), LENGTH_WIDTH[BY_NAME[text]])
    return either(NUMBER, short_text) + _PUT


def _item(text: str) -> bytes:
    """One item of a fill: an atom, a short tuple of atoms, or a container or instance that holds items."""
    atom = _atom(text)
    nothing = byte("EMPTY_TUPLE") + _FRAME
    close = byte("APPENDS", "SETITEMS", "ADDITEMS") + _FRAME
    plain = either(atom, _READ, nothing)
    pair_or_triple = plain + either(byte("TUPLE2") + _PUT, plain + byte("TUPLE3") + _PUT)
    short = plain + either(byte("TUPLE1") + _PUT, pair_or_triple) + b"?+"
    single = plain + either(byte("APPEND"), plain + byte("SETITEM")) + _FRAME
    empty = byte("EMPTY_DICT", "EMPTY_LIST", "EMPTY_SET") + _PUT
    nested: tuple[bytes, ...] = (empty + either(single) + b"?+",)
    for _ in range(_NESTED):
        plainly = either(atom, *nested, _READ, nothing) + b"*+"
        fill = _MARK + either(plainly + close, either(*nested, short) + b"*+" + close)
        state = byte("EMPTY_DICT") + _PUT + either(fill, single) + b"?+" + byte("BUILD") + _FRAME
        filled = either(either(fill) + b"++", single) + b"?+"
        nested = (
            GET + re.escape(_INSTANCE) + _PUT + either(state) + b"?+",
            empty + filled,
            _MARK + plainly + byte("TUPLE") + _PUT,
        )
    return either(*nested, short)


class _Unfit(Exception):
    """The fill has to be followed opcode by opcode."""


def fold_fill(machine: Machine, mark: int) -> int | None:
    """Take the fill that begins with the MARK at ``mark``; the offset behind it, or None when it has to be followed.

    Where fills at one height of marks were not taken again and again, most of them are no longer tried.
    """
    height = len(machine.marks)
    misses = machine.misses.get(height, 0)
    if misses > _PATIENCE and misses % _TRIED:
        machine.misses[height] = misses + 1
        return None
    end = _taken_to(machine, mark)
    machine.misses[height] = misses + 1 if end is None else 0
    return end


def _taken_to(machine: Machine, mark: int) -> int | None:
    target = machine.stack[-1] if machine.stack else None
    if type(target) not in (Bag, Call) or not machine.memo.in_order or _sizes_an_array(machine):
        return None
    text = _text_opcode(machine)
    match = _patterns(text).fill.match(machine.data, mark, min(machine.size, mark + LONGEST))
    if match is None or match.end() - mark < SHORTEST:
        return None
    end = match.end()
    try:
        summary = _Fill(machine, text, mark + 1, end - 1).taken(keyed=machine.data[end - 1] == _SETITEMS)
    except _Unfit:
        return None
    if type(target) is Call:
        target.state = Bag("list") if target.state is None else target.state
        target = target.state
    if type(target) is Bag:
        needs_parts(target)
        target.complete = False
        target.items += [None, summary] if target.kind == "dict" else [summary]
    machine.folded = True
    machine.pass_by(end)
    return end


def _text_opcode(machine: Machine) -> str:
    return "SHORT_BINUNICODE" if (machine.protocol or 0) >= _SHORT_TEXTS else "BINUNICODE"


def drop_data(machine: Machine, target: Call, state: Bag) -> None:
    """Make a summary of the state that was given to ``target`` and judged: only the symbols in it may matter again."""
    symbols = [value for value in state.items if type(value) in (Ref, Bag, Call)]
    kept_for_arrays = type(target.callee) is Ref and target.callee.name == "dtype"
    if len(symbols) < len(state.items) <= _MOST_COUNTED and not kept_for_arrays:
        state.items = [_COUNTED[len(state.items)], *symbols]
        state.complete = False
        machine.folded = True


def needs_parts(*values: Value) -> None:
    """Raise Refollow when one of the values, whose own parts matter, is or holds a summary."""
    for value in values:
        if type(value) is Bag and value.items and type(value.items[0]) is Folded:
            raise Refollow


def _sizes_an_array(machine: Machine) -> bool:
    return len(machine.stack) > 1 and stands_for_array(machine.stack[-2])


class _Fill:
    """``data[start:end]``, the items of a fill, and what its opcodes do with the memo."""

    def __init__(self, machine: Machine, text: str, start: int, end: int) -> None:
        self.machine = machine
        self.text = text
        self.tokens: list[bytes] = _patterns(text).token.findall(machine.data, start, end)
        base = machine.memo.size
        self.run = Run(base, self._writes(base), start, end)
        self.reads = self.run.reads
        self.classes: set[Ref] = set()

    def _writes(self, base: int) -> int:
        """How many memo entries are written, all in order."""
        memoized = self.tokens.count(_MEMOIZE)
        puts = [int.from_bytes(token[1:], "little") for token in self.tokens if token[:1] and token[0] in _WRITES]
        if puts and (memoized or puts != list(range(base, base + len(puts)))):
            raise _Unfit
        return memoized or len(puts)

    def taken(self, *, keyed: bool) -> Bag:
        """Its summary, when that will do; raises _Unfit otherwise."""
        machine = self.machine
        own: dict[bytes, int] = {}
        for token in set(self.tokens) - machine.plain_reads - {b"", _MEMOIZE}:
            if token[0] in _READS:
                self._read(token, own)
            elif token[0] not in _WRITES:
                _check_text(token[1 + _TEXT_WIDTHS[token[0]] :])
        if own:
            self._check_order(own)
        if self.reads:
            self._check_names(keyed=keyed)
        for ref in self.classes:
            machine.judge.call(ref, [], self.run.start, made=True)
        return self._summary()

    def _read(self, token: bytes, own: dict[bytes, int]) -> None:
        machine = self.machine
        makes = token.endswith(_INSTANCE) and len(token) in (4, 7)
        index = int.from_bytes(token[1:-2] if makes else token[1:], "little")
        if index >= machine.memo.size:
            own[token] = index
            return
        value = machine.recall(index)
        if makes:
            if type(value) is not Ref or not self._makes_data(value):
                raise _Unfit
            self.classes.add(value)
            return
        if type(value) is str:
            _check_name(value)
        elif type(value) in (Ref, Bag, Call):
            self.reads[token] = value
            return
        if len(machine.plain_reads) < _MOST_KNOWN:
            machine.plain_reads.add(token)

    def _makes_data(self, ref: Ref) -> bool:
        """Whether an instance of the class, made without arguments and given a plain dict, gives the judge no reason."""
        known = self.machine.plain_classes.get(ref)
        if known is None:
            trial = self.machine.judge.on_trial()
            same = trial.reference(ref.module, ref.name, ref.offset)
            before = len(trial.reasons())
            result = trial.call(same, [], ref.offset, made=True)
            trial.build(Call(same, Bag("tuple")), Bag("dict"), ref.offset)
            special = ref.module in WRAPPER_MODULES
            known = result is None and len(trial.reasons()) == before and not special
            self.machine.plain_classes[ref] = known
        return known

    def _check_order(self, own: dict[bytes, int]) -> None:
        """Entries of this fill that it reads itself: plain data, written before it is read."""
        data = self.machine.data
        for index in own.values():
            place = self.run.place(data, index) if index < self.run.base + self.run.count else None
            if place is None:
                raise _Unfit
            width = _TEXT_WIDTHS.get(data[place])
            if width is not None:
                start = place + 1 + width
                _check_text(data[start : start + int.from_bytes(data[place + 1 : start], "little")])
        written = self.run.base
        for token in self.tokens:
            if token == _MEMOIZE or (token and token[0] in _WRITES):
                written += 1
            elif token in own and own.pop(token) >= written:
                raise _Unfit
            if not own:
                break

    def _check_names(self, *, keyed: bool) -> None:
        """No name in the state of an instance is the result of a call, whether the fill is such a state or holds one."""
        if keyed:
            self._check_keys(self.run.start)
        if self.classes:
            for state in _STATE.finditer(self.machine.data, self.run.start, self.run.end):
                self._check_keys(state.end(1))

    def _check_keys(self, position: int) -> None:
        """The keys of the dict whose entries begin at ``position``; one read from the memo has to be plain."""
        data, entry = self.machine.data, _entry(self.text)
        while (found := entry.match(data, position, self.run.end)) is not None:
            if found[1] in self.reads:
                raise _Unfit
            position = found.end()
        if data[position] not in _ENDS_OF_STATES:
            raise _Unfit

    def _summary(self) -> Bag:
        machine, run = self.machine, self.run
        counts = run.count_reads(self.tokens)
        machine.shared_reads += counts.total()
        if run.count:
            machine.memo.add_run(run)
        run.classes = tuple(self.classes)
        return _bag(run, run.end - run.start, counts, counts.total())


def any_part(machine: Machine, run: Run) -> Bag:
    """What stands for any container in one of the items of a run: as large, and as often reading, as the worst item."""
    if run.part is None:
        text = _text_opcode(machine)
        longest = most = 0
        counts: Counter[int] = Counter()
        for one in _one_item(text).finditer(machine.data, run.start, run.end):
            longest = max(longest, one.end() - one.start())
            if run.reads:
                read = run.count_reads(_patterns(text).token.findall(machine.data, one.start(), one.end()))
                counts |= read
                most = max(most, read.total())
        run.part = _bag(run, longest, counts, most)
    return run.part


def _bag(run: Run, items: int, counts: Mapping[int, int], most: int) -> Bag:
    """A summary of ``items`` items that read each symbol, known by its ``id``, as often as counted."""
    reads = {id(value): value for value in run.reads.values()}
    summary = Bag("list")
    summary.complete = False
    summary.items = [Folded(items, tuple((value, counts[key]) for key, value in reads.items()), most), *reads.values()]
    summary.items += [Call(ref, Bag("tuple")) for ref in run.classes]
    return summary


def _check_text(raw: bytes) -> None:
    try:
        _check_name(raw.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        raise _Unfit from None


def _check_name(text: str) -> None:
    if text.startswith("__") or text == "_parse_arg_template":
        raise _Unfit
