"""Symbolic links of an image, and the paths that its layers hide: links are followed inside the root of the image only.

Whiteouts: OCI image layer specification, ``.wh.name`` and ``.wh..wh..opq``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

from scanner import identity
from scanner.graph import ArtifactView
from scanner.model import ArtifactRef, EvidenceBuilder, Location
from scanner.records.plain import mappings, text

WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"
LINKED: Final = ("model", "dataset")
"""Kinds that are told at the places of symbolic links, too: programs are pointed at them by such names."""
HOPS: Final = 40
"""Links that may lead on to others, as in Linux."""
STEPS: Final = 256
"""Names on the way through links from one path to where it leads."""
ALIASES: Final = 10_000
PATH: Final = 4096


def links_of(layer: ArtifactView) -> dict[str, str]:
    """Path and target of every symbolic link in the archive of a layer."""
    return {
        path: target
        for one in mappings(layer.groups.get("links"))
        if (path := identity.relative_path(text(one.get("path"), PATH) or ""))
        and (target := text(one.get("target"), PATH))
    }


def hide_links(links: dict[str, tuple[str, str]], found: Iterable[str]) -> None:
    """Drop the links that this layer's whiteouts hide or its files replace. A file below a link lies in its target."""
    gone: set[str] = set()
    trees: set[str] = set()
    for path in found:
        folder, base = path.rpartition("/")[0], base_name(path)
        if base == OPAQUE:
            trees.add(folder)
        elif base.startswith(WHITEOUT):
            gone.add(f"{folder}/{base.removeprefix(WHITEOUT)}".removeprefix("/"))
        else:
            gone.add(path)
    for path in list(links):
        if path in gone or not trees.isdisjoint(above := folders_above(path)) or not gone.isdisjoint(above):
            del links[path]


def state_links(
    builder: EvidenceBuilder,
    visible: Mapping[str, tuple[str, list[ArtifactRef]]],
    links: Mapping[str, tuple[str, str]],
    archives: Mapping[str, str],
) -> None:
    """Models and data at the places that visible symbolic links give them."""
    shown = {path: refs for path, (_, all) in visible.items() if (refs := [ref for ref in all if ref.kind in LINKED])}
    paths = sorted(shown)
    targets = {path: target for path, (_, target) in links.items()}
    left = ALIASES
    for path in sorted(links) if shown else ():
        real = resolve(targets, path)
        if not real:
            continue
        at = bisect_left(paths, real)
        while at < len(paths) and (paths[at] == real or paths[at].startswith(f"{real}/")) and left:
            place = Location(f"{archives[links[path][0]]}!{path}{paths[at][len(real) :]}")
            for ref in shown[paths[at]]:
                builder.artifact(ref, place)
            at, left = at + 1, left - 1


def resolve(links: Mapping[str, str], path: str) -> str | None:
    """Where ``path`` leads through symbolic links, inside the root of the image; None where they never end.

    An absolute target begins at the root, and nothing is above the root, as for a process in a container.
    """
    todo, done, hops = path.split("/")[::-1], list[str](), 0
    for _ in range(STEPS):
        if not todo:
            return "/".join(done)
        part = todo.pop()
        if part == "..":
            del done[-1:]
        elif part not in ("", "."):
            done.append(part)
            if (target := links.get("/".join(done))) is not None:
                hops += 1
                if hops > HOPS:
                    return None
                done = [] if target.startswith("/") else done[:-1]
                todo += target.split("/")[::-1]
    return None


def folders_above(path: str) -> list[str]:
    """Every folder above a path, the root as the empty text."""
    return ["", *(path[:cut] for cut, sign in enumerate(path) if sign == "/")]


def base_name(path: str) -> str:
    return path.rpartition("/")[2]
