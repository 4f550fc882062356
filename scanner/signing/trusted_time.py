"""When a signature without a sigstore certificate was made, if somebody trusted says so."""

from __future__ import annotations

from datetime import datetime

from scanner.signing.bundle import Bundle
from scanner.signing.keys import PublicKey
from scanner.signing.result import TimeSource
from scanner.signing.signed import Signed
from scanner.signing.trust import Trust

NO_TIME_WARNING = "no trusted timestamp"


def find_time(
    bundle: Bundle, signed: Signed, key: PublicKey, trust: Trust, now: datetime
) -> tuple[datetime | None, TimeSource]:
    """The earliest time that a log or a timestamp authority of the trust file proves for this signature by ``key``.

    Raises :class:`~scanner.signing.result.Rejected` when a trusted log contradicts the bundle.
    """
    if not trust.sigstore or not (bundle.log_entries or bundle.timestamps):
        return None, "none"
    from scanner.signing import sigstore_backend

    found: list[tuple[datetime, TimeSource]] = []
    if bundle.log_entries:
        logged = sigstore_backend.key_entry_time(bundle, signed, key, trust.sigstore, now)
        if logged is not None:
            found.append((logged, "rekor-set"))
    stamped = sigstore_backend.timestamp_time(bundle.timestamps, signed, trust.sigstore, now)
    if stamped is not None:
        found.append((stamped, "rfc3161"))
    return min(found) if found else (None, "none")
