"""The graph that `.railway/railway.py` gives, as Railway's tool takes it; an unknown key is refused at every level.

Railway's SDK and API drop what they do not know without a word. The keys are those of the SDK 0.7, of the tool that
compiles its graph, and of the schema that was published for `railway.json`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Least0 = Annotated[int, Meta(ge=0)]
Least1 = Annotated[int, Meta(ge=1)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", omit_defaults=True, kw_only=True):
    """A part of the graph that has the stated keys and no others."""


class Source(Strict, frozen=True):
    type: Literal["github", "image"]
    repo: str | UnsetType = UNSET
    branch: str | UnsetType = UNSET
    image: str | UnsetType = UNSET
    root_directory: str | UnsetType = UNSET
    commit_sha: str | UnsetType = UNSET
    check_suites: bool | UnsetType = UNSET


class Build(Strict, frozen=True):
    builder: Literal["DOCKERFILE", "RAILPACK"]
    watch_patterns: list[str] | UnsetType = UNSET
    build_command: str | UnsetType = UNSET
    dockerfile_path: str | UnsetType = UNSET
    railpack_version: str | UnsetType = UNSET


class Region(Strict, frozen=True):
    num_replicas: Annotated[int, Meta(ge=1, le=200)]


class Deploy(Strict, frozen=True):
    start_command: str | UnsetType = UNSET
    pre_deploy_command: Annotated[list[str], Meta(max_length=1)] | UnsetType = UNSET
    num_replicas: Annotated[int, Meta(ge=1, le=200)] | UnsetType = UNSET
    multi_region_config: dict[str, Region] | UnsetType = UNSET
    healthcheck_path: Annotated[str, Meta(pattern="^/")] | UnsetType = UNSET
    healthcheck_timeout: Least1 | UnsetType = UNSET
    sleep_application: bool | UnsetType = UNSET
    restart_policy_type: Literal["ON_FAILURE", "ALWAYS", "NEVER"] | UnsetType = UNSET
    restart_policy_max_retries: Least1 | UnsetType = UNSET
    cron_schedule: str | UnsetType = UNSET
    overlap_seconds: Least0 | UnsetType = UNSET
    draining_seconds: Least0 | UnsetType = UNSET


class Port(Strict, frozen=True):
    port: Annotated[int, Meta(ge=1, le=65535)]


class Networking(Strict, frozen=True):
    custom_domains: dict[str, Port] | UnsetType = UNSET


class Literally(Strict, frozen=True, tag="literal"):
    value: str


class Reference(Strict, frozen=True, tag="reference"):
    resource: str
    output: str


class Preserve(Strict, frozen=True, tag="preserve"):
    """The value is Railway's own; the file only says that it shall stay."""


Variable = Literally | Reference | Preserve


class Service(Strict, frozen=True, tag="service"):
    address: str
    kind: str
    name: str
    source: Source
    build: Build
    deploy: Deploy
    networking: Networking = Networking()
    variables: dict[str, Variable] = {}


class Database(Strict, frozen=True, tag="database"):
    address: str
    kind: str
    name: str
    engine: Literal["postgres", "redis"]
    image: str
    output: str
    source: Source
    default_mount_path: str
    deploy: dict[str, Any] = {}


class Graph(Strict, frozen=True):
    name: str
    resources: list[Service | Database]

    @property
    def services(self) -> list[Service]:
        return [node for node in self.resources if isinstance(node, Service)]

    @property
    def databases(self) -> list[Database]:
        """Those that keep what we have; a Redis only counts, and may be lost."""
        return [node for node in self.resources if isinstance(node, Database) and node.engine == "postgres"]
