from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from lookalike.edge import Answer
from verify.asking import evidence, red, skipped, unpacked, where

from ops.verify import target
from ops.verify.access import Key
from ops.verify.checks import Skipped
from ops.verify.operations import MB, Operations

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BACKUP = {"name": "000007-20261122T030000Z", "taken_at": "2026-11-22T03:00:00Z", "bytes": 1, "destination": "s3"}
RESTORE = {
    **{"name": "000005-20261120T030000Z", "taken_at": "2026-11-20T03:00:00Z", "proven_at": "2026-11-20T04:00:00Z"},
    **{"recovery_seconds": 9.5, "data_age_seconds": 1.0, "tables": 20, "rows": 100},
}


def telling(**changes: Any):
    """The service's own document, with a backup and its proof, and with these parts changed."""

    def change(answer: Answer) -> Answer:
        told = {**json.loads(unpacked(answer)), "last_backup": BACKUP, "last_restore": RESTORE}
        for name, part in changes.items():
            told[name] = {**told[name], **part} if isinstance(part, dict) and isinstance(told[name], dict) else part
        return answer.saying(json.dumps(told).encode())

    return where("/api/v1/operations", change)


@pytest.fixture
def operations(client, key) -> Operations:
    return Operations(client, key, lambda: NOW)


async def test_a_house_that_is_looked_after_is_told_with_figures(lookalike, operations):
    lookalike.edge.alter = telling()
    seen = {check.name: await evidence(check) for check in operations.checks()}
    assert "of 512 MB" in seen["memory"]
    assert "of 1024 MB" in seen["storage"]
    assert seen["backup"] == "000007-20261122T030000Z was made 9 hours ago"
    assert seen["restore"] == "000005-20261120T030000Z was proven 56 hours ago, in 10 s"
    assert seen["jobs"].endswith("jobs, none late")


LATE = {
    "name": "purge", "schedule": "5 * * * *", "last_started_at": None, "last_succeeded_at": "2026-11-20T00:05:00Z",
    "last_error": "UniqueViolation", "late": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("check", "changes", "said", "hint"),
    [
        ("memory", {"memory": {"used_bytes": 440 * MB, "limit_bytes": None}}, "440 of 512 MB (86%)", "scaling.md"),
        ("memory", {"memory": {"used_bytes": 230 * MB, "limit_bytes": 256 * MB}}, "230 of 256 MB", "scaling.md"),
        ("storage", {"storage": {"database_bytes": 900 * MB, "limit_bytes": None}}, "900 of 1024 MB", "scaling.md"),
        ("jobs", {"jobs": [LATE]}, "purge late; purge last succeeded 2026-11-20T00:05:00Z, 5 * * * *", "a worker"),
        ("jobs", {"jobs": [LATE]}, "Its last error: UniqueViolation", "a worker"),
        ("jobs", {"jobs": []}, "no recurring job", "timetable.py"),
        ("queue", {"queue": {"waiting": 9, "failed": 0, "oldest_seconds": 301.0}}, "the oldest for 301 s", "a worker"),
        ("backup", {"last_backup": {"taken_at": "2026-11-21T09:59:00Z"}}, "26 hours ago, more than", "backup create"),
        ("backup", {"last_backup": None}, "heard of no backup", "CRM_API_KEY"),
        ("restore", {"last_restore": {"proven_at": "2026-11-14T11:00:00Z"}}, "8 days ago", "backup drill"),
        ("restore", {"last_restore": None}, "No backup was ever proven", "backup drill"),
        ("restore", {"last_restore": {"recovery_seconds": 3601.0}}, "took 60 minutes; an hour", "docs/runbooks/"),
    ],
)
async def test_what_goes_wrong_inside_is_found(lookalike, operations, check, changes, said, hint):
    lookalike.edge.alter = telling(**changes)
    told = await red(operations.checks())
    assert list(told) == [check]
    assert said in told[check].said
    assert hint in told[check].hint


async def test_the_document_is_fetched_once(lookalike, operations):
    asked = []
    alter = telling()
    lookalike.edge.alter = lambda told, answer: (asked.append(told.path), alter(told, answer))[1]
    assert await red(operations.checks()) == {}
    assert asked == ["/api/v1/operations"]


async def test_a_larger_plan_gives_more_room(lookalike, client, key):
    lookalike.edge.alter = telling(memory={"used_bytes": 600 * MB, "limit_bytes": None})
    larger = msgspec.structs.replace(client.target, limits=target.Limits(memory_mb=1024))
    client.target = larger
    assert await evidence(Operations(client, key, lambda: NOW).checks()[0]) == "600 of 1024 MB (59%)"


@pytest.mark.parametrize(
    "changes",
    [
        {"last_backup": None, "last_restore": None},
        {"last_backup": {"taken_at": "2026-10-01T00:00:00Z"}, "last_restore": {"proven_at": "2026-10-01T00:00:00Z"}},
    ],
)
async def test_a_laptop_owes_nobody_a_backup(lookalike, client, key, changes):
    lookalike.edge.alter = telling(**changes)
    client.target = msgspec.structs.replace(client.target, local=True)
    for check in Operations(client, key, lambda: NOW).checks()[-2:]:
        assert "on a laptop nothing promises it" in await skipped(check)


async def test_without_a_key_it_is_said_how_to_make_one(client):
    without = Operations(client, Key(client.target, {}))
    for check in without.checks():
        assert "CRM_API_KEY is not set. Make a key under Settings" in await skipped(check)


async def test_the_key_of_another_house_is_never_used_on_this_machine(tmp_path):
    here = target.named("local", {"DATA_DIR": str(tmp_path)})
    given = Key(msgspec.structs.replace(here, local=False), {"CRM_API_KEY": "oct_of_production"})
    assert await given.headers() == {"authorization": "Bearer oct_of_production"}
    with pytest.raises(Skipped):
        await Key(msgspec.structs.replace(here, local=False), {}).headers()
    assert Key(here, {"CRM_API_KEY": "oct_of_production"}).__dict__["_given"] == ""


def test_the_oldest_backup_is_the_schedules_promise():
    # Every day at 3:17 (.railway/railway.py), and two hours for the making of it.
    from ops.verify.operations import BACKUP_AGE

    assert timedelta(days=1) < BACKUP_AGE <= timedelta(days=1, hours=2)


async def test_a_key_without_the_scope_is_told_what_to_do(lookalike, client):
    poor = lookalike.service.run("apikey", "create", "--name", "poor", "--scopes", "leads:read")
    told = (await red(Operations(client, Key(client.target, {"CRM_API_KEY": poor})).checks()[:1]))["memory"]
    assert "lacks the scope operations:read" in told.said
    assert "Give CRM_API_KEY a key that holds" in told.hint
