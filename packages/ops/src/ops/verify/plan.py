"""Which checks are walked for a target, as pure data: lanes side by side, the checks of a lane in order."""

from __future__ import annotations

from typing import NamedTuple

from ops.verify.checks import Lane
from ops.verify.enquiry import Enquiry
from ops.verify.public_site import PublicSite
from ops.verify.receiver import Receiver
from ops.verify.service import Service
from ops.verify.target import Client


class Plan(NamedTuple):
    """`first` must all be kept, or the rest is not reached: where nobody is home, one line says so."""

    first: Lane
    lanes: list[Lane]


def local(client: Client, receiver: Receiver) -> Plan:
    site, service = PublicSite(client), Service(client)
    alone = [*site.checks(), *service.checks()]
    return Plan(
        first=[site.at_home(), service.at_home()],
        lanes=[*((check,) for check in alone), Enquiry(client, receiver).checks()],
    )
