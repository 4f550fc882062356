"""What a row of a reason code is made of: techniques, advice, verdicts.

Sources: MITRE CWE 4.18; MITRE ATLAS 2026.09.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from scanner.inspectors.pickle.codes import CORRUPT_MODEL, DENIAL, EMBED_MALWARE, UNSAFE_ARTIFACT

ARCHITECTURE: Final = "AML.T0018.001"
PROMPT_LOGIC: Final = "AML.T0018.003"
MASQUERADING: Final = "AML.T0074"

TECHNIQUES: Final = {
    UNSAFE_ARTIFACT: "User Execution: Unsafe AI Artifacts",
    ARCHITECTURE: "Manipulate AI Model: Modify AI Model Architecture",
    EMBED_MALWARE: "Manipulate AI Model: Embed Malware",
    PROMPT_LOGIC: "Manipulate AI Model: Modify Prompt Construction Logic",
    DENIAL: "Denial of AI Service",
    MASQUERADING: "Masquerading",
    CORRUPT_MODEL: "Corrupt AI Model",
}
"""ATLAS technique to its name, with the technique that it is a part of."""

REPLACE: Final = (
    "Do not load it; ask its maker for the weights as safetensors, ONNX or GGUF, and search where it was loaded."
)
REVIEW: Final = "Find out what the named thing does; have its maker remove it, or accept it in writing by a waiver."
REPACK: Final = "Have its maker save it again with the format's own library; no such library writes this."
FETCH: Final = "Fetch the file again from where it was published and compare its digest with the published one."
SHRINK: Final = "Load it only where memory and time are limited; ask its maker why it needs so much."
LOCAL: Final = "Have its maker put everything that the model needs into its own folder, under relative names."
TEMPLATE: Final = (
    "Compare the template with the one its maker publishes, and remove what is not part of a conversation."
)
RENAME: Final = "Find out who put it there; remove it, or give it the name of what it is."


class ReasonCode(NamedTuple):
    """Meaning of one reason code.

    ``verdicts`` is the verdict that the reason alone leads to, in words; ``cwe`` the MITRE weakness number; ``atlas`` a
    key of :data:`TECHNIQUES`; ``help`` one sentence that says what to do.
    """

    verdicts: str
    title: str
    cwe: int
    atlas: str
    help: str


MALICIOUS: Final = "malicious"
UNKNOWN: Final = "unknown"

__all__ = [
    "ARCHITECTURE",
    "CORRUPT_MODEL",
    "DENIAL",
    "EMBED_MALWARE",
    "FETCH",
    "LOCAL",
    "MALICIOUS",
    "MASQUERADING",
    "PROMPT_LOGIC",
    "RENAME",
    "REPACK",
    "REPLACE",
    "REVIEW",
    "SHRINK",
    "TECHNIQUES",
    "TEMPLATE",
    "UNKNOWN",
    "UNSAFE_ARTIFACT",
    "ReasonCode",
]
