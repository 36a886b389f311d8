"""The clock of this machine, compared with PostgreSQL's and the running service's."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx
import psycopg

from ops.doctor import database
from ops.doctor.context import DoctorContext, NoDatabaseError
from ops.doctor.findings import FINE, UNKNOWN, WEAK, WRONG, Findings

# Signatures of webhooks and of test enquiries hold for minutes; logs of two machines need less.
WEAK_S, WRONG_S = 2.0, 60.0
TIMEOUT_S = 5


def check(context: DoctorContext, findings: Findings, now: Callable[[], float] = time.time) -> None:
    """`now` returns seconds since 1970."""
    try:
        with context.open_database() as url, database.connect(context, url) as connection:
            connection.execute("SELECT 1")  # the first statement of a connection is slower
            began = now()
            row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
            assert row is not None
            _compare(findings, "PostgreSQL's", float(row[0]) - (began + now()) / 2, exact_to=(now() - began) / 2)
    except (NoDatabaseError, psycopg.Error) as error:
        findings.add(UNKNOWN, f"PostgreSQL's clock cannot be read: {error.args[0]}", "ops doctor --only database")
    if context.config:
        try:
            response = httpx.get(f"{context.config.base_url}/api/v1/live", timeout=TIMEOUT_S)
            seconds = parsedate_to_datetime(response.headers["date"]).timestamp()
        except (httpx.HTTPError, KeyError, ValueError):
            return
        # The header has whole seconds, so half of one is added.
        _compare(findings, "the service's", seconds + 0.5 - now(), exact_to=0.5)


def _compare(findings: Findings, whose: str, ahead: float, exact_to: float) -> None:
    apart = max(0.0, abs(ahead) - exact_to)
    what = f"This machine's clock is {apart:.1f} s {'behind' if ahead > 0 else 'ahead of'} {whose}"
    if apart > WEAK_S:
        findings.add(WRONG if apart > WRONG_S else WEAK, what, "timedatectl set-ntp true")
    else:
        findings.add(FINE, f"This machine's clock agrees with {whose} to {apart + exact_to:.1f} s")
