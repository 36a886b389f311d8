"""The registry of events, and everything that reads it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import crm
from crm import reactions
from crm.event_names import EventName
from crm.kernel.events import Event
from crm.outbound import notifications, webhooks

# The routes import every module, so every event class exists after this.
importlib.import_module("crm.routes")
ROOT = next(folder for folder in Path(crm.__file__).parents if (folder / "site.toml").exists())
TYPED = re.compile(r"""(["'])(?:{})\1""".format("|".join(re.escape(name) for name in EventName)))


def test_every_event_has_one_class_and_every_class_a_name_of_the_registry():
    assert sorted(event.kind for event in Event.__subclasses__()) == sorted(EventName)


def test_webhooks_react_to_every_event_and_channels_to_those_with_a_message():
    assert set(reactions.TABLE) == set(EventName)
    for name, reacting in reactions.TABLE.items():
        assert webhooks.fan_out in reacting
        assert (notifications.fan_out in reacting) == (name in notifications.EVENTS)


def test_no_file_but_the_registry_types_an_event_name():
    files = [*ROOT.glob("packages/*/src/**/*"), *ROOT.glob("benchmarks/*.py")]
    typed = [path for path in files if path.suffix in (".py", ".html", ".js") and TYPED.search(path.read_text("utf-8"))]
    assert [path.name for path in typed] == ["event_names.py"]


def test_documents_name_only_events_of_the_registry():
    nouns = "|".join({name.partition(".")[0] for name in EventName})
    for document in (*ROOT.glob("docs/**/*.md"), *ROOT.glob("specs/*.md"), ROOT / "README.md"):
        named = set(re.findall(rf"`((?:{nouns})\.\w+)`", document.read_text("utf-8")))
        assert named <= set(EventName), document.name
