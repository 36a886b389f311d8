"""The content of files in an object store: moved there, read from there, and removed from there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from backup.fake_s3 import FakeBucket, run_fake_s3
from conftest import environment, serving

from crm.config import ConfigError, load
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.records.files import jobs, object_store, queries
from crm.records.leads import Lead

PDF = b"%PDF-1.7\n" + b"x" * 700_000


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBucket]:
    with run_fake_s3() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        object_store._open.cache_clear()
        yield running
        object_store._open.cache_clear()


def with_store(context: AppContext, url: str) -> AppContext:
    return msgspec.structs.replace(context, config=msgspec.structs.replace(context.config, files_url=url))


def list_objects(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def empty(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()


async def add(client: httpx.AsyncClient, context: AppContext, lead: Lead, content: bytes = PDF) -> int:
    await client.post(f"/leads/{lead.id}/files", files=[("files", ("offer.pdf", content, "x/y"))])
    async with context.db.connection() as conn:
        file_id: int = await conn.fetchval("SELECT max(id) FROM files")
        return file_id


async def count_parts(context: AppContext) -> int:
    async with context.db.connection() as conn:
        number: int = await conn.fetchval("SELECT count(*) FROM file_parts")
        return number


async def move(context: AppContext, **later: int) -> None:
    with clock.at(clock.now() + timedelta(**later)):
        await jobs.move_to_store(context, {})


async def read(signed_in: httpx.AsyncClient, database_url: str, url: str, file_id: int) -> httpx.Response:
    """The content, by a service that has the store."""
    async with serving(load(environment(database_url, FILES_URL=url))) as client:
        client.cookies.update(signed_in.cookies)
        return await client.get(f"/files/{file_id}/raw")


async def test_content_is_moved_and_read_from_the_store(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, database_url: str, tmp_path: Path
):
    file_id = await add(signed_in, context, lead)
    store = with_store(context, f"file://{tmp_path}")
    for _ in range(2):
        await move(store)
    assert list_objects(tmp_path) == [PDF]
    # Somebody may be reading the parts, so they stay for an hour.
    assert await count_parts(context) == 3
    await move(store, hours=2)
    assert await count_parts(context) == 0
    assert (await read(signed_in, database_url, f"file://{tmp_path}", file_id)).content == PDF


async def test_a_bucket_of_s3_holds_the_content(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, bucket: FakeBucket
):
    large = b"%PDF-1.7\n" + bytes(range(256)) * 30_000
    await add(signed_in, context, lead, large)
    store = with_store(context, "s3://backups/crm")
    await move(store)
    ((key, stored),) = bucket.objects.items()
    assert (key.startswith("crm/files/"), stored == large) == (True, True)
    chunks = [chunk async for chunk in await object_store.get(store, key.removeprefix("crm/"))]
    assert b"".join(chunks) == large
    await object_store.delete(store, key.removeprefix("crm/"))
    assert bucket.objects == {}


async def test_a_store_that_is_away_loses_nothing_and_is_tried_again(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, bucket: FakeBucket
):
    file_id = await add(signed_in, context, lead)
    store = with_store(context, "s3://backups/crm")
    bucket.outages = 100
    with pytest.raises(OSError):
        await move(store)
    assert (await signed_in.get(f"/files/{file_id}/raw")).content == PDF
    bucket.outages = 0
    await move(store, minutes=5)
    assert bucket.objects == {}
    await move(store, minutes=15)
    assert [*bucket.objects.values()] == [PDF]


async def test_a_crash_between_store_and_database_loses_nothing(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, tmp_path: Path
):
    file_id = await add(signed_in, context, lead)
    store = with_store(context, f"file://{tmp_path}")
    async with context.db.transaction() as conn:
        claimed = await queries.claim_to_move(conn, clock.now(), clock.now())
    assert claimed is not None

    # The content is in the store, and the process ends before the database knows.
    await object_store.put(store, claimed[1], jobs.storage.read_parts(context.db, claimed[0]))
    assert (await signed_in.get(f"/files/{file_id}/raw")).content == PDF
    await move(store, minutes=11)
    assert list_objects(tmp_path) == [PDF]
    async with context.db.connection() as conn:
        assert await queries.find_moved(conn, claimed[0]) == claimed[1]


@pytest.mark.parametrize("moved", [True, False])
async def test_unused_content_leaves_the_store(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, tmp_path: Path, moved: bool
):
    file_id = await add(signed_in, context, lead)
    store = with_store(context, f"file://{tmp_path}")
    if moved:
        await move(store)
    else:
        async with context.db.transaction() as conn:
            claimed = await queries.claim_to_move(conn, clock.now(), clock.now())
        assert claimed is not None
        await object_store.put(store, claimed[1], jobs.storage.read_parts(context.db, claimed[0]))
    await signed_in.post(f"/files/{file_id}/delete")
    async with context.db.transaction() as conn:
        await conn.execute("DELETE FROM change_sets")
    for _ in range(2):
        with clock.at(clock.now() + timedelta(days=2)):
            await jobs.remove_unused(store, {})
    assert list_objects(tmp_path) == []
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM file_contents") == 0


async def test_content_that_is_missing_in_the_store_says_so(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, database_url: str, tmp_path: Path
):
    file_id = await add(signed_in, context, lead)
    await move(with_store(context, f"file://{tmp_path}"))
    empty(tmp_path)
    answer = await read(signed_in, database_url, f"file://{tmp_path}", file_id)
    assert (answer.status_code, "not in the object store" in answer.text) == (404, True)
    # Without the store, the service says which variable is missing.
    answer = await signed_in.get(f"/files/{file_id}/raw")
    assert (answer.status_code, "FILES_URL" in answer.text) == (503, True)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://x", "FILES_URL is 'ftp://x'. Give a folder, or s3://bucket/folder"),
        ("/no/such/folder", "FILES_URL is /no/such/folder, which is not a folder."),
        ("s3://bucket", "FILES_URL is s3://…, and AWS_ACCESS_KEY_ID is missing."),
    ],
)
def test_a_wrong_address_stops_the_start(database_url: str, url: str, says: str):
    with pytest.raises(ConfigError) as failed:
        load(environment(database_url, FILES_URL=url))
    assert says in str(failed.value)
