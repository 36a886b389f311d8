"""Which monitors follow from `site.toml`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from crm import timetable
from crm.workspace.operations.checks import BACKUP_EVERY, RESTORE_TEST_EVERY
from ops import backup
from ops.uptime.monitors import BACKUP_JOBS, list_monitors
from shared.site_config import SiteConfig


def test_every_public_host_has_a_monitor(facts: SiteConfig):
    hosts = {urlsplit(each.url).hostname for each in list_monitors(facts) if each.url}
    assert hosts == set(msgspec.structs.asdict(facts.domains).values())
    assert [each.label for each in list_monitors(facts) if each.status == 301] == ["www redirect"]


def test_a_blog_on_its_own_host_has_one_monitor(facts: SiteConfig):
    moved = msgspec.structs.replace(facts, blog=msgspec.structs.replace(facts.blog, placement="subdomain"))
    assert [each.label for each in list_monitors(moved) if "blog" in each.url] == ["Blog"]


def test_every_scheduled_job_and_both_backups_have_a_heartbeat(facts: SiteConfig):
    jobs = {each.job: each for each in list_monitors(facts) if each.job}
    assert set(jobs) == {each.name for each in timetable.RECURRING} | {"backup_create", "backup_drill"}
    assert jobs["settle_submissions"].period_s == 300


def test_the_heartbeats_of_backups_are_late_when_the_crm_calls_them_late():
    assert [period + grace for _, period, grace in BACKUP_JOBS] == [BACKUP_EVERY, RESTORE_TEST_EVERY]


def test_the_heartbeats_of_backups_have_the_names_that_the_commands_send():
    source = "".join(path.read_text("utf-8") for path in Path(backup.__file__).parent.rglob("*.py"))
    assert all(f'"{job}"' in source for job, _, _ in BACKUP_JOBS)


def test_without_heartbeats_there_are_only_hosts(facts: SiteConfig):
    quiet = msgspec.structs.replace(facts, uptime=msgspec.structs.replace(facts.uptime, heartbeats=False))
    assert {each.job for each in list_monitors(quiet)} == {""}


def test_names_and_keywords_are_as_short_as_the_providers_ask(facts: SiteConfig):
    assert all(len(each.keyword) <= 500 and len(each.name) <= 200 for each in list_monitors(facts))
