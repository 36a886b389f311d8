from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner
from uptime.doubles import BetterStack, Double, UptimeRobot, serve

from ops.uptime.cli import cli
from shared import site_config
from shared.site_config import SiteConfig

FACTS = Path(__file__).parents[1] / "octatech.toml"


class Output(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(scope="session")
def facts() -> SiteConfig:
    return site_config.load(FACTS)


@pytest.fixture(params=[UptimeRobot, BetterStack], ids=["UptimeRobot", "Better Stack"])
def double(request: pytest.FixtureRequest) -> Iterator[Double]:
    """An empty account at one of the providers."""
    double = request.param()
    with serve(double):
        yield double


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Output]:
    """Runs `ops uptime …` with the site of the tests, and these variables."""

    def run(*arguments: str, **environ: str) -> Output:
        for name in ("UPTIMEROBOT_API_KEY", "BETTERSTACK_API_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"SITE_FILE": str(FACTS), "COLUMNS": "80", **environ}.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        return Output(result.exit_code, result.stdout, result.stderr)

    return run
