"""Reason codes of code that comes with a model, and of what makes a loader run it."""

from __future__ import annotations

from typing import Final

from scanner.inspectors.codes.terms import (
    EMBED_MALWARE,
    FETCH,
    LOCAL,
    MALICIOUS,
    REPLACE,
    REVIEW,
    UNKNOWN,
    UNSAFE_ARTIFACT,
    ReasonCode,
)

ROWS: Final[dict[str, ReasonCode]] = {
    "mar-handler-code": ReasonCode(UNKNOWN, "Python that the server runs", 94, UNSAFE_ARTIFACT, REVIEW),
    "mar-requirements": ReasonCode(
        UNKNOWN, "packages that the server would install from another place", 829, UNSAFE_ARTIFACT, LOCAL
    ),
    "repository-code": ReasonCode(UNKNOWN, "a loader runs Python of this repository", 829, UNSAFE_ARTIFACT, REVIEW),
    "repository-code-elsewhere": ReasonCode(
        UNKNOWN, "a loader fetches and runs Python of another repository", 829, UNSAFE_ARTIFACT, LOCAL
    ),
    "repository-code-missing": ReasonCode(
        UNKNOWN, "Python that a loader runs was not seen here", 829, UNSAFE_ARTIFACT, FETCH
    ),
    "repository-denied-reference": ReasonCode(
        MALICIOUS, "tells a loader to import something with a denied effect", 470, UNSAFE_ARTIFACT, REPLACE
    ),
    "repository-unlisted-reference": ReasonCode(
        UNKNOWN, "tells a loader to import something outside its library", 829, UNSAFE_ARTIFACT, REVIEW
    ),
    "repository-path": ReasonCode(MALICIOUS, "names weights or parts outside the folder", 22, UNSAFE_ARTIFACT, LOCAL),
    "start-up-code": ReasonCode(
        UNKNOWN, "runs at each start of Python, and lies where no such file belongs", 506, EMBED_MALWARE, REPLACE
    ),
    "git-runs-command": ReasonCode(
        "unknown; malicious when it fetches something",
        "a setting that Git runs as a command",
        78,
        UNSAFE_ARTIFACT,
        REVIEW,
    ),
    "code-starts-process": ReasonCode(
        "malicious at import or when it fetches something, else unknown", "starts a process", 78, EMBED_MALWARE, REPLACE
    ),
    "code-evaluates-text": ReasonCode(
        "malicious for decoded or fetched data, else unknown", "evaluates a text as code", 95, EMBED_MALWARE, REPLACE
    ),
    "code-loads-native": ReasonCode(
        "malicious for decoded or fetched data, else unknown",
        "loads compiled code",
        114,
        EMBED_MALWARE,
        REVIEW,
    ),
    "code-loads-pickle": ReasonCode(
        "malicious for decoded or fetched data, else unknown", "loads a pickle", 502, UNSAFE_ARTIFACT, REVIEW
    ),
    "code-network": ReasonCode(UNKNOWN, "opens a connection", 918, UNSAFE_ARTIFACT, REVIEW),
    "code-unreadable": ReasonCode(UNKNOWN, "Python that cannot be parsed", 1286, UNSAFE_ARTIFACT, REVIEW),
}
