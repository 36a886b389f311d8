"""What must hold of the graph beyond its shape: it agrees with `site.toml`, the Dockerfiles and the service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from house.site import Site
from ops.railway import authoring, legacy, sources
from ops.railway.graph import Database, Graph, Literally, Reference, Service

HEALTH = "/api/v1/health"
GRACE_S = 25  # how long `crm serve` lets requests in hand finish
RESTARTS = 3  # a crash that comes again at once should be seen, one that does not should mend itself
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|(?<!PUBLIC)_KEYS?\b|SEALING|DATABASE_URL|REDIS_URL|SMTP_URL")
POSTGRES = re.compile(r":(\d+)$")
# Read by the service, and left to their defaults on Railway for the reason given.
NOT_ON_RAILWAY = {
    "HOST": "the default of production listens on every address",
    "WEBHOOKS_ALLOW_LOOPBACK": "refused in production",
    "SITE_FILE": "the image says where its facts are",
}


class Finding(NamedTuple):
    """`where` in the graph or file, what is wrong, and what to do."""

    where: str
    what: str
    fix: str


class Case(NamedTuple):
    """Everything a check looks at. `root` is the repository."""

    graph: Graph
    site: Site
    root: Path
    file: Path
    variables: frozenset[str]

    @property
    def web(self) -> Service:
        return legacy.web(self.graph)


def dropped_arguments(case: Case) -> Iterator[Finding]:
    for line, what in authoring.unknown_arguments(case.file):
        yield Finding(f"{case.file.name}:{line}", what, "Use an argument that is looked at.")


def addresses(case: Case) -> Iterator[Finding]:
    known = [node.address for node in case.graph.resources]
    for address in {address for address in known if known.count(address) > 1}:
        yield Finding(address, "two resources have this name", "Rename one.")
    for service in case.graph.services:
        for name, variable in service.variables.items():
            if isinstance(variable, Reference) and variable.resource not in known:
                yield Finding(_at(service, name), f"refers to {variable.resource}, which is not here", "Add it.")


def source(case: Case) -> Iterator[Finding]:
    repository = case.site.repository
    told = f"{repository.owner}/{repository.name}"
    for service in case.graph.services:
        if (service.source.repo, service.source.branch) != (told, repository.branch):
            yield Finding(service.address, "builds another repository or branch than site.toml says", f"Use {told}.")
        if service.source.check_suites is not False:
            yield Finding(service.address, "waits for GitHub's checks, and they for it", "Set checkSuites=False.")


def domains(case: Case) -> Iterator[Finding]:
    expected = {case.site.domains.api, case.site.domains.crm}
    told = case.web.networking.custom_domains or {}
    if set(told) != expected:
        yield Finding(
            _at(case.web, "domains"), f"are {', '.join(sorted(told))}", f"site.toml says {', '.join(sorted(expected))}."
        )
    port = _literal(case.web, "PORT")
    image = sources.port(case.root / str(case.web.build.dockerfile_path))
    for domain, at in told.items():
        if str(at.port) != port or at.port != image:
            yield Finding(
                domain, f"leads to port {at.port}; PORT is {port} and the image listens on {image}", "Make them one."
            )


def addresses_people_see(case: Case) -> Iterator[Finding]:
    site = case.site
    for name, told in {"CRM_BASE_URL": site.crm_url, "SITE_URL": site.url, "CORS_ORIGIN": site.url}.items():
        if _literal(case.web, name) != told:
            yield Finding(_at(case.web, name), f"is {_literal(case.web, name)!r}", f"site.toml makes it {told}.")


def life(case: Case) -> Iterator[Finding]:
    deploy, at = case.web.deploy, case.web.address
    if deploy.healthcheck_path != HEALTH:
        yield Finding(at, f"asks {deploy.healthcheck_path or 'nothing'} for its health", f"healthcheck={HEALTH!r}.")
    if not 120 <= (deploy.healthcheck_timeout or 0) <= 300:
        yield Finding(
            at, "gives a new release less than 120 s or more than 300 s to get well", "healthcheckTimeout=120."
        )
    if deploy.pre_deploy_command != ["crm migrate"]:
        yield Finding(at, "serves a new release on an old schema", 'preDeploy="crm migrate".')
    if not deploy.overlap_seconds:
        yield Finding(at, "stops the old release before the new one serves", "overlapSeconds=20.")
    if (deploy.draining_seconds or 0) <= GRACE_S:
        yield Finding(at, f"kills requests in hand; the service takes up to {GRACE_S} s", "drainingSeconds=30.")
    if (
        deploy.restart_policy_type not in ("ON_FAILURE", "ALWAYS")
        or (deploy.restart_policy_max_retries or 0) < RESTARTS
    ):
        yield Finding(at, "stays down after a crash", f'restartPolicyType="ON_FAILURE", {RESTARTS} tries or more.')


def builds(case: Case) -> Iterator[Finding]:
    for service in case.graph.services:
        path = service.build.dockerfile_path or ""
        if service.build.builder != "DOCKERFILE" or not (case.root / path).is_file():
            yield Finding(service.address, "is not built from a Dockerfile of this repository", "Name it.")
            continue
        for missing in sources.unwatched(case.root, path, service.build.watch_patterns or []):
            yield Finding(
                service.address, f"is not built anew when {missing} changes, though its build reads it", "Watch it."
            )


def secrets(case: Case) -> Iterator[Finding]:
    for service in case.graph.services:
        for name, variable in service.variables.items():
            if SECRET.search(name) and isinstance(variable, Literally):
                yield Finding(_at(service, name), "is a secret with its value in the repository", "Use preserve().")


def variables(case: Case) -> Iterator[Finding]:
    for name in sorted(case.variables - set(case.web.variables) - set(NOT_ON_RAILWAY)):
        yield Finding(
            _at(case.web, name), "is read by the service but not stated, so Railway would delete it", "preserve()."
        )


def clocks(case: Case) -> Iterator[Finding]:
    for service in case.graph.services:
        cron = service.deploy.cron_schedule
        if cron and not re.fullmatch(r"([1-9]|[1-5]\d) \S+ \S+ \S+ \S+", cron):
            yield Finding(service.address, f"runs at {cron!r}", "Name one minute that is not 0: everybody runs then.")
        if cron and service.deploy.restart_policy_type != "NEVER":
            yield Finding(service.address, "is restarted although it runs by the clock", 'restartPolicyType="NEVER".')


def databases(case: Case) -> Iterator[Finding]:
    if len(case.graph.databases) != 1:
        yield Finding("database", f"{len(case.graph.databases)} databases are stated", "The service has one.")
    for node in case.graph.databases:
        if not _major(node):
            yield Finding(node.address, f"has no major version in {node.image}", "Point-in-time recovery needs one.")


def generated(case: Case) -> Iterator[Finding]:
    if not legacy.equal(case.root / legacy.FILE, case.graph):
        yield Finding(str(legacy.FILE), f"differs from {case.file.name}", "Run `ops railway export`.")


ALL: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    dropped_arguments,
    addresses,
    source,
    domains,
    addresses_people_see,
    life,
    builds,
    secrets,
    variables,
    clocks,
    databases,
    generated,
)


def findings(case: Case) -> list[Finding]:
    """Everything that does not hold."""
    return [found for check in ALL for found in check(case)]


def _major(node: Database) -> int:
    told = POSTGRES.search(node.image)
    return int(told[1]) if told else 0


def _literal(service: Service, name: str) -> str | None:
    variable = service.variables.get(name)
    return variable.value if isinstance(variable, Literally) else None


def _at(service: Service, name: str) -> str:
    return f"{service.address}.{name}"
