"""Licences as people write them → SPDX ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from license_expression import Licensing

LENGTH: Final = 500
STATED: Final = 200
"""Different texts looked at for one subject."""
UNKNOWN: Final = "NOASSERTION"
FREE_TEXT: Final[Mapping[str, str]] = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "asl 2": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd-3": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gplv2": "GPL-2.0-only",
    "gplv3": "GPL-3.0-only",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "lgpl": "LGPL-2.1-or-later",
    "mit license": "MIT",
    "mit/x11": "MIT",
    "x11 (mit)": "MIT",
    "mit no attribution license (mit-0)": "MIT-0",
    "the mit license": "MIT",
    "expat": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl 2.0": "MPL-2.0",
    "psf": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "universal permissive license (upl)": "UPL-1.0",
    "zope public license": "ZPL-2.1",
    "zlib/libpng license": "Zlib",
}
"""Classifiers of the Python package index and common spellings; a family without a version (``BSD``) is not here."""


_GNU: Final = re.compile(r"(?i)([al]?gpl)[-_ ]?v?([123](?:\.\d)?)(?:\.0)?(\+| or later)?\Z")
"""``GPL-2+``, ``LGPLv2.1``: Debian's copyright format 1.0 and common usage."""


@cache
def _licensing() -> Licensing:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def licence_ids(stated: Iterable[str]) -> list[str]:
    """SPDX ids named by what was stated, sorted; ``NOASSERTION`` stands for a part that names none we know.

    A licence with an exception is one id (``GPL-2.0-only WITH Classpath-exception-2.0``): its terms are not those of the
    licence alone. Whether parts are joined by AND or by OR is not kept.
    """
    texts = sorted({" ".join(text.split()) for text in stated})
    found = {UNKNOWN} if len(texts) > STATED else set[str]()
    for text in texts[:STATED]:
        found |= _ids(text)
    return sorted(found)


def _ids(text: str) -> set[str]:
    if not text or text.upper() in ("UNKNOWN", "NONE", "N/A"):
        return set()
    if (known := _spelled(text)) is not None:
        return {known}
    if len(text) > LENGTH:
        return {UNKNOWN}
    from license_expression import ExpressionError

    try:
        parsed = _licensing().parse(text)
    except (ExpressionError, AttributeError, TypeError, RecursionError):
        return {UNKNOWN}
    return set() if parsed is None else {_id(symbol) for symbol in parsed.symbols}


def _spelled(text: str) -> str | None:
    """The id behind a spelling that is no SPDX expression."""
    known = FREE_TEXT.get(text.lower().rstrip("."))
    if known is None and (gnu := _GNU.match(text)):
        version = gnu[2] if "." in gnu[2] else f"{gnu[2]}.0"
        known = f"{gnu[1].upper()}-{version}-{'or-later' if gnu[3] else 'only'}"
        return known if known in _licensing().known_symbols else None
    return known


def _id(symbol: Any) -> str:
    """The id of one symbol of an expression, ``licence WITH exception`` included."""
    parts = [symbol.license_symbol, symbol.exception_symbol] if hasattr(symbol, "exception_symbol") else [symbol]
    names = [_known(str(part.key)) for part in parts]
    return UNKNOWN if UNKNOWN in names else " WITH ".join(names)


def _known(key: str) -> str:
    if key.startswith("LicenseRef-") or key in _licensing().known_symbols:
        return key
    return _spelled(key) or UNKNOWN
