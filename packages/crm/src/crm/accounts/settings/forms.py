"""The form of the settings."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

import msgspec

from crm.accounts.settings.models import Settings
from crm.values import Currency, Line


@cache
def list_time_zones() -> tuple[str, ...]:
    """Every IANA time zone of this machine. Reads them from disk once."""
    return tuple(sorted(available_timezones()))


class Change(msgspec.Struct, frozen=True):
    organization_name: Annotated[Line, msgspec.Meta(min_length=1, max_length=120)]
    time_zone: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    currency: Annotated[Currency, msgspec.Meta(min_length=1, max_length=3, examples=["EUR"])]
    quarantine_days: Annotated[int, msgspec.Meta(ge=7, le=3650)]
    delivery_days: Annotated[int, msgspec.Meta(ge=1, le=3650)]
    audit_days: Annotated[int, msgspec.Meta(ge=30, le=3650)] = 365

    def values(self) -> Settings:
        return Settings(**msgspec.structs.asdict(self))


class Search(msgspec.Struct, frozen=True):
    q: Annotated[str, msgspec.Meta(max_length=100)] = ""


def find_errors(form: Change) -> dict[str, str]:
    """Errors that the annotations of the form cannot find."""
    if form.time_zone not in list_time_zones():
        return {"time_zone": "Choose a time zone from the list, such as Europe/Bucharest."}
    return {}
