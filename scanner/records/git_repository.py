"""A Git directory read without Git: references, loose and packed objects, commits and trees.

Nothing of the configuration is obeyed and nothing outside the scanned root is followed (alternates; includes and promisor
remotes nowhere), because every one of them lets a repository choose what runs or what is read.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.errors import OVER_LIMIT, UNREADABLE, UNSUPPORTED, NotExaminable
from scanner.records.git_pack import Budget, GitObject, Pack, inflate
from scanner.sources.blob import Blob
from scanner.sources.git_directory import listing

ID: Final = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
REFERENCES: Final = 10_000
PACKS: Final = 1_000
TREE_DEPTH: Final = 64
STORES: Final = 16
"""Git directories that lend objects, the own one among them."""
_HEADER: Final = re.compile(rb"(commit|tree|blob|tag) (0|[1-9][0-9]{0,9})\0")
_SIGNATURE: Final = re.compile(r"(.*?)\s*<([^<>]*)>\s+(-?\d{1,14})(?:\s+([+-]\d{4}))?\Z")
_SECTION: Final = re.compile(r"\[\s*([A-Za-z0-9.\-]+)(?:\s+\"((?:[^\"\\]|\\.)*)\")?\s*\]")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit as its author wrote it; ``authored`` is in seconds since 1970."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: str | None
    authored: int | None


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One leaf of a tree: path from the top with ``/``, mode (octal text) and object id."""

    path: str
    mode: str
    id: str


