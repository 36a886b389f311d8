"""The way from a push to what is live as a graph: who starts whom, and who waits for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from workflows.workflow_files import Workflows, list_steps

PAGES, BLOG_PAGES, RAILWAY = "Pages", "Blog's Pages", "Railway"
STARTED = re.compile(r"gh workflow run (\S+\.yml)")

Graph = dict[str, set[str]]
"""The nodes that each node leads to."""


def build_starts(workflows: Workflows) -> Graph:
    """Returns what each workflow, and Railway, starts."""
    graph: Graph = {name: set() for name in (*workflows, PAGES, BLOG_PAGES, RAILWAY, "push", "schedule")}
    for name, workflow in workflows.items():
        for event in {"push", "schedule"} & set(workflow["on"]):
            graph[event].add(name)
        if "deployment_status" in workflow["on"]:
            graph[RAILWAY].add(name)
        for other in (workflow["on"].get("workflow_run") or {}).get("workflows", ()):
            graph[_find(workflows, other)].add(name)
    graph["push"].add(RAILWAY)
    for name, _, step in list_steps(workflows):
        graph[name] |= set(STARTED.findall(step.get("run", ""))) | _publishes(step)
    return graph


def build_waits(workflows: Workflows, *, check_suites: bool) -> Graph:
    """Returns what each node waits for. With `check_suites`, Railway waits for every workflow run of a commit."""
    graph: Graph = {name: set() for name in (*workflows, PAGES, BLOG_PAGES, RAILWAY)}
    if check_suites:
        graph[RAILWAY] |= set(workflows)
    for name, _, step in list_steps(workflows):
        graph[name] |= _publishes(step) - {BLOG_PAGES}  # a push to a branch waits for no deployment
        if "ops deploy watch" in step.get("run", ""):
            graph[name] |= {"deploy-web.yml", "deploy-blog.yml", PAGES, BLOG_PAGES, RAILWAY}
    for name, workflow in workflows.items():
        for other in (workflow["on"].get("workflow_run") or {}).get("workflows", ()):
            graph[name].add(_find(workflows, other))
    return graph


def find_circle(graph: Graph) -> list[str]:
    """Returns the nodes of a circle, or nothing."""

    def walk(path: list[str]) -> Iterator[list[str]]:
        for node in sorted(graph.get(path[-1], ())):
            if node in path:
                yield path[path.index(node) :]
            else:
                yield from walk([*path, node])

    return next((circle for start in sorted(graph) for circle in walk([start])), [])


def find_unguarded(workflows: Workflows) -> list[str]:
    """Returns each step that could publish an older commit after a newer one."""
    found = []
    for name, job, step in list_steps(workflows):
        if not _publishes(step):
            continue
        workflow = workflows[name]
        steps = workflow["jobs"][job]["steps"]
        before = [each for each in steps[: steps.index(step)] if each.get("id") == "newest"]
        guarded = (
            bool(before)
            and f'scripts/is-newest {name} "$GITHUB_SHA" >>"$GITHUB_OUTPUT"' in before[0]["run"]
            and "if" not in before[0]
            and step.get("if") == "steps.newest.outputs.publish == 'true'"
            and workflow["concurrency"] == {"group": workflow["concurrency"]["group"], "cancel-in-progress": False}
            and "${{" not in workflow["concurrency"]["group"]
            and not (workflow["on"].get("workflow_dispatch") or {}).get("inputs")
        )
        found += [] if guarded else [f"{name}/{job}"]
    return found


def find_busy_before_live(workflows: Workflows) -> list[str]:
    """Returns each step of a scheduled workflow that would run although site.toml does not say that it is live."""
    found = []
    for name, workflow in workflows.items():
        if "schedule" not in workflow["on"]:
            continue
        for job, body in workflow["jobs"].items():
            if "needs.live.outputs.live == 'true'" in body.get("if", "") and body.get("needs") == "live":
                continue
            gates = [f"steps.{step['id']}.outputs." for step in body["steps"] if "id" in step]
            for step in body["steps"]:
                asks = "actions/checkout@" in step.get("uses", "") or "scripts/is-live" in step.get("run", "")
                if not asks and not any(gate in step.get("if", "") for gate in gates):
                    found.append(f"{name}/{job}/{step.get('name', step.get('uses'))}")
    return found


def _publishes(step: dict[str, Any]) -> set[str]:
    pages = {PAGES} if "actions/deploy-pages@" in step.get("uses", "") else set()
    return pages | ({BLOG_PAGES} if "scripts/publish " in step.get("run", "") else set())


def _find(workflows: Workflows, title: str) -> str:
    return next(name for name, workflow in workflows.items() if workflow["name"] == title)
