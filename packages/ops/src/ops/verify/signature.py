"""How an enquiry is signed as a trial: `X-Synthetic: t=<seconds>,v1=<HMAC-SHA256 of "<seconds>." and the body>`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from house import keys, postgres
from ops.verify.target import Target

VARIABLE = "SYNTHETIC_KEY"
VALID_S = 300
"""Seconds before and after its time for which the service takes a signature."""


def shared_key(environ: Mapping[str, str], target: Target) -> str:
    """What enquiries are signed with; on this machine, what `ops dev` keeps. Empty where there is none."""
    if target.local:
        kept = postgres.data_folder(environ) / keys.SYNTHETIC_KEY
        return kept.read_text("ascii").strip() if kept.exists() else ""
    return environ.get(VARIABLE, "").strip()


def signature(key: str, moment: int, body: bytes) -> str:
    """The value of X-Synthetic for these bytes."""
    mark = hmac.new(key.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mark}"
