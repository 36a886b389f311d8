"""Which address a request comes from."""

from __future__ import annotations

from collections.abc import Callable

import factories
import httpx
import pytest
from conftest import environment, serving

from crm import config
from crm.kernel.app_context import AppContext
from crm.kernel.http.request import Request


@pytest.fixture
def read(context: AppContext) -> Callable[[list[str], int], str]:
    """The address of a request with these lines of X-Forwarded-For."""

    def of(lines: list[str], proxies: int) -> str:
        import msgspec
        from starlette.applications import Starlette

        app = Starlette()
        settings = msgspec.structs.replace(context.config, trusted_proxies=proxies)
        app.state.app_context = msgspec.structs.replace(context, config=settings)
        headers = [(b"x-forwarded-for", line.encode()) for line in lines]
        return Request({"type": "http", "headers": headers, "client": ("127.0.0.1", 1), "app": app}).address

    return of


@pytest.mark.parametrize(
    ("lines", "proxies", "address"),
    [
        (["203.0.113.9", "198.51.100.7"], 1, "198.51.100.7"), (["203.0.113.9, 198.51.100.7"], 1, "198.51.100.7"),
        (["1.1.1.1", "203.0.113.9", "198.51.100.7"], 2, "203.0.113.9"), (["203.0.113.9"], 0, "127.0.0.1"),
        (["203.0.113.9", "", "198.51.100.7"], 1, "198.51.100.7"), ([], 1, "127.0.0.1"),
        (["203.0.113.9"], 2, "127.0.0.1"), (["203.0.113.9, [2001:db8::1]:443"], 1, "2001:db8::/64"),
        (["x, 198.51.100.7:8080"], 1, "198.51.100.7"), (["::ffff:198.51.100.7"], 1, "198.51.100.7"),
    ],
)  # fmt: skip
def test_all_lines_are_one_list_and_the_nth_from_the_right_counts(
    read: Callable[[list[str], int], str], lines: list[str], proxies: int, address: str
):
    assert read(lines, proxies) == address


async def test_a_second_line_does_not_get_around_the_throttle(database_url: str, clean: AppContext):
    async with clean.db.transaction() as conn:
        await factories.create_user(conn)
    form = {"email": "ada@crm.test", "password": "a guess at her password"}
    async with serving(config.load(environment(database_url, TRUSTED_PROXIES="1"))) as client:
        for number in range(6):
            lines = [("x-forwarded-for", f"203.0.113.{number}"), ("x-forwarded-for", "198.51.100.7")]
            answer = await client.post("/sign-in", data=form, headers=httpx.Headers(lines))
    assert answer.status_code == 429


async def test_a_second_line_does_not_get_around_the_limit_of_the_form(database_url: str, clean: AppContext):
    own = environment(database_url, TRUSTED_PROXIES="1", ENQUIRY_RATE_LIMIT="2")
    async with serving(config.load(own)) as client:
        for number in range(3):
            lines = [("x-forwarded-for", f"203.0.113.{number}"), ("x-forwarded-for", "198.51.100.7")]
            sent = factories.build_enquiry(message=f"Message number {number}, long enough to be read.")
            answer = await client.post(
                "/api/leads", json=sent, headers=httpx.Headers([*lines, ("origin", "http://site.test")])
            )
    assert answer.status_code == 429
