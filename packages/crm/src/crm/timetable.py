"""Lists the jobs of the worker: the name of each job, its function, and its schedule if it has one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from crm import notifications, webhooks
from crm.auth import jobs as auth_jobs
from crm.intake import jobs as intake_jobs
from crm.kernel import jobs
from crm.kernel.http import idempotency
from crm.kernel.jobs import Job
from crm.trash import jobs as trash_jobs


class Recurring(msgspec.Struct, frozen=True):
    """A scheduled job. `expression` is cron in UTC; `every` is the longest healthy gap between two runs."""

    name: str
    expression: str
    every: timedelta
    job: Job


JOBS: Mapping[str, Job] = {
    "deliver_webhook": webhooks.deliver,
    "send_notification": notifications.send,
    "sink_notification": notifications.take_in_sink,
}

RECURRING: tuple[Recurring, ...] = (
    Recurring("tidy_sign_ins", "17 * * * *", timedelta(hours=3), auth_jobs.tidy_sign_ins),
    Recurring("settle_submissions", "* * * * *", timedelta(minutes=5), intake_jobs.process_stuck),
    Recurring("purge_submissions", "41 3 * * *", timedelta(days=2), intake_jobs.purge),
    Recurring("forget_synthetic", "49 * * * *", timedelta(hours=3), intake_jobs.forget_synthetic),
    Recurring("empty_trash", "53 3 * * *", timedelta(days=2), trash_jobs.empty),
    Recurring("tidy_jobs", "23 * * * *", timedelta(hours=3), jobs.tidy),
    Recurring("forget_repeats", "31 3 * * *", timedelta(days=2), idempotency.forget_old),
    Recurring("forget_deliveries", "7 4 * * *", timedelta(days=2), webhooks.forget_old),
    Recurring("forget_notifications", "11 4 * * *", timedelta(days=2), notifications.forget_old),
)
