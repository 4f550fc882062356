"""The only place where an :class:`~scanner.model.ArtifactRef` is made.

Keys are written ``scheme:value``. Content digests come first, canonical package URLs second, record ids third; a path or
a name is the weakest way to point at something and only ever joins as ``inferred``. Upper-case digests, non-canonical
package names and absolute build paths are normalised here and nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Final

from packageurl import PackageURL
from packaging.utils import canonicalize_name

from scanner.model import ArtifactRef

HEX_LENGTH: Final[Mapping[str, int]] = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}
CONTENT_SCHEMES: Final = ("sha256", "sha512", "sha1", "md5", "md5-dos2unix", "git-blob", "git-blob-sha256", "dvc-dir")
_STRENGTH: Final = {"sha256": 0, "pkg": 1, "git": 1, "record": 2, "place": 2, "path": 4, "name": 5}
_DIGEST_STRENGTH: Final = 3
_PLAIN_PURL: Final = re.compile(r"(pkg:[a-z]+(?:/[a-z0-9][a-z0-9.-]*)+)(?:@[^@/?#]+)?(?:[?#].*)?\Z")
"""Package URLs that are in canonical form up to their version, as nearly all are; others are parsed."""
SMALL: Final = 64
"""Files below this size (bytes) are told apart by place: equal content there means nothing."""
ANY_STORE: Final = "/*#"
"""In the key of a record whose system is known and whose store is not."""
_HEX: Final = re.compile(r"[0-9a-f]+\Z")


def hex_digest(algorithm: str, text: str) -> str | None:
    """``text`` as lower-case hex, or None when it is not a digest of that algorithm.

    Accepts bare hex in any case, ``algorithm:hex``, SRI (``sha512-<base64>``) and RECORD style (urlsafe base64 without
    padding).
    """
    length = HEX_LENGTH[algorithm]
    value = text.strip()
    for prefix in (f"{algorithm}:", f"{algorithm}=", f"{algorithm}-"):
        value = value.removeprefix(prefix)
    lowered = value.lower()
    if len(lowered) == length and _HEX.match(lowered):
        return lowered
    try:
        raw = base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) * 2 == length else None


def scheme_of(ref: ArtifactRef) -> str:
    """The scheme of a reference's key."""
    return ref.key.partition(":")[0]


def is_content(ref: ArtifactRef) -> bool:
    """Whether the reference names its artifact by a digest of its content."""
    return scheme_of(ref) in CONTENT_SCHEMES


def strength(ref: ArtifactRef) -> tuple[int, str, str]:
    """Sort key of identities that are known to be one: the smallest is kept."""
    weakened = _DIGEST_STRENGTH if ANY_STORE in ref.key else 0
    return max(_STRENGTH.get(scheme_of(ref), _DIGEST_STRENGTH), weakened), ref.kind, ref.key


def content(kind: str, digest: str, algorithm: str = "sha256") -> ArtifactRef:
    """An artifact named by a content digest (lower-case hex)."""
    return ArtifactRef(kind, f"{algorithm}:{digest.lower()}")


def file(sha256: str, size: int, path: str) -> ArtifactRef:
    """A file by its content; a file below :data:`SMALL` bytes also by its place, so that empty files stay apart."""
    return content("file", sha256) if size >= SMALL else ArtifactRef("file", f"place:{sha256[:16]}@{path}")


def at_path(kind: str, path: str) -> ArtifactRef:
    """Whatever lies at ``path`` of this scan: how a record that gives no digest points at a file."""
    return ArtifactRef(kind, f"path:{path}")


def named(kind: str, name: str) -> ArtifactRef:
    """Something known by a claimed name only."""
    return ArtifactRef(kind, f"name:{name}")


def record(kind: str, system: str, store: str, id: str) -> ArtifactRef:
    """A record of a system (``mlflow``, ``dvc``), in one store of it, by its own id."""
    return ArtifactRef(kind, f"record:{system}/{store}#{id}")


