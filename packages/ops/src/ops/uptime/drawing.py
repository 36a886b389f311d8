"""What the template shows: words and figures made from the status, and the days as bars."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from ops.uptime import budget, windows
from ops.uptime.report import Row
from ops.uptime.spans import DAY_MS
from ops.uptime.status import Day, Status, Told, Watched
from ops.uptime.wording import clock, day, exactly, lasting, percent

_STATES = {"up": "Up", "down": "Down", "maintenance": "Maintenance", "unknown": "Unknown"}
_ICONS = {"up": "circle-check", "down": "circle-alert", "maintenance": "wrench", "unknown": "circle-help"}

# Height tells what color tells, for those who do not see it: the shorter, the worse.
_HEIGHTS = {"good": 40, "some": 28, "bad": 16, "none": 3, "planned": 8}


def view(status: Status, stale_ms: int) -> dict[str, Any]:
    """Everything the template needs besides the frame."""
    share = budget.allowed(status.objective)
    return {
        "headline": headline(status),
        "made": _moment(status.made),
        "last": _moment(status.last_probe) if status.last_probe else None,
        "stale_ms": stale_ms,
        "every_s": status.every_s,
        "objective": f"{status.objective:g} %",
        "whole": lasting(budget.whole(share, windows.BUDGET_DAYS * DAY_MS)),
        "targets": [_target(each, share) for each in status.targets],
        "months": [_month(number, status) for number in range(len(status.targets[0].months))],
        "incidents": [_incident(each) for each in status.incidents],
        "planned": [
            {"what": each.what, "when": _between(each.span.begin, each.span.end)} for each in status.maintenance
        ],
    }


def headline(status: Status) -> dict[str, str]:
    """The state of the whole in one sentence."""
    states = [each.state for each in status.targets]
    down = [each.name for each in status.targets if each.state == "down"]
    if down:
        words = f"{down[0]} is down" if len(down) == 1 else f"{len(down)} of {len(states)} parts are down"
        return {"state": "down", "words": words, "icon": _ICONS["down"]}
    for state, words in (("maintenance", "Maintenance is under way"), ("unknown", "The present state is not known")):
        if state in states:
            return {"state": state, "words": words, "icon": _ICONS[state]}
    return {"state": "up", "words": "Everything answers", "icon": _ICONS["up"]}


def _target(watched: Watched, share: Fraction) -> dict[str, Any]:
    row = watched.budget
    left = Fraction(max(row.budget_left_ms, 0), row.budget_ms) if row.budget_ms else Fraction(0)
    marks = [mark(each, share) for each in watched.days]
    return {
        "key": watched.key,
        "name": watched.name,
        "url": watched.url,
        "address": watched.url.partition("://")[2].removesuffix("/"),
        "state": watched.state,
        "word": _STATES[watched.state],
        "icon": _ICONS[watched.state],
        "reason": watched.reason,
        "availability": _availability(row),
        "left": lasting(row.budget_left_ms) if row.budget_left_ms > 0 else "none",
        "over": lasting(-row.budget_left_ms) if row.budget_left_ms < 0 else "",
        "left_percent": f"{float(left * 100):.1f}",
        "tone": "bad" if row.spent else "warn" if left < Fraction(1, 4) else "good",
        "latency": row.latency_ms,
        "known": percent(_share(row.up_ms + row.down_ms, row.unknown_ms), 1),
        "bars": [
            {"x": number * 5, "y": 40 - _HEIGHTS[kind], "height": _HEIGHTS[kind], "kind": kind, "words": told(each)}
            for number, (each, kind) in enumerate(zip(watched.days, marks, strict=True))
        ],
        "summary": _summary(watched.days),
        "troubled": [{"day": _date(each), "words": _parts(each)} for each in reversed(watched.days) if each.down_ms],
    }


def mark(day: Day, share: Fraction) -> str:
    """The kind of bar of a day: bad is one that spent more than a day's part of the budget."""
    if day.down_ms:
        return "bad" if day.down_ms > budget.whole(share, DAY_MS) else "some"
    if day.up_ms:
        return "good"
    return "planned" if day.maintenance_ms else "none"


def told(day: Day) -> str:
    """A day in words, for whoever points at its bar."""
    return f"{_date(day)}: {_parts(day)}"


def _parts(day: Day) -> str:
    parts = [f"down {lasting(day.down_ms)}"] if day.down_ms else []
    if day.maintenance_ms:
        parts.append(f"maintenance {lasting(day.maintenance_ms)}")
    if not day.up_ms and not day.down_ms:
        parts.append("not watched")
    elif day.unknown_ms:
        parts.append(f"unknown {lasting(day.unknown_ms)}")
    return ", ".join(parts) or "no downtime"


def _summary(days: list[Day]) -> str:
    watched = [each for each in days if each.up_ms or each.down_ms]
    down = sum(1 for each in watched if each.down_ms)
    return f"{len(days)} days: {len(watched)} watched, {down} with downtime"


def _month(number: int, status: Status) -> dict[str, Any]:
    rows = [each.months[number] for each in status.targets]
    return {
        "name": f"{day(_at(rows[0].begins)).partition(' ')[2]}",
        "cells": [{"share": _availability(row), "down": lasting(row.down_ms), "spent": row.spent} for row in rows],
    }


def _incident(told: Told) -> dict[str, Any]:
    began = _at(told.began)
    ended = _at(told.ended) if told.ended else None
    return {
        "name": told.name,
        "began": told.began,
        "when": _between(began, ended),
        "open": told.ended is None,
        "down": lasting(told.down_ms),
        "reason": f"{told.name} {told.reason}.",
        "notes": told.notes,
    }


def _between(began: int, ended: int | None) -> str:
    """From when to when, the day told once where it is the same."""
    if ended is None:
        until = "now"
    elif windows.day_of(began) == windows.day_of(ended):
        until = f"{clock(ended)} UTC"
    else:
        until = f"{day(ended)}, {clock(ended)} UTC"
    return f"{day(began)}, {clock(began)} to {until}"


def _availability(row: Row) -> str:
    return percent(_share(row.up_ms, row.down_ms))


def _share(part: int, rest: int) -> Fraction | None:
    return Fraction(part, part + rest) if part + rest else None


def _at(stamp: str) -> int:
    return windows.milliseconds(datetime.fromisoformat(stamp))


def _moment(stamp: str) -> dict[str, str]:
    return {"stamp": stamp, "words": exactly(_at(stamp))}


def _date(of: Day) -> str:
    return day(_at(f"{of.date}T00:00:00Z"))
