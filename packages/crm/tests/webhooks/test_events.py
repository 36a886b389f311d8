from __future__ import annotations

import importlib
import typing

from crm import notifications, reactions, webhooks
from crm.kernel.events import Event
from crm.notifications.forms import EventName as ChannelEvent
from crm.webhooks.forms import EventName

# The table of addresses reads every room, so every event is known after it.
importlib.import_module("crm.routes")
KINDS = {kind.kind for kind in Event.__subclasses__()}


def test_every_event_of_the_house_can_be_asked_for_by_receivers():
    assert set(webhooks.EVENTS) == KINDS
    assert set(typing.get_args(EventName)) == {"*", *KINDS}


def test_every_event_reaches_those_who_may_ask_for_it():
    assert set(reactions.TABLE) == KINDS
    for kind, reacting in reactions.TABLE.items():
        assert webhooks.fan_out in reacting
        assert (notifications.fan_out in reacting) == (kind in notifications.EVENTS)


def test_channels_can_ask_for_what_they_are_offered():
    assert set(typing.get_args(ChannelEvent)) == set(notifications.EVENTS)
