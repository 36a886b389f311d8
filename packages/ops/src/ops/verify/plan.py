"""Which checks are walked for a target, as pure data: lanes side by side, the checks of a lane in order.

A room adds its checks with one line in `_lanes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import NamedTuple

from ops.verify import outside
from ops.verify.access import Key
from ops.verify.availability import Availability
from ops.verify.checks import Check, Door, Group, Lane, alone
from ops.verify.client import Client
from ops.verify.cors import Cors
from ops.verify.enquiry import Enquiry
from ops.verify.exposure import Exposure
from ops.verify.latency import Latency
from ops.verify.leaks import Leaks
from ops.verify.limits import Limits
from ops.verify.names import Names
from ops.verify.operations import Operations
from ops.verify.problems import Problems
from ops.verify.public_site import PublicSite
from ops.verify.receiver import Receiver
from ops.verify.release import Release
from ops.verify.service import Service
from ops.verify.signature import shared_key
from ops.verify.signedin import SignedIn
from ops.verify.synthetic import Synthetic


class Orders(NamedTuple):
    """What is expected of this walk: the commit that should be live."""

    commit: str = ""


class Visit(NamedTuple):
    """What checks work with. `environ` holds what some of them need; `receiver` and `trials` hear webhooks."""

    client: Client
    key: Key
    receiver: Receiver
    trials: Receiver
    environ: Mapping[str, str]
    orders: Orders = Orders()


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
    names = Names(visit.client.target, visit.environ)
    return Plan(
        doors={
            Door.NAMES: (Group.DNS, names.at_home()),
            Door.SITE: (Group.SITE, site.at_home()),
            Door.SERVICE: (Group.SERVICE, service.at_home()),
        },
        lanes=[*outside.lanes(visit.client, site, names), *_lanes(visit, site, service)],
    )


def _lanes(visit: Visit, site: PublicSite, service: Service) -> list[Lane]:
    both = (Door.SITE, Door.SERVICE)
    lanes = [
        *alone(Group.SITE, site.checks(), (Door.SITE,)),
        *alone(Group.SERVICE, service.checks(), (Door.SERVICE,)),
    ]
    return [*lanes, *_inside(visit), *_enquiries(visit, both)]


def _inside(visit: Visit) -> list[Lane]:
    """What the service promises beyond being there."""
    client, key, orders, home = visit.client, visit.key, visit.orders, (Door.SERVICE,)
    release = Release(client, orders.commit)
    return [
        *alone(Group.SERVICE, [*release.checks(), *Cors(client).checks(), *Problems(client).checks()], home),
        *(Lane(Group.SPEED, (check,), home, quiet=True) for check in Latency(client, key).checks()),
        *alone(Group.LIMITS, Limits(client, key).checks(), home),
        *alone(Group.LEAKS, [*Exposure(client).checks(), *SignedIn(client, visit.environ).checks()], home),
        Lane(Group.LEAKS, Leaks(client, visit.environ).checks(), home),
        *alone(Group.OPERATIONS, Operations(client, key).checks(), home),
        *alone(Group.OPERATIONS, Availability(client.target, visit.environ).checks()),
    ]


def _enquiries(visit: Visit, doors: Collection[Door]) -> list[Lane]:
    """Ordinary enquiries are for a laptop, where nobody is told of them; they wait until the trial has been counted."""
    client, key, over = visit.client, visit.key, asyncio.Event()
    page, secret = SignedIn(client, visit.environ), shared_key(visit.environ, client.target)
    trial = Synthetic(client, key, visit.trials, page=page, secret=secret, over=over)
    lanes = [Lane(Group.ENQUIRY, trial.checks(), doors)]
    if client.target.local:
        lanes.append(Lane(Group.ENQUIRY, Enquiry(client, key, visit.receiver, over).checks(), doors))
    return lanes
