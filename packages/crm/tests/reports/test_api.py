"""The reports in the API, and what they count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from crm.kernel import clock
from crm.kernel.actor import VISITOR, Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.http.paging import Where
from crm.migrations.versions import status_periods_0045 as migration
from crm.records import leads
from crm.workspace.reports import periods
from crm.workspace.today.formatting import is_overdue

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
BLOCKS = ("source", "response", "win-rate", "stages", "ageing")
