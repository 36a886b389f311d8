"""The plan, as a pure function."""

from __future__ import annotations

from typing import Any

from ops.uptime.plan import Change, Existing, plan_changes

PREFIX = "[octatech.xyz] "
API = Change(kind="monitors", name=f"{PREFIX}API", fields={"url": "https://api.octatech.xyz/", "interval": 60})


def have(name: str = API.name, ident: str = "1", kind: Any = "monitors", **fields: Any) -> Existing:
    return Existing(ident, kind, name, {**API.fields, **fields}, active=True)


def test_what_is_missing_is_created():
    assert plan_changes([API], [], PREFIX) == [API]


def test_what_is_as_wanted_stays_whatever_else_a_person_set():
    assert plan_changes([API], [have(regions=["eu"], paused=True)], PREFIX) == []


def test_only_the_fields_that_differ_are_updated():
    [change] = plan_changes([API], [have(interval=300)], PREFIX)
    assert (change.action, change.id, change.fields, change.before) == (
        "update",
        "1",
        {"interval": 60},
        {"interval": 300},
    )


def test_ours_that_is_wanted_no_more_is_deleted_before_anything_is_created():
    changes = plan_changes([API], [have(f"{PREFIX}Old")], PREFIX)
    assert [(each.action, each.name) for each in changes] == [("delete", f"{PREFIX}Old"), ("create", API.name)]


def test_of_two_with_one_name_one_is_kept():
    [change] = plan_changes([API], [have(), have(ident="2")], PREFIX)
    assert (change.action, change.id) == ("delete", "2")


def test_monitors_of_others_are_never_in_it():
    others = [have("API"), have("[octatech.xyz.example] API"), have("[octatech.xyz]API"), have("x [octatech.xyz] API")]
    assert plan_changes([], others, PREFIX) == []


def test_a_heartbeat_is_no_monitor_of_the_same_name():
    changes = plan_changes([API], [have(kind="heartbeats")], PREFIX)
    assert [each.action for each in changes] == ["delete", "create"]