def placed(kind: str, path: str, name: str = "") -> ArtifactRef:
    """Something that a file of this scan defines: a deployment in a manifest, a pipeline in a workflow file."""
    return ArtifactRef(kind, f"place:{path}#{name}" if name else f"place:{path}")


def image_id(config_sha256: str) -> ArtifactRef:
    """An image by the digest of its configuration; the digest of its manifest, which names this one, is stronger."""
    return ArtifactRef("image", f"config:{config_sha256.lower()}")


def commit(id: str) -> ArtifactRef:
    """A commit by its full id (40 or 64 hex digits)."""
    return ArtifactRef("commit", f"git:{id.lower()}")


def release(name: str) -> ArtifactRef:
    """The release candidate under scan."""
    return ArtifactRef("release", f"place:{name}")


def group_digest(members: Iterable[tuple[str, str]]) -> str:
    """sha256 (hex) over sorted ``name NUL digest LF`` lines: the identity of something made of several files.

    A single member is its own identity, so that one weight file and a model of one file are found equal.
    """
    pairs = sorted(members)
    if len(pairs) == 1:
        return pairs[0][1]
    hasher = hashlib.sha256()
    for name, digest in pairs:
        hasher.update(f"{name}\0{digest}\n".encode("utf-8", "surrogateescape"))
    return hasher.hexdigest()


def package_url(
    type: str,
    name: str,
    version: str | None,
    namespace: str | None = None,
    qualifiers: Mapping[str, str] | None = None,
) -> str:
    """A canonical package URL (purl specification); PyPI names by PEP 503. What is no Unicode text is replaced."""
    if type == "pypi":
        name = canonicalize_name(name)
    known = {key: _unicode(value) for key, value in (qualifiers or {}).items()}
    return PackageURL(
        type, namespace and _unicode(namespace), _unicode(name), version and _unicode(version), known
    ).to_string()


def _unicode(text: str) -> str:
    """A text without halves of surrogate pairs, which hostile JSON can hold and no URL can."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def canonical_purl(text: str) -> str | None:
    """A package URL of a record in canonical form, without subpath; None when it is none."""
    try:
        parsed = PackageURL.from_string(text)
    except ValueError:
        return None
    qualifiers = parsed.qualifiers if isinstance(parsed.qualifiers, dict) else {}
    return package_url(parsed.type, parsed.name, parsed.version, parsed.namespace, qualifiers)


def package(purl: str) -> ArtifactRef:
    """A package by its canonical package URL."""
    return ArtifactRef("package", purl)


def pypi(name: str, version: str | None) -> ArtifactRef:
    """A PyPI package by name and version."""
    return package(package_url("pypi", name, version))


def without_version(purl: str) -> str:
    """The package URL without version, qualifiers and subpath: a package's identity in waivers and fingerprints."""
    plain = _PLAIN_PURL.match(purl)
    if plain is not None:
        return plain[1]
    parsed = PackageURL.from_string(purl)
    return PackageURL(parsed.type, parsed.namespace, parsed.name).to_string()


def relative_path(path: str) -> str | None:
    """``path`` of a record as a normal relative path, or None when it is absolute, empty or leaves its root."""
    text = path.replace("\\", "/")
    if not text or text.startswith("/") or re.match(r"[A-Za-z]:", text) or "\0" in text:
        return None
    clean = posixpath.normpath(text)
    return None if clean.startswith("../") or clean == ".." else clean


def folder(path: str) -> str:
    """How every place in the folder of ``path`` begins: up to its last ``/`` or ``!``; empty at the top of the scan."""
    return path[: max(path.rfind("/"), path.rfind("!")) + 1]


def beside(path: str, relative: str) -> str | None:
    """``relative`` of a record at ``path``, as a path of this scan; None when it leaves the root of the scan.

    A record inside a container (``outer!inner``) points inside the same container.
    """
    outer, bang, inner = path.rpartition("!")
    text = relative.replace("\\", "/")
    if not text or text.startswith("/") or re.match(r"[A-Za-z]:", text) or "\0" in text:
        return None
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(inner), text))
    if joined == ".." or joined.startswith("../"):
        return None
    return f"{outer}{bang}{joined}"
