"""The form of the settings."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

import msgspec

from crm.values import Currency, Line


@cache
def list_time_zones() -> tuple[str, ...]:
    """Every IANA time zone of this machine. Reads them from disk once."""
    return tuple(sorted(available_timezones()))


class Organization(msgspec.Struct, frozen=True):
    organization_name: Annotated[Line, msgspec.Meta(min_length=1, max_length=120)]
    time_zone: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    currency: Annotated[Currency, msgspec.Meta(min_length=1, max_length=3, examples=["EUR"])]
    weekly_hours: Annotated[int, msgspec.Meta(ge=1, le=100)] = 30

    def find_errors(self) -> dict[str, str]:
        """Errors that the annotations cannot find."""
        if self.time_zone not in list_time_zones():
            return {"time_zone": "Choose a time zone from the list, such as Europe/Bucharest."}
        return {}


class Retention(msgspec.Struct, frozen=True):
    """How many days something is kept."""

    quarantine_days: Annotated[int, msgspec.Meta(ge=7, le=3650)]
    delivery_days: Annotated[int, msgspec.Meta(ge=1, le=3650)]
    audit_days: Annotated[int, msgspec.Meta(ge=30, le=3650)]


class Search(msgspec.Struct, frozen=True):
    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
