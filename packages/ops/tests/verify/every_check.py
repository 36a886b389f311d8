"""The checks that `ops verify` knows, by name, without asking anybody."""

from __future__ import annotations

from ops.verify import plan, target
from ops.verify.access import Key
from ops.verify.checks import Group
from ops.verify.client import Client
from ops.verify.plan import Visit
from ops.verify.receiver import listening


async def checks() -> list[tuple[Group, str]]:
    """The group and the name of all that is asked of production."""
    house = target.named("production", {})
    client = Client(house)
    with listening() as receiver, listening() as trials:
        planned = plan.planned(Visit(client, Key(house, {}), receiver, trials, {}))
    await client.close()
    found = [(lane.group, check.name) for lane in planned.lanes for check in lane.checks]
    return found + [(group, check.name) for group, check in planned.doors.values()]
