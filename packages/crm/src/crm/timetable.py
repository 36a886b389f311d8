"""What the worker does, and when: names of jobs on the left, their functions on the right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from crm.accounts import account_mail
from crm.accounts.auth import jobs as auth_jobs
from crm.accounts.auth import recovery as auth_recovery
from crm.accounts.settings import jobs as settings_jobs
from crm.inbound import mailbox
from crm.inbound.intake import jobs as intake_jobs
from crm.kernel import jobs
from crm.kernel.http import idempotency
from crm.kernel.jobs import Job
from crm.outbound import notifications, webhooks
from crm.records.emails import attached_files as email_files
from crm.records.emails import outgoing as outgoing_emails
from crm.records.files import jobs as files_jobs
from crm.records.tasks import jobs as tasks_jobs
from crm.workspace import bulk_changes, imports, normal_forms, search, undo
from crm.workspace.erasure import jobs as erasure_jobs
from crm.workspace.operations import jobs as operations_jobs
from crm.workspace.reminders import jobs as reminders_jobs


class Recurring(msgspec.Struct, frozen=True):
    """A scheduled job. `expression` is cron in UTC; `every` is the longest healthy time between two runs."""

    name: str
    expression: str
    every: timedelta
    job: Job


JOBS: Mapping[str, Job] = {
    account_mail.JOB: account_mail.send,
    auth_recovery.JOB: auth_recovery.send_link,
    mailbox.PROCESS_JOB: mailbox.process,
    mailbox.FETCH_JOB: mailbox.fetch,
    outgoing_emails.JOB: outgoing_emails.send,
    "deliver_webhook": webhooks.deliver,
    "send_notification": notifications.send,
    bulk_changes.JOB: bulk_changes.run,
    imports.JOB: imports.run,
    undo.JOB: undo.run,
    "mail_new_owner": notifications.mail_new_owner,
    reminders_jobs.SEND_REMINDER: reminders_jobs.send_reminder,
    reminders_jobs.SEND_DIGEST: reminders_jobs.send_digest,
    "sink_notification": notifications.record_in_test_channel,
}

RECURRING: tuple[Recurring, ...] = (
    Recurring("tidy_sign_ins", "17 * * * *", timedelta(hours=3), auth_jobs.tidy_sign_ins),
    Recurring("settle_submissions", "* * * * *", timedelta(minutes=5), intake_jobs.process_stuck),
    Recurring("purge_submissions", "41 3 * * *", timedelta(days=2), intake_jobs.purge),
    Recurring("index_pending", "* * * * *", timedelta(minutes=5), search.index_pending),
    Recurring("normalize_stored", "* * * * *", timedelta(minutes=5), normal_forms.normalize_stored),
    Recurring("forget_synthetic", "49 * * * *", timedelta(hours=3), intake_jobs.forget_synthetic),
    Recurring("adopt_next_steps", "*/5 * * * *", timedelta(minutes=20), tasks_jobs.adopt_next_steps),
    Recurring("plan_reminders", "* * * * *", timedelta(minutes=5), reminders_jobs.plan_reminders),
    Recurring("plan_digests", "*/5 * * * *", timedelta(minutes=20), reminders_jobs.plan_digests),
    Recurring("forget_reminders", "37 4 * * *", timedelta(days=2), reminders_jobs.forget),
    Recurring("purge_tasks", "57 3 * * *", timedelta(days=2), tasks_jobs.purge),
    Recurring("forget_email_files", "27 * * * *", timedelta(hours=3), email_files.forget_old),
    Recurring("move_files", "*/5 * * * *", timedelta(minutes=20), files_jobs.move_to_store),
    Recurring("remove_unused_files", "29 * * * *", timedelta(hours=3), files_jobs.remove_unused),
    Recurring("empty_trash", "53 3 * * *", timedelta(days=2), erasure_jobs.empty),
    Recurring("forget_changes", "59 3 * * *", timedelta(days=2), undo.delete_old),
    Recurring("forget_imports", "1 4 * * *", timedelta(days=2), imports.delete_old),
    Recurring("tidy_jobs", "23 * * * *", timedelta(hours=3), jobs.tidy),
    Recurring("forget_repeats", "31 3 * * *", timedelta(days=2), idempotency.forget_old),
    Recurring("forget_deliveries", "7 4 * * *", timedelta(days=2), operations_jobs.delete_old_deliveries),
    Recurring("forget_notifications", "11 4 * * *", timedelta(days=2), operations_jobs.delete_old_notifications),
    Recurring("forget_audit", "19 4 * * *", timedelta(days=2), settings_jobs.delete_old_audit_entries),
)
