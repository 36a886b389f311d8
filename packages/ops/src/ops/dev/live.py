"""The order of things: what comes up side by side, what waits for what, and what takes all of it down."""

from __future__ import annotations

import asyncio
import http.client
from pathlib import Path

from house import keys
from ops.dev import commands, database, pages
from ops.dev.changes import rebuild_on_change
from ops.dev.children import Child, finished, running
from ops.dev.faults import Trouble
from ops.dev.running import noting
from ops.dev.screen import Screen
from ops.dev.settings import Part, Settings
from ops.dev.signin import SignIn

PATIENCE_S = 60.0
STEP_S = 0.03


async def live(settings: Settings, sign_in: SignIn, screen: Screen) -> None:
    """Brings the parts up, announces them, and lives until cancelled or until one of them fails.

    Raises a group of `Trouble`.
    """
    async with asyncio.TaskGroup() as group:
        up = []
        if Part.SITE in settings.parts:
            up.append(site_up := asyncio.Event())
            group.create_task(_site(settings, screen, site_up))
        if Part.CRM in settings.parts:
            up.append(crm_up := asyncio.Event())
            group.create_task(_crm(settings, sign_in, screen, crm_up))
        for part in up:
            await part.wait()
        with noting(settings):
            screen.ready(settings, sign_in)
            await asyncio.Event().wait()


async def _site(settings: Settings, screen: Screen, up: asyncio.Event) -> None:
    build = commands.build_site(settings)
    log = settings.data_dir / "logs" / "site.log"
    with screen.step("Public site"):
        await finished(build, log)
    with pages.served(commands.site_folder(settings), settings.site_port):
        up.set()
        await rebuild_on_change(build, log, screen)


async def _crm(settings: Settings, sign_in: SignIn, screen: Screen, up: asyncio.Event) -> None:
    logs = settings.data_dir / "logs"
    async with database.running(settings, screen) as data:
        secret, trial = keys.session_secret(settings.data_dir), keys.synthetic_key(settings.data_dir)
        env = commands.crm_environment(settings, data.url, secret, sign_in, trial)
        wanted = f"{sign_in.email}, {'with' if settings.demo else 'without'} demo data"
        current = await data.current()
        if not current:
            with screen.step("Schema"):
                await finished(commands.migrate(env), logs / "migrate.log")
        async with running(commands.serve(env), logs / "crm.log") as child:
            async with asyncio.TaskGroup() as both:
                both.create_task(_healthy(child, settings.crm_port, screen))
                if not (current and data.was_filled(wanted)):
                    both.create_task(_fill(commands.seed(env, demo=settings.demo), logs / "seed.log", screen))
            data.filled(wanted)
            up.set()
            await child.ended()
            raise child.died()


async def _fill(seed: commands.Command, log: Path, screen: Screen) -> None:
    with screen.step("Data"):
        await finished(seed, log)


async def _healthy(child: Child, port: int, screen: Screen) -> None:
    """Waits until the service says that it is well. Raises `Died` when it ends first."""
    ended = asyncio.ensure_future(child.ended())
    try:
        with screen.step("CRM"):
            async with asyncio.timeout(PATIENCE_S):
                while not await asyncio.to_thread(_answers, port):
                    await asyncio.wait([ended], timeout=STEP_S)
                    if ended.done():
                        raise child.died()
    except TimeoutError:
        lines = "\n".join(f"  {line}" for line in child.lines)
        raise Trouble(f"`{child.name}` does not become healthy on port {port}.\n{lines}") from None
    finally:
        ended.cancel()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/api/v1/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
