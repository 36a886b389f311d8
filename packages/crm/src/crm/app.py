"""Builds the web application: the route table, what happens at start and stop, and the layers around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State

from crm import auth, reactions, routes
from crm.config import Config
from crm.kernel import events, views
from crm.kernel.health import Prober
from crm.kernel.house import House
from crm.kernel.http import limits, openapi, options, trouble
from crm.kernel.http.request import Request
from crm.kernel.http.routes import mount
from crm.kernel.http.shell import Shell
from crm.kernel.http.statics import Statics
from crm.worker import living


def build(config: Config) -> Shell:
    """The whole service as one ASGI application; opening the database waits for the first need."""
    house = House.of(config)
    events.bind(reactions.TABLE)
    statics = Statics()
    table = routes.table(statics)
    application = Litestar(
        # Litestar adds an OPTIONS of its own to a path that has none when its first handler arrives.
        route_handlers=[
            mount(route)
            for route in sorted((*table, *options.truly(table)), key=lambda route: route.method != "OPTIONS")
        ],
        request_class=Request,
        exception_handlers=trouble.handlers(),
        lifespan=[_lifespan(house)],
        state=State(
            {
                "house": house,
                "views": views.Views(statics, reload=not config.production),
                "counter": limits.counter(config.redis_url),
                "openapi": openapi.document(table, config),
                "recognize": auth.person.check,
            }
        ),
        openapi_config=None,
        logging_config=None,
    )
    if config.metrics_token is None:
        return Shell(application, config)
    from crm.kernel.metrics import Measured  # noqa: PLC0415 counted only where somebody reads it

    return Measured(application, config)


def _lifespan(house: House) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(application: Litestar) -> AsyncIterator[None]:
        async with living(house, "web"):
            application.state.prober = Prober(house)
            try:
                yield
            finally:
                await application.state.prober.close()

    return live
