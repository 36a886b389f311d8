"""Table of contents 3: what the worker does, and when. Names of jobs on the left, their functions on the right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from crm.auth import jobs as auth_jobs
from crm.kernel.jobs import Job


class Recurring(msgspec.Struct, frozen=True):
    """A job of the clock. `expression` is cron in UTC; `every` is the longest silence that is still healthy."""

    name: str
    expression: str
    every: timedelta
    job: Job


JOBS: Mapping[str, Job] = {}

RECURRING: tuple[Recurring, ...] = (
    Recurring("tidy_sign_ins", "17 * * * *", timedelta(hours=3), auth_jobs.tidy_sign_ins),
)
