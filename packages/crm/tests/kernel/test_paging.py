from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec
import pytest

from crm.kernel.db import Connection
from crm.kernel.errors import ValidationError
from crm.kernel.http.list_totals import Totals
from crm.kernel.http.paging import Listing, Sort, Where


class Thing(msgspec.Struct, frozen=True):
    id: int
    name: str


@pytest.fixture
async def things(conn: Connection) -> Listing[Thing]:
    """Seventy things, ten of each name, whose price and date tie often."""
    await conn.execute(
        """
        CREATE TEMP TABLE things ON COMMIT DROP AS
        SELECT g::bigint AS id, 'name ' || g % 7 AS name, (g % 5)::numeric(12, 2) AS price,
               timestamptz '2026-01-01 00:00Z' + (g % 3) * interval '1 day' AS made
        FROM generate_series(1, 70) AS g
        """
    )
    return listing()


def listing(table: str = "things") -> Listing[Thing]:
    return Listing(
        table=table,
        columns="id, name",
        build=Thing,
        sorts={"name": Sort("name", str), "price": Sort("price", Decimal), "made": Sort("made", datetime)},
        default="-made",
        totals=Totals(),
    )


async def walk(conn: Connection, things: Listing[Thing], where: Where, sort: str, limit: int) -> list[Thing]:
    found: list[Thing] = []
    cursor = ""
    for _ in range(100):
        page = await things.page(conn, where, sort=sort, limit=limit, cursor=cursor)
        found += page.data
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor
    raise AssertionError("The pages never end.")


@pytest.mark.parametrize("sort", ["name", "-name", "price", "-price", "made", "-made"])
async def test_walking_the_pages_meets_every_row_once_in_the_order_asked_for(conn, things, sort):
    found = [thing.id for thing in await walk(conn, things, Where(), sort, 9)]
    column = sort.removeprefix("-")
    way = "DESC" if sort.startswith("-") else "ASC"
    rows = await conn.fetch(f"SELECT id FROM things ORDER BY {column} {way}, id {way}")
    assert found == [row["id"] for row in rows]


async def test_a_row_that_arrives_meanwhile_neither_repeats_nor_hides_another(conn, things):
    first = await things.page(conn, Where(), sort="-made", limit=30)
    await conn.execute("INSERT INTO things VALUES (71, 'new', 1, now() + interval '9 days')")
    second = await things.page(conn, Where(), sort="-made", limit=60, cursor=first.next_cursor or "")
    seen = [thing.id for thing in first.data + second.data]
    assert sorted(seen) == list(range(1, 71))


async def test_a_filter_limits_rows_and_total_alike(conn, things):
    where = Where()
    where.add("name = ANY({})", ["name 1", "name 2"])
    page = await things.page(conn, where, limit=5)
    assert {thing.name for thing in page.data} <= {"name 1", "name 2"}
    assert (page.total, page.total_exact) == (20, True)


async def test_the_total_follows_every_commit(context):
    things = listing("paging_things")
    async with context.db.connection() as one, context.db.connection() as two:
        await one.execute("CREATE TABLE paging_things AS SELECT * FROM (VALUES (1::bigint, 'a', 1.0, now()),"
                          " (2, 'b', 1.0, now()), (3, 'c', 1.0, now())) AS t (id, name, price, made)")  # fmt: skip
        try:
            totals = [(await things.page(one, Where(), sort="name", limit=1)).total for _ in range(2)]
            await two.execute("DELETE FROM paging_things WHERE id = 3")
            totals.append((await things.page(one, Where(), sort="name", limit=1)).total)
        finally:
            await one.execute("DROP TABLE paging_things")
    assert totals == [3, 3, 2]


async def test_above_ten_thousand_the_total_is_an_estimate_and_says_so(conn):
    await conn.execute(
        "CREATE TEMP TABLE many ON COMMIT DROP AS SELECT g::bigint AS id, 'n' AS name, 1.0 AS price, now() AS made"
        " FROM generate_series(1, 20000) AS g"
    )
    await conn.execute("ANALYZE many")
    page = await listing("many").page(conn, Where(), sort="name", limit=1)
    assert not page.total_exact
    assert 10_000 < page.total <= 40_000


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "////", "bnVsbA", "WyJuYW1lIiwiYSIsMF0", "WyItcHJpY2UiLCJOYU4iLDFd", "WyJuYW1lIiwiYVx1MDAwMCIsMV0"],
)
async def test_a_cursor_that_is_not_of_this_list_is_refused_with_what_to_do(conn, things, cursor):
    with pytest.raises(ValidationError) as error:
        await things.page(conn, Where(), sort="name", cursor=cursor)
    assert error.value.errors[0].field == "cursor"


async def test_a_cursor_of_another_sort_is_refused(conn, things):
    first = await things.page(conn, Where(), sort="name", limit=5)
    with pytest.raises(ValidationError):
        await things.page(conn, Where(), sort="price", cursor=first.next_cursor or "")


async def test_an_unknown_sort_names_the_known_ones(conn, things):
    with pytest.raises(ValidationError) as error:
        await things.page(conn, Where(), sort="color")
    assert "made, name, price" in error.value.errors[0].message


async def test_a_cursor_keeps_the_exact_moment(conn):
    await conn.execute(
        "CREATE TEMP TABLE moments ON COMMIT DROP AS SELECT g::bigint AS id, 'n' AS name, 1.0 AS price,"
        " timestamptz '2026-01-01' + g * interval '1 microsecond' AS made FROM generate_series(1, 9) AS g"
    )
    found = await walk(conn, listing("moments"), Where(), "-made", 2)
    assert [thing.id for thing in found] == list(range(9, 0, -1))
