"""The clock of this machine, held against PostgreSQL's and the running service's."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx
import psycopg

from ops.doctor import database
from ops.doctor.case import Case, NoDatabase
from ops.doctor.findings import Finding, Group, Ward

WEAK_S, WRONG_S = 2.0, 60.0
"""Signatures of webhooks and of test enquiries hold for minutes; logs of two machines are told apart by less."""
MEND = "timedatectl set-ntp true"
PATIENCE_S = 5


def findings(case: Case, now: Callable[[], float] = time.time) -> list[Finding]:
    """`now` gives seconds since 1970."""
    ward = Ward(Group.CLOCK)
    try:
        with case.database_url() as url, database.connect(url) as connection:
            connection.execute("SELECT 1")  # the first statement of a connection is slower
            began = now()
            row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
            assert row is not None
            _judge(ward, "PostgreSQL's", float(row[0]) - (began + now()) / 2, exact_to=(now() - began) / 2)
    except (NoDatabase, psycopg.Error) as fault:
        ward.unknown(f"PostgreSQL's clock cannot be asked: {fault}", "ops doctor --only database")
    if case.config:
        try:
            answer = httpx.get(f"{case.config.base_url}/api/v1/live", timeout=PATIENCE_S)
            told = parsedate_to_datetime(answer.headers["date"]).timestamp()
        except (httpx.HTTPError, KeyError, ValueError):
            return ward.findings
        # The header has whole seconds, so half of one is added.
        _judge(ward, "the service's", told + 0.5 - now(), exact_to=0.5)
    return ward.findings


def _judge(ward: Ward, whose: str, ahead: float, exact_to: float) -> None:
    apart = max(0.0, abs(ahead) - exact_to)
    direction = "behind" if ahead > 0 else "ahead of"
    told = f"This machine's clock is {apart:.1f} s {direction} {whose}"
    if apart > WRONG_S:
        ward.wrong(told, MEND)
    elif apart > WEAK_S:
        ward.weak(told, MEND)
    else:
        ward.fine(f"This machine's clock agrees with {whose} to {apart + exact_to:.1f} s")
