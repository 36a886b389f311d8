"""Builds the web application: routes, middleware, exception handlers, and what starts and stops with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from crm import apidocs, reactions, routes
from crm.accounts import audit, auth
from crm.config import Config
from crm.kernel import events, views
from crm.kernel.app_context import AppContext
from crm.kernel.errors import OriginError
from crm.kernel.http import exception_handlers, rate_limits, routing
from crm.kernel.http.middleware import AppMiddleware
from crm.kernel.http.static_files import StaticFiles
from crm.monitoring import database_errors
from crm.monitoring.health import Prober
from crm.records import stages
from crm.worker import living
from crm.workspace import layout


def build(config: Config) -> Starlette:
    """The whole service as one ASGI application. It connects to the database on first use."""
    context = AppContext.of(config)
    events.bind(reactions.TABLE)
    static_files = StaticFiles()
    table = routes.table()

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        async with living(context, "web"):
            application.state.prober = prober = Prober(context)
            try:
                yield
            finally:
                await prober.close()

    application = Starlette(
        routes=[*routing.mount(table), Mount(static_files.path, static_files)],
        middleware=[Middleware(AppMiddleware, config=config)],
        exception_handlers=exception_handlers.HANDLERS
        | database_errors.DATABASE_HANDLERS
        | {
            OriginError: audit.handle_refused_origin,
            auth.ConfirmationRequiredError: auth.handle_confirmation_required,
        },
        lifespan=lifespan,
    )
    application.state.app_context = context
    application.state.views = views.Views(static_files, reload=not config.production)
    application.state.views.env.globals["stage_name"] = lambda key: stages.current().name_of(key)
    application.state.counter = rate_limits.counter(config.redis_url)
    application.state.openapi = apidocs.document(table, config)
    application.state.authenticate = layout.own.check
    if config.metrics_token is not None:
        from prometheus_client import CollectorRegistry  # noqa: PLC0415 it costs memory

        from crm.monitoring.request_metrics import MetricsMiddleware  # noqa: PLC0415

        application.state.metrics = CollectorRegistry(auto_describe=False)
        application.add_middleware(MetricsMiddleware, registry=application.state.metrics)
    return application
