"""The lead that the tests of files add to."""

from __future__ import annotations

import pytest

from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.records.leads import Lead, NewLead


@pytest.fixture
async def lead(clean: AppContext) -> Lead:
    form = NewLead(name="Grace Hopper", email="grace@navy.example", company="Navy", message="Our compiler is slow.")
    async with clean.db.transaction() as conn:
        return await leads.create(conn, form, by=SYSTEM, channel="site")
