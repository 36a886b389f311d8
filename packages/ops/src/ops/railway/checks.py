"""What must hold beyond the types: the file agrees with `site.toml`, the Dockerfiles and the service's variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ops.railway import dockerfile
from ops.railway.evaluate import FILE, OLDER_FILE, find_unknown_arguments
from ops.railway.graph import Graph, LiteralValue, Reference, Service
from shared.site_config import SiteConfig

HEALTH_PATH = "/api/v1/health"
SHUTDOWN_S = 25  # how long `crm serve` finishes open requests
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|(?<!PUBLIC)_KEYS?\b|SEALING|DATABASE_URL|REDIS_URL|SMTP_URL")
CRON, VERSION = re.compile(r"([1-9]|[1-5]\d) \S+ \S+ \S+ \S+"), re.compile(r":\d+$")
# The service reads these, and their defaults are right on Railway.
NOT_ON_RAILWAY = {
    "HOST": "the default of production listens on every address",
    "WEBHOOKS_ALLOW_LOOPBACK": "refused in production",
    "SITE_FILE": "the image sets it",
}


class Rule(NamedTuple):
    """`where` is a place in the graph or a file. Where the rule does not hold, `what` is wrong and `fix` helps."""

    holds: bool
    where: str
    what: str
    fix: str


class Subject(NamedTuple):
    """What the rules read. `root` is the repository; `variables` are those that the CRM reads."""

    graph: Graph
    site: SiteConfig
    root: Path
    variables: frozenset[str]


def find_broken_rules(subject: Subject) -> list[Rule]:
    web = subject.graph.web
    rules = [
        *_list_file_rules(subject),
        *(rule for service in subject.graph.services for rule in _list_service_rules(subject, service)),
        *_list_variable_rules(subject, web),
        *_list_domain_rules(subject, web),
        *_list_release_rules(web),
    ]
    return [rule for rule in rules if not rule.holds]


def _list_file_rules(subject: Subject) -> list[Rule]:
    graph, names = subject.graph, [node.address for node in subject.graph.resources]
    older = subject.root / OLDER_FILE
    exported = older.is_file() and older.read_text(encoding="utf-8") == graph.to_railway_json()
    return [
        *(
            Rule(not what, f"{FILE.name}:{line}", what, "Write an argument that the SDK reads.")
            for line, what in find_unknown_arguments(subject.root / FILE)
        ),
        *(Rule(names.count(name) == 1, name, "is the name of two resources", "Rename one.") for name in set(names)),
        Rule(len(graph.databases) == 1, "database", f"is stated {len(graph.databases)} times", "State one."),
        *(
            Rule(bool(VERSION.search(node.image)), node.address, f"has no major version in {node.image}", "Name one.")
            for node in graph.databases
        ),
        Rule(exported, str(OLDER_FILE), f"differs from {FILE.name}", "Run `ops railway export`."),
    ]


def _list_service_rules(subject: Subject, service: Service) -> list[Rule]:
    at, source, facts = service.address, service.source, subject.site.repository
    cron, restarts = service.deploy.cron_schedule, service.deploy.restart_policy_type != "NEVER"
    repository, path = f"{facts.owner}/{facts.name}", service.build.dockerfile_path
    is_ours = (source.repo, source.branch) == (repository, facts.branch)
    waits = "waits for GitHub's check suites, and some of our workflows wait for Railway"
    is_here = (subject.root / path).is_file()
    unwatched = dockerfile.list_unwatched_paths(subject.root, path, service.build.watch_patterns) if is_here else []
    what = f"is not rebuilt when {', '.join(unwatched)} changes, though its build reads it"
    return [
        Rule(is_ours, at, "builds another repository or branch than site.toml says", f"Use {repository}."),
        Rule(not source.check_suites, at, waits, "Set checkSuites=False."),
        Rule(is_here, at, "is not built from a Dockerfile of this repository", "Name one in dockerfilePath."),
        Rule(not unwatched, at, what, "Watch it."),
        Rule(not cron or bool(CRON.fullmatch(cron)), at, f"runs at {cron!r}", "Name one minute; 0 is the busiest."),
        Rule(not (cron and restarts), at, "is restarted although it runs on a schedule", 'restartPolicyType="NEVER".'),
    ]


def _list_variable_rules(subject: Subject, web: Service) -> list[Rule]:
    names, site = {node.address for node in subject.graph.resources}, subject.site
    urls = {"CRM_BASE_URL": site.crm_url, "SITE_URL": site.url, "CORS_ORIGIN": site.url}
    unstated = "is read by the service but not stated, so Railway would delete it"
    stated = [
        (f"{service.address}.{name}", name, variable)
        for service in subject.graph.services
        for name, variable in service.variables.items()
    ]
    return [
        *(
            Rule(variable.resource in names, at, f"refers to {variable.resource}, which is missing", "Add it.")
            for at, _, variable in stated
            if isinstance(variable, Reference)
        ),
        *(
            Rule(not SECRET.search(name), at, "is a secret with its value in the file", "Use preserve().")
            for at, name, variable in stated
            if isinstance(variable, LiteralValue)
        ),
        *(
            Rule(name in web.variables, f"{web.address}.{name}", unstated, "Use preserve().")
            for name in sorted(subject.variables - set(NOT_ON_RAILWAY))
        ),
        *(
            Rule(web.variables.get(name) == LiteralValue(value=url), name, "is not what site.toml says", f"Use {url}.")
            for name, url in urls.items()
        ),
    ]


def _list_domain_rules(subject: Subject, web: Service) -> list[Rule]:
    domains, expected = web.networking.custom_domains, {subject.site.domains.api, subject.site.domains.crm}
    fix = f"site.toml says {', '.join(sorted(expected))}."
    exposed = dockerfile.get_exposed_port(subject.root / web.build.dockerfile_path)
    ports = {target.port for target in domains.values()}
    same = ports == {exposed} and web.variables.get("PORT") == LiteralValue(value=str(exposed))
    return [
        Rule(set(domains) == expected, f"{web.address}.domains", f"are {', '.join(sorted(domains))}", fix),
        Rule(same, f"{web.address}.PORT", "is not that of the domains and of EXPOSE in the image", f"Use {exposed}."),
    ]


def _list_release_rules(web: Service) -> list[Rule]:
    deploy, at = web.deploy, web.address
    restarts = deploy.restart_policy_type in ("ON_FAILURE", "ALWAYS") and deploy.restart_policy_max_retries >= 3
    in_time, drains = 120 <= deploy.healthcheck_timeout <= 300, deploy.draining_seconds > SHUTDOWN_S
    is_migrated = deploy.pre_deploy_command == ["crm migrate"]
    return [
        Rule(deploy.healthcheck_path == HEALTH_PATH, at, "has another health check", f"healthcheck={HEALTH_PATH!r}."),
        Rule(in_time, at, "has less than 120 s or more than 300 s to become healthy", "healthcheckTimeout=120."),
        Rule(is_migrated, at, "serves a new release on an old schema", 'preDeploy="crm migrate".'),
        Rule(deploy.overlap_seconds > 0, at, "stops the old release before the new one serves", "overlapSeconds=20."),
        Rule(drains, at, f"ends open requests; the service takes up to {SHUTDOWN_S} s", "drainingSeconds=30."),
        Rule(restarts, at, "stays down after a crash", 'restartPolicyType="ON_FAILURE", 3 tries or more.'),
    ]
