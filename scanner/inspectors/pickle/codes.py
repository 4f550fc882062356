"""Every reason the pickle analyser can give: one row a code, with its weight and its place in public catalogues.

``level`` is the verdict that the reason alone leads to. CWE is the MITRE weakness number, ATLAS the technique of
MITRE ATLAS (Unsafe AI Artifacts, Embed Malware, Corrupt AI Model, Denial of AI Service).
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

Level: TypeAlias = Literal["malicious", "not-examined", "unknown"]

UNSAFE_ARTIFACT: Final = "AML.T0011.000"
EMBED_MALWARE: Final = "AML.T0018.002"
CORRUPT_MODEL: Final = "AML.T0076"
DENIAL: Final = "AML.T0029"


class Code(NamedTuple):
    """Meaning of one reason code."""

    level: Level
    effect: str
    title: str
    cwe: int
    atlas: str


CODES: Final[dict[str, Code]] = {
    "runs-code": Code("malicious", "run", "reference to something that runs code", 94, UNSAFE_ARTIFACT),
    "runs-code-third-party": Code(
        "malicious", "third-party-run", "reference to a library function that runs code", 94, UNSAFE_ARTIFACT
    ),
    "indirection": Code("malicious", "indirection", "reference that reaches any other object", 470, UNSAFE_ARTIFACT),
    "registry-tampering": Code("malicious", "registry", "reference to a global registry", 471, UNSAFE_ARTIFACT),
    "file-access": Code("malicious", "file", "reference to something that reads or writes files", 73, UNSAFE_ARTIFACT),
    "network-access": Code(
        "malicious", "network", "reference to something that uses the network", 918, UNSAFE_ARTIFACT
    ),
    "nested-load": Code("malicious", "nested-load", "reference to a loader of further code", 502, UNSAFE_ARTIFACT),
    "dotted-traversal": Code(
        "malicious", "traversal", "name that walks through attributes to an effect", 470, UNSAFE_ARTIFACT
    ),
    "computed-name": Code("malicious", "hidden", "name of a reference is computed while loading", 470, EMBED_MALWARE),
    "oversized-name": Code("malicious", "hidden", "name of a reference is too long to be one", 470, EMBED_MALWARE),
    "extension-code": Code("malicious", "hidden", "reference hidden behind an extension code", 470, EMBED_MALWARE),
    "call-of-result": Code("malicious", "hidden", "call of something that a call returned", 470, EMBED_MALWARE),
    "changes-reference": Code(
        "malicious", "registry", "changes a class, function or module of the process", 471, UNSAFE_ARTIFACT
    ),
    "executed-attribute": Code("malicious", "run", "object state that its class executes as code", 94, UNSAFE_ARTIFACT),
    "raw-reference": Code("malicious", "run", "denied reference in bytes behind the readable part", 502, CORRUPT_MODEL),
    "hidden-pickle": Code("malicious", "hidden", "malicious pickle inside a data value", 502, EMBED_MALWARE),
    "memo-index-bomb": Code("malicious", "exhaust", "memo index far above the number of entries", 789, DENIAL),
    "huge-integer": Code("malicious", "exhaust", "integer of excessive length", 400, DENIAL),
    "reference-bomb": Code("malicious", "exhaust", "containers that multiply by shared references", 400, DENIAL),
    "constant-bomb": Code("malicious", "exhaust", "call that allocates a huge object", 789, DENIAL),
    "length-bomb": Code("malicious", "exhaust", "length field far beyond the end of the file", 789, DENIAL),
    "array-padding": Code("malicious", "hidden", "padding of an embedded array holds other bytes", 502, EMBED_MALWARE),
    "unlisted-reference": Code("unknown", "unknown", "reference on neither list", 502, UNSAFE_ARTIFACT),
    "unlisted-argument": Code("unknown", "unknown", "listed callable with unlisted arguments", 502, UNSAFE_ARTIFACT),
    "evaluated-text": Code(
        "unknown", "unknown", "object state with text that its class evaluates", 95, UNSAFE_ARTIFACT
    ),
    "persistent-id": Code("unknown", "unknown", "persistent id of unknown form", 502, UNSAFE_ARTIFACT),
    "special-attribute": Code("unknown", "unknown", "object state sets a special attribute", 471, UNSAFE_ARTIFACT),
    "empty": Code("not-examined", "none", "no bytes", 1286, CORRUPT_MODEL),
    "truncated": Code("not-examined", "none", "ends before its STOP opcode", 1286, CORRUPT_MODEL),
    "bad-opcode": Code("not-examined", "none", "byte that is no opcode", 1286, CORRUPT_MODEL),
    "bad-operand": Code("not-examined", "none", "operand that cannot be read", 1286, CORRUPT_MODEL),
    "bad-stack": Code("not-examined", "none", "opcode without its values on the stack", 1286, CORRUPT_MODEL),
    "bad-memo": Code("not-examined", "none", "memo entry that does not exist", 1286, CORRUPT_MODEL),
    "bad-protocol": Code("not-examined", "none", "protocol above 5", 1286, CORRUPT_MODEL),
    "trailing-data": Code("not-examined", "none", "bytes behind the last pickle are no pickle", 1286, CORRUPT_MODEL),
    "array-unsized": Code("not-examined", "none", "embedded array of unknown size", 1286, CORRUPT_MODEL),
    "over-budget": Code("not-examined", "none", "more work than the budget allows", 400, DENIAL),
    "out-of-memory": Code("not-examined", "none", "memory limit reached", 400, DENIAL),
}
"""Reason code to meaning; the order of levels is malicious > not-examined > unknown."""

CODE_OF_EFFECT: Final = {
    "run": "runs-code",
    "third-party-run": "runs-code-third-party",
    "indirection": "indirection",
    "registry": "registry-tampering",
    "file": "file-access",
    "network": "network-access",
    "nested-load": "nested-load",
    "traversal": "dotted-traversal",
}
"""Effect of a denied reference to its reason code."""
