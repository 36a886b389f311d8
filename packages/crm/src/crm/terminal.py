"""Helpers of every `crm` command: load the configuration, run one transaction, report errors."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, NoReturn

import asyncpg
import typer

from crm import config as configuration
from crm.config import Config
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from shared import heartbeat_urls


def fail(*lines: str) -> NoReturn:
    """Print each line on stderr and exit with status 1."""
    for line in lines:
        typer.echo(f"crm: {line}", err=True)
    raise typer.Exit(1)


@contextlib.contextmanager
def load_config() -> Iterator[Config]:
    """Load the configuration. Without DATABASE_URL, use the embedded database of DATA_DIR and start it if needed."""
    from shared import embedded_postgres, local_secrets  # noqa: PLC0415 needed on a laptop only

    try:
        if os.environ.get("DATABASE_URL"):
            yield configuration.load()
            return
        with embedded_postgres.borrow_database(os.environ) as url:
            stored = {"SESSION_SECRET": local_secrets.session_secret(embedded_postgres.data_folder(os.environ))}
            yield configuration.load({**stored, **os.environ}, database_url=url)
    except configuration.ConfigError as error:
        fail(*error.errors)
    except embedded_postgres.CannotStartError as error:
        fail(str(error))


def run(work: Coroutine[Any, Any, int]) -> None:
    """Run `work` and exit with its status."""
    import uvloop  # noqa: PLC0415 commands that only print do not need it

    raise typer.Exit(uvloop.run(work))


def commit(work: Callable[[Connection, AppContext], Awaitable[str]]) -> str:
    """Run `work` in one transaction and return its message. Expected errors end the command."""
    import uvloop  # noqa: PLC0415

    from crm.kernel import db, errors  # noqa: PLC0415

    async def do(context: AppContext) -> str:
        try:
            async with context.db.transaction() as connection:
                return await work(connection, context)
        finally:
            await context.db.close()

    with load_config() as config:
        try:
            return uvloop.run(do(AppContext.of(config)))
        except errors.ValidationError as error:
            fail(*(f"{field_error.field}: {field_error.message}" for field_error in error.errors))
        except errors.AppError as error:
            fail(error.detail)
        except asyncpg.UndefinedTableError:
            fail("The database has no schema yet. Run `crm migrate` first.")
        except db.UNREACHABLE as error:
            fail(f"The database cannot be reached ({type(error).__name__}). Check DATABASE_URL and that it is running.")
        except db.TEMPORARY as error:
            fail(f"The database did not accept it ({type(error).__name__}). Nothing was changed. Try again later.")


def set_up_logs(config: Config) -> None:
    """Log JSON lines to stdout, without any secret of the configuration. Send errors to Sentry if SENTRY_DSN is set."""
    from crm.kernel import log  # noqa: PLC0415
    from crm.monitoring import sentry  # noqa: PLC0415

    scrub = log.Scrubber(secrets_of(config))
    log.set_up(config.log_level, scrub, sentry.reporter(config, scrub) if config.sentry_dsn else None)


def secrets_of(config: Config) -> list[str]:
    """Every value that must never appear in a log."""
    return [
        config.database_url,
        config.migration_database_url,
        config.session_secret,
        *config.sealing_keys,
        config.admin_password,
        config.redis_url,
        config.resend_api_key,
        config.smtp_url,
        config.oidc_client_secret,
        config.mail_inbound_secret,
        config.resend_webhook_secret,
        config.synthetic_key or "",
        config.metrics_token or "",
        config.sentry_dsn,
        *heartbeat_urls.list_urls(config.heartbeat_url),
    ]
