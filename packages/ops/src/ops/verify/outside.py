"""What anybody can ask of the house, without a key: names, certificates, redirects, headers, weight and time."""

from __future__ import annotations

from ops.verify import grades
from ops.verify.checks import Lane
from ops.verify.client import Client
from ops.verify.names import Names
from ops.verify.public_site import PublicSite
from ops.verify.redirects import Redirects
from ops.verify.speed import Speed
from ops.verify.tls import Tls


def lanes(client: Client, site: PublicSite, names: Names) -> list[Lane]:
    return [
        *names.lanes(),
        *Tls(client.target).lanes(),
        *Redirects(client).lanes(),
        *grades.lanes(client),
        *Speed(client, site).lanes(),
    ]
