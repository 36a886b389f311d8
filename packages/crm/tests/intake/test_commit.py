"""The commit of a page becomes part of a link, so it is the id of a commit or nothing."""

from __future__ import annotations

import factories
import httpx
import pytest

from crm.kernel.app_context import AppContext


@pytest.mark.parametrize(
    "commit",
    ["../../../evil/evil", "0123456/../../evil", "0123456?x", "0123456#x", "main", "DEADBEEF00", "012345",
     "javascript:alert(1)", "%2e%2e%2fevil", " "],
)  # fmt: skip
async def test_any_other_commit_links_nowhere(signed_in: httpx.AsyncClient, clean: AppContext, commit: str) -> None:
    await signed_in.post("/api/leads", json=factories.build_enquiry(commit=commit))
    async with clean.db.connection() as conn:
        assert await conn.fetchval("SELECT body ->> 'commit' FROM submissions") is None
        # One that was stored before.
        await conn.execute("UPDATE submissions SET body = body || $1", {"commit": commit})
        number = await conn.fetchval("SELECT id FROM submissions")
    page = await signed_in.get(f"/inbox/{number}")
    assert page.status_code == 200
    assert "/commit/" not in page.text


async def test_the_id_of_a_commit_is_linked(signed_in: httpx.AsyncClient, clean: AppContext) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    await signed_in.post("/api/leads", json=factories.build_enquiry(commit=commit))
    async with clean.db.connection() as conn:
        number = await conn.fetchval("SELECT id FROM submissions")
    assert f"/commit/{commit}" in (await signed_in.get(f"/inbox/{number}")).text
