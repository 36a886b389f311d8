"""What nobody but the owner can do: accounts, switches and secrets elsewhere, with the exact values to paste."""

from __future__ import annotations

from house.site import Site
from ops.init import elsewhere, github, railway
from ops.init.task import Record, Todo, Value

__all__ = ["Record", "Todo", "Value", "by_hand"]


def by_hand(site: Site) -> list[Todo]:
    """Everything, in the order in which it is best done. Pure: what is done already is for `ops verify` to see.

    Raises `ops.dns.records.RecordError` when `site.toml` states a record that cannot be.
    """
    return [
        *github.todos(site),
        *railway.todos(site),
        elsewhere.dns(site),
        elsewhere.mail(site),
        elsewhere.backups(site),
        elsewhere.uptime(site),
        github.watched(site),
        elsewhere.words(site),
    ]
