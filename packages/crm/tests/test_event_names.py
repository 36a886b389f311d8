"""The registry of events, and everything that reads it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import crm
from crm import notifications, reactions, webhooks
from crm.event_names import EventName
from crm.kernel.events import Event

# The routes import every module, so every event class exists after this.
importlib.import_module("crm.routes")
SOURCES = Path(crm.__file__).parent
TYPED = re.compile(r"""(["'])(?:{})\1""".format("|".join(re.escape(name) for name in EventName)))


def test_every_event_has_one_class_and_every_class_a_name_of_the_registry():
    assert sorted(event.kind for event in Event.__subclasses__()) == sorted(EventName)


def test_webhooks_react_to_every_event_and_channels_to_those_with_a_message():
    assert set(reactions.TABLE) == set(EventName)
    for name, reacting in reactions.TABLE.items():
        assert webhooks.fan_out in reacting
        assert (notifications.fan_out in reacting) == (name in notifications.EVENTS)


def test_no_file_but_the_registry_types_an_event_name():
    files = [path for path in SOURCES.rglob("*") if path.suffix in (".py", ".html", ".js")]
    assert [path.name for path in files if TYPED.search(path.read_text(encoding="utf-8"))] == ["event_names.py"]
