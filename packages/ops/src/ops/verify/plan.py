"""Which checks are walked for a target, as pure data: lanes side by side, the checks of a lane in order.

A room adds its checks with one line in `_lanes`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from ops.verify.checks import Check, Door, Group, Lane, alone
from ops.verify.client import Client
from ops.verify.enquiry import Enquiry
from ops.verify.public_site import PublicSite
from ops.verify.receiver import Receiver
from ops.verify.service import Service


class Visit(NamedTuple):
    """What checks work with. `environ` holds the keys that some of them need; `receiver` hears webhooks."""

    client: Client
    receiver: Receiver
    environ: Mapping[str, str]


class Plan(NamedTuple):
    """`doors` are tried first. A lane that needs a closed one is not reached, so that one line says nobody is home."""

    doors: Mapping[Door, tuple[Group, Check]]
    lanes: list[Lane]

    def only(self, groups: Collection[Group]) -> Plan:
        """The lanes of these groups and the doors that they need; all of it where none is named."""
        if not groups:
            return self
        lanes = [lane for lane in self.lanes if lane.group in groups]
        needed = {door for lane in lanes for door in lane.needs}
        doors = {door: tried for door, tried in self.doors.items() if door in needed or tried[0] in groups}
        return Plan(doors, lanes)


def planned(visit: Visit) -> Plan:
    """Everything that can be asked of the visit's target."""
    site, service = PublicSite(visit.client), Service(visit.client)
    return Plan(
        doors={Door.SITE: (Group.SITE, site.at_home()), Door.SERVICE: (Group.SERVICE, service.at_home())},
        lanes=_lanes(visit, site, service),
    )


def _lanes(visit: Visit, site: PublicSite, service: Service) -> list[Lane]:
    both = (Door.SITE, Door.SERVICE)
    lanes = [
        *alone(Group.SITE, site.checks(), (Door.SITE,)),
        *alone(Group.SERVICE, service.checks(), (Door.SERVICE,)),
    ]
    if visit.client.target.local:
        lanes.append(Lane(Group.ENQUIRY, Enquiry(visit.client, visit.receiver).checks(), both))
    return lanes
