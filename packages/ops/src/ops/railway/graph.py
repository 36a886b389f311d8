"""The types of what `.railway/railway.py` returns. An unknown key is an error at every level.

Railway's SDK and API silently drop what they do not know. The keys are those of the SDK 0.7 that this project needs.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True):
    """Has the stated keys and no others."""


class Source(Strict, frozen=True):
    type: Literal["github", "image"]
    repo: str | None = None
    branch: str | None = None
    image: str | None = None
    check_suites: bool | None = None


class Build(Strict, frozen=True):
    builder: Literal["DOCKERFILE"]
    watch_patterns: list[str] = []
    dockerfile_path: str = ""


class Deploy(Strict, frozen=True):
    start_command: str | None = None
    pre_deploy_command: Annotated[list[str], Meta(max_length=1)] = []
    num_replicas: Annotated[int, Meta(ge=1, le=200)] | None = None
    healthcheck_path: str | None = None
    healthcheck_timeout: int = 0
    restart_policy_type: Literal["ON_FAILURE", "ALWAYS", "NEVER"] | None = None
    restart_policy_max_retries: int = 0
    cron_schedule: str = ""
    overlap_seconds: int = 0
    draining_seconds: int = 0


class Port(Strict, frozen=True):
    port: Annotated[int, Meta(ge=1, le=65535)]


class Networking(Strict, frozen=True):
    custom_domains: dict[str, Port] = {}


class LiteralValue(Strict, frozen=True, tag="literal"):
    value: str


class Reference(Strict, frozen=True, tag="reference"):
    resource: str
    output: str


class Preserve(Strict, frozen=True, tag="preserve"):
    """Railway keeps the value. The file only names the variable."""


class Service(Strict, frozen=True, tag="service"):
    address: str
    kind: str
    name: str
    source: Source
    build: Build
    deploy: Deploy
    networking: Networking = Networking()
    variables: dict[str, LiteralValue | Reference | Preserve] = {}


class Database(msgspec.Struct, frozen=True, tag="database"):
    """The SDK writes all of it but its name, so there is no key to mistype."""

    address: str
    name: str
    engine: Literal["postgres", "redis"]
    image: str


class Graph(Strict, frozen=True):
    name: str
    resources: list[Service | Database]

    @property
    def services(self) -> list[Service]:
        return [node for node in self.resources if isinstance(node, Service)]

    @property
    def databases(self) -> list[Database]:
        """The PostgreSQL servers. A Redis holds only counts, and may be lost."""
        return [node for node in self.resources if isinstance(node, Database) and node.engine == "postgres"]

    @property
    def web(self) -> Service:
        """The service with custom domains."""
        return next(service for service in self.services if service.networking.custom_domains)

    def to_railway_json(self) -> str:
        """Returns `railway.json`: the web service in the older form, which Railway reads until 2026-12-01."""
        schema = "https://railway.com/railway.schema.json"
        document = {"$schema": schema, "build": self.web.build, "deploy": self.web.deploy}
        return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