@dataclass(slots=True)
class Repository:
    """The Git directory that the Blob ``head`` (its ``HEAD``) lies in.

    A linked work tree has a ``HEAD`` of its own; ``common`` is then that of the directory with objects and references.
    """

    head: Blob
    common: Blob | None = None
    id_size: int = 20
    _references: dict[str, str] | None = None
    _packs: list[Pack] | None = None
    _stores: list[Blob] | None = None
    _budget: Budget = field(default_factory=Budget)

    @property
    def base(self) -> Blob:
        """``HEAD`` of the directory that holds objects and references."""
        return self.common or self.head

    def file(self, path: str) -> Blob | None:
        """A file of the Git directory, or None."""
        return _near(self.base, path)

    def lines(self, path: str) -> list[str]:
        """Lines of a text file of the Git directory; none when it is absent."""
        blob = self.file(path)
        return blob.read().decode("utf-8", "replace").splitlines() if blob is not None else []

    def references(self) -> dict[str, str]:
        """Full name (``refs/tags/v1``) → object id (hex), loose ones before packed ones, sorted by name."""
        if self._references is None:
            found: dict[str, str] = {}
            for line in self.lines("packed-refs"):
                id, _, name = line.partition(" ")
                if ID.match(id) and name.startswith("refs/"):
                    found[name] = id
            for name in listing(self.base, "refs")[:REFERENCES]:
                value = (self.lines(f"refs/{name}") or [""])[0].strip().lower()
                if ID.match(value):
                    found[f"refs/{name}"] = value
            self._references = dict(sorted(found.items())[:REFERENCES])
        return self._references

    def head_commit(self) -> str | None:
        """Id of the commit that is checked out; None in a repository without commits.

        Raises NotExaminable when ``HEAD`` is no reference, or when the repository keeps references in another way.
        """
        value = self.head.read(4096).decode("utf-8", "replace").strip()
        name = value.removeprefix("ref:").strip()
        if name == "refs/heads/.invalid":
            raise NotExaminable(UNSUPPORTED, "Git references in a reftable")
        found = name.lower() if ID.match(name.lower()) else self.references().get(name)
        if found is None and not name.startswith("refs/"):
            raise NotExaminable(UNREADABLE, "HEAD names no commit and no reference")
        some = found or next(iter(self.references().values()), None)
        if some is not None:
            self.id_size = len(some) // 2
        return found

    def shallow(self) -> frozenset[str]:
        """Commits whose parents were cut off by a shallow clone."""
        return frozenset(line.strip() for line in self.lines("shallow"))

    def settings(self) -> Iterator[tuple[str, str, str, str]]:
        """Section, subsection, key and value of each line of the configuration; sections and keys in lower case."""
        section = ("", "")
        for line in self.lines("config"):
            if match := _SECTION.match(line.strip()):
                section = (match[1].lower(), match[2] or "")
                line = line.strip()[match.end() :]
            key, equals, value = line.partition("=")
            if equals:
                yield *section, key.strip().lower(), value.strip().strip('"')

    def remote(self) -> str | None:
        """Address of the remote ``origin``, else of the first one; None when there is none."""
        remotes: dict[str, str] = {}
        for section, name, key, value in self.settings():
            if section == "remote" and key == "url":
                remotes.setdefault(name, value)
        return remotes.get("origin") or min(remotes.items(), default=("", None))[1]

    def core(self, key: str) -> str | None:
        """The last value of ``core.<key>``; None when it is not set."""
        return next(
            (value for *section, name, value in reversed([*self.settings()]) if (*section, name) == ("core", "", key)),
            None,
        )

    def read(self, id: str, type: str) -> bytes:
        """Content of an object of this type. Raises NotExaminable when it is absent, broken or of another type."""
        found = self._find(id)
        if found is None:
            raise NotExaminable(UNREADABLE, "Git object that is not there")
        if found.type != type:
            raise NotExaminable(UNREADABLE, f"Git object that is no {type}")
        hasher = hashlib.sha1(usedforsecurity=False) if len(id) == 40 else hashlib.sha256()
        hasher.update(f"{type} {len(found.data)}\0".encode() + found.data)
        if hasher.hexdigest() != id:
            raise NotExaminable(UNREADABLE, "Git object whose content has another id")
        return found.data

    def peel(self, id: str) -> str:
        """The commit that a reference leads to through annotated tags. Raises NotExaminable."""
        for _ in range(8):
            found = self._find(id)
            if found is None or found.type != "tag":
                return id
            match = re.match(rb"object ([0-9a-f]{40}(?:[0-9a-f]{24})?)\n", found.data)
            if match is None:
                raise NotExaminable(UNREADABLE, "broken Git tag")
            id = match[1].decode("ascii")
        raise NotExaminable(OVER_LIMIT, "Git tags of tags")

    def commit(self, id: str) -> Commit:
        """The commit ``id``. Raises NotExaminable."""
        header = self.read(id, "commit").partition(b"\n\n")[0].decode("utf-8", "replace")
        fields = [line.partition(" ")[::2] for line in header.split("\n")]
        trees = [value for name, value in fields if name == "tree"]
        parents = tuple(value for name, value in fields if name == "parent")
        if len(trees) != 1 or not all(ID.match(value) for value in (*trees, *parents)):
            raise NotExaminable(UNREADABLE, "broken Git commit")
        match = _SIGNATURE.match(next((value for name, value in fields if name == "author"), ""))
        author = f"{match[1]} <{match[2]}>".strip()[:500] if match else None
        return Commit(id, trees[0], parents, author, int(match[3]) if match else None)

    def tree(self, id: str) -> Iterator[TreeEntry]:
        """Every leaf below a tree, in the order of the tree. Raises NotExaminable."""
        todo = [("", id, 0)]
        while todo:
            prefix, tree, depth = todo.pop()
            if depth > TREE_DEPTH:
                raise NotExaminable(OVER_LIMIT, f"Git tree deeper than {TREE_DEPTH}")
            folders = []
            for mode, name, entry in self._entries(self.read(tree, "tree")):
                if name in ("", ".", "..") or "/" in name or "\\" in name:
                    raise NotExaminable(UNREADABLE, "Git tree with an impossible name")
                if mode == "40000":
                    folders.append((f"{prefix}{name}/", entry, depth + 1))
                else:
                    yield TreeEntry(prefix + name, mode, entry)
            todo.extend(reversed(folders))

    def _entries(self, data: bytes) -> Iterator[tuple[str, str, str]]:
        at = 0
        while at < len(data):
            end = data.find(b"\0", at)
            mode, space, name = data[at:end].partition(b" ")
            at = end + 1 + self.id_size
            if end < 0 or not space or at > len(data):
                raise NotExaminable(UNREADABLE, "broken Git tree")
            yield mode.decode("ascii", "replace"), name.decode("utf-8", "replace"), data[end + 1 : at].hex()

    def _find(self, id: str) -> GitObject | None:
        found = self._loose_by_id(id)
        if found is not None:
            return found
        for pack in self._all_packs():
            offset = pack.find(id)
            if offset is not None:
                return pack.read(offset)
        return None

    def _lenders(self) -> list[Blob]:
        """``HEAD`` of this directory and of those whose objects it borrows (alternates) within the scanned root."""
        if self._stores is None:
            self._stores = [self.base]
            for store in self._stores:
                listed = _near(store, "objects/info/alternates")
                lines = listed.read().decode("utf-8", "replace").splitlines() if listed is not None else []
                for line in lines[:STORES]:
                    other = _near(store, posixpath.join("objects", line, "..", "HEAD")) if line else None
                    if other is not None and other.local not in [one.local for one in self._stores]:
                        self._stores.append(other)
                if len(self._stores) >= STORES:
                    break
        return self._stores[:STORES]

    def _loose(self, blob: Blob) -> GitObject:
        with blob.open() as stream:
            try:
                start = zlib.decompressobj().decompress(stream.read(4096), 64)
            except zlib.error:
                raise NotExaminable(UNREADABLE, "broken Git object") from None
            match = _HEADER.match(start)
            if match is None:
                raise NotExaminable(UNREADABLE, "broken Git object")
            size = match.end() + int(match[2])
            self._budget.spend(size)
            stream.seek(0)
            return GitObject(match[1].decode("ascii"), inflate(stream, size)[match.end() :])

    def _all_packs(self) -> list[Pack]:
        if self._packs is None:
            self._packs = []
            for store in self._lenders():
                for name in listing(store, "objects/pack")[: 4 * PACKS]:
                    path = f"objects/pack/{name.removesuffix('.idx')}.pack"
                    pack = _near(store, path) if name.endswith(".idx") else None
                    index = _near(store, f"objects/pack/{name}") if pack is not None else None
                    if pack is not None and index is not None:
                        self._packs.append(Pack(pack, index.read(), self.id_size, self._budget, self._loose_by_id))
        return self._packs

    def _loose_by_id(self, id: str) -> GitObject | None:
        for store in self._lenders():
            if (loose := _near(store, f"objects/{id[:2]}/{id[2:]}")) is not None:
                return self._loose(loose)
        return None


def _near(blob: Blob, path: str) -> Blob | None:
    return blob.near(path) if blob.near is not None else None
