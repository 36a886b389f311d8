from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from verify.running_checks import at, change_json, find_failed, get_evidence, get_reason, run

from ops.verify.context import VerifyContext
from ops.verify.operations import BACKUP_AGE, MB
from ops.verify.target import Limits, load_target
from shared import site_config

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = ("memory", "storage", "jobs", "queue", "backup", "restore")
BACKUP = {"name": "000007-20261122T030000Z", "taken_at": "2026-11-22T03:00:00Z", "bytes": 1, "destination": "s3"}
RESTORE = {
    **{"name": "000005-20261120T030000Z", "taken_at": "2026-11-20T03:00:00Z", "proven_at": "2026-11-20T04:00:00Z"},
    **{"recovery_seconds": 9.5, "data_age_seconds": 1.0, "tables": 20, "rows": 100},
}


def report(**changes: Any):
    """Serves the service's own report, with a backup and its restore test, and with these parts changed."""

    def change(body: dict[str, Any]) -> dict[str, Any]:
        body |= {"last_backup": BACKUP, "last_restore": RESTORE}
        for name, part in changes.items():
            body[name] = {**body[name], **part} if isinstance(part, dict) and isinstance(body[name], dict) else part
        return body

    return at("/api/v1/operations", change_json(change))


@pytest.fixture
def context(context: VerifyContext) -> VerifyContext:
    context.clock = type("SetClock", (), {"now": lambda self: NOW.timestamp()})()
    return context


async def test_a_system_in_order_is_reported_with_figures(fake_production, context):
    fake_production.edge.alter = report()
    details = {name: await get_evidence(context, name) for name in NAMES}
    assert "of 512 MB" in details["memory"]
    assert "of 1024 MB" in details["storage"]
    assert details["backup"] == "000007-20261122T030000Z, 9 h ago"
    assert details["restore"] == "000005-20261120T030000Z, 2 days 8 h ago, in 10 s"
    assert details["jobs"].endswith("jobs, none late")


LATE = {
    "name": "purge", "schedule": "5 * * * *", "last_started_at": None, "last_succeeded_at": "2026-11-20T00:05:00Z",
    "last_error": "UniqueViolation", "late": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes", "detail", "hint"),
    [
        ("memory", {"memory": {"used_bytes": 440 * MB, "limit_bytes": None}}, "440 of 512 MB (86%)", "scaling.md"),
        ("memory", {"memory": {"used_bytes": 230 * MB, "limit_bytes": 256 * MB}}, "230 of 256 MB", "scaling.md"),
        ("storage", {"storage": {"database_bytes": 900 * MB, "limit_bytes": None}}, "900 of 1024 MB", "scaling.md"),
        (
            "jobs",
            {"jobs": [LATE]},
            "purge is late: it last succeeded 2026-11-20T00:05:00Z, its schedule is 5 * * * *",
            "a worker",
        ),
        ("jobs", {"jobs": [LATE]}, "its last error UniqueViolation", "a worker"),
        ("jobs", {"jobs": []}, "no scheduled job", "timetable.py"),
        (
            "queue",
            {"queue": {"waiting": 9, "failed": 0, "oldest_seconds": 301.0}},
            "the oldest for 5 min 1 s",
            "a worker",
        ),
        (
            "backup",
            {"last_backup": {"taken_at": "2026-11-21T09:59:00Z"}},
            "1 day 2 h ago; 1 day 2 h are allowed",
            "backup create",
        ),
        ("backup", {"last_backup": None}, "none yet", "CRM_API_KEY"),
        ("restore", {"last_restore": {"proven_at": "2026-11-14T11:00:00Z"}}, "8 days 1 h ago", "backup drill"),
        ("restore", {"last_restore": None}, "none yet", "backup drill"),
        ("restore", {"last_restore": {"recovery_seconds": 3601.0}}, "took 1 h 1 s; an hour", "docs/runbooks/"),
    ],
)
async def test_what_goes_wrong_inside_fails(fake_production, context, name, changes, detail, hint):
    fake_production.edge.alter = report(**changes)
    failed = await find_failed(context, *NAMES)
    assert list(failed) == [name]
    assert detail in failed[name].detail
    assert hint in failed[name].hint


async def test_the_report_is_fetched_once(fake_production, context):
    paths = []
    alter = report()
    fake_production.edge.alter = lambda request, response: (
        paths.append(request.path),
        alter(request, response),
    )[1]
    assert await find_failed(context, *NAMES) == {}
    assert paths == ["/api/v1/operations"]


async def test_a_larger_plan_gives_more_room(fake_production, context):
    fake_production.edge.alter = report(memory={"used_bytes": 600 * MB, "limit_bytes": None})
    context.target = msgspec.structs.replace(context.target, limits=Limits(memory_mb=1024))
    assert await get_evidence(context, "memory") == "600 of 1024 MB (59%)"


@pytest.mark.parametrize(
    "changes",
    [
        {"last_backup": None, "last_restore": None},
        {"last_backup": {"taken_at": "2026-10-01T00:00:00Z"}, "last_restore": {"proven_at": "2026-10-01T00:00:00Z"}},
    ],
)
async def test_a_laptop_needs_no_backup(fake_production, context, changes):
    fake_production.edge.alter = report(**changes)
    await context.key_headers()
    context.target = msgspec.structs.replace(context.target, local=True)
    for name in ("backup", "restore"):
        assert "a laptop needs none" in await get_reason(context, name)


async def test_without_a_key_it_says_how_to_make_one(fake_production):
    without = VerifyContext(fake_production.target, {})
    for result in (await run(without, *NAMES)).values():
        assert result.state == "skipped"
        assert "CRM_API_KEY is not set. Make a key under Settings" in result.detail


async def test_the_key_of_another_system_is_never_used_for_a_local_target(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    here = VerifyContext(load_target("local", {"DATA_DIR": str(tmp_path)}), {"CRM_API_KEY": "oct_of_production"})
    failed = (await find_failed(here, "memory"))["memory"]
    assert "`crm apikey create` fails" in failed.detail


def test_the_oldest_backup_is_the_schedules_promise():
    text = (site_config.find().resolve().parent / ".railway" / "railway.py").read_text("utf-8")
    assert re.search(r'"cronSchedule": "\d+ \d+ \* \* \*"', text)  # every day
    assert 24 < BACKUP_AGE.total_seconds() / 3600 <= 26  # two hours for the work


async def test_a_key_without_the_scope_says_what_to_do(fake_production):
    poor = fake_production.service.run("apikey", "create", "--name", "poor", "--scopes", "leads:read")
    failed = await find_failed(VerifyContext(fake_production.target, {"CRM_API_KEY": poor}), "memory")
    assert "lacks the scope operations:read" in failed["memory"].detail
    assert "Set CRM_API_KEY to a valid key" in failed["memory"].hint
