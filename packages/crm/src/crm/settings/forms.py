"""What people submit to change the settings."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

import msgspec

from crm.settings.models import Settings


@cache
def zones() -> tuple[str, ...]:
    """Every IANA time zone this machine knows, read from its disk once."""
    return tuple(sorted(available_timezones()))


class Change(msgspec.Struct, frozen=True):
    organization_name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    time_zone: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{3}$")]
    quarantine_days: Annotated[int, msgspec.Meta(ge=7, le=3650)]
    delivery_days: Annotated[int, msgspec.Meta(ge=1, le=3650)]

    def values(self) -> Settings:
        return Settings(**(msgspec.structs.asdict(self) | {"currency": self.currency.upper()}))


def faults_of(form: Change) -> dict[str, str]:
    """What only a look beyond the form can find."""
    if form.time_zone not in zones():
        return {"time_zone": "There is no such time zone. Write it as Europe/Bucharest."}
    return {}
