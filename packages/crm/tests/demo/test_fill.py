"""The demo is filled into an empty system, at any time of the week."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crm.kernel import clock
from crm.workspace import demo


async def test_the_demo_fills_an_empty_system_with_a_lived_in_pipeline(conn, context, ada):
    assert await demo.is_empty(conn)
    filled = await demo.fill(conn, context, ada)
    assert filled == await conn.fetchval("SELECT count(*) FROM leads WHERE demo") > 50
    stages = {row["status"] for row in await conn.fetch("SELECT DISTINCT status FROM leads")}
    assert stages == {"new", "contacted", "qualified", "proposal", "won", "lost"}
    assert not await demo.is_empty(conn)


MOMENTS = {
    "at night": datetime(2026, 11, 25, 2, 31, tzinfo=UTC),
    "on a Sunday": datetime(2026, 11, 29, 15, 0, tzinfo=UTC),
    "early on a Monday": datetime(2026, 11, 30, 7, 5, tzinfo=UTC),
}


@pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS)
async def test_everything_in_the_demo_happens_in_working_hours_and_in_the_past(conn, context, ada, now):
    zone = ZoneInfo(context.config.site.organization.time_zone)
    with clock.at(now):
        await demo.fill(conn, context, ada)
    rows = await conn.fetch(
        """
        SELECT at FROM activities
        UNION ALL SELECT created_at FROM leads
        UNION ALL SELECT received_at FROM submissions
        UNION ALL SELECT at FROM trash
        """
    )
    local = [row["at"].astimezone(zone) for row in rows]
    assert len(local) > 300
    assert [each for each in local if each.weekday() >= 5 or not 9 <= each.hour + each.minute / 60 < 18] == []
    assert max(local) <= now
