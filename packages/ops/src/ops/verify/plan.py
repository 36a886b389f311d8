"""Which checks are walked for a target, as pure data: lanes side by side, the checks of a lane in order."""

from __future__ import annotations

from ops.verify.checks import Lane
from ops.verify.enquiry import Enquiry
from ops.verify.public_site import PublicSite
from ops.verify.receiver import Receiver
from ops.verify.service import Service
from ops.verify.target import Client


def local(client: Client, receiver: Receiver) -> list[Lane]:
    alone = [*PublicSite(client).checks(), *Service(client).checks()]
    return [*((check,) for check in alone), Enquiry(client, receiver).checks()]
