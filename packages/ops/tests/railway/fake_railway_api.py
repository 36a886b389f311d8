"""A stand-in for Railway's GraphQL API on loopback: a schema of its own, so that a wrong question is refused."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from graphql import DocumentNode, GraphQLError, build_schema, execute_sync, parse, validate

TOKEN = "project-token-of-the-tests"
SCHEMA = build_schema("""
    type ProjectToken { projectId: String! environmentId: String! }
    type Service { id: ID! name: String! }
    type ServiceEdge { node: Service! }
    type ServiceConnection { edges: [ServiceEdge!]! }
    type Project { id: String! name: String! services(first: Int): ServiceConnection! }
    scalar DateTime
    scalar DeploymentMeta
    enum DeploymentStatus {
        BUILDING CRASHED DEPLOYING FAILED INITIALIZING NEEDS_APPROVAL QUEUED REMOVED REMOVING SKIPPED SLEEPING SUCCESS
        WAITING
    }
    enum DeploymentEventStep {
        SNAPSHOT_CODE BUILD_IMAGE PUBLISH_IMAGE PRE_DEPLOY_COMMAND CREATE_CONTAINER CONFIGURE_NETWORK MIGRATE_VOLUMES
        WAIT_FOR_DEPENDENCIES HEALTHCHECK DRAIN_INSTANCES
    }
    input DeploymentListInput { projectId: String environmentId: String serviceId: String }
    type DeploymentCreator { name: String }
    type Deployment {
        id: ID! status: DeploymentStatus! createdAt: DateTime! statusUpdatedAt: DateTime canRollback: Boolean!
        serviceId: String meta: DeploymentMeta creator: DeploymentCreator
    }
    type DeploymentEdge { node: Deployment! }
    type DeploymentConnection { edges: [DeploymentEdge!]! }
    type EventPayload { error: String reason: String skipped: Boolean }
    type DeploymentEvent {
        step: DeploymentEventStep! createdAt: DateTime! completedAt: DateTime payload: EventPayload
    }
    type EventEdge { node: DeploymentEvent! }
    type EventConnection { edges: [EventEdge!]! }
    type Log { message: String! severity: String timestamp: String! }
    type Incident { status: String! message: String! }
    type PlatformStatus { isStable: Boolean! incident: Incident }
    type Mutation { deploymentRollback(id: String!): Boolean! }
    type Query {
        deployments(input: DeploymentListInput!, first: Int): DeploymentConnection!
        deploymentEvents(id: String!, last: Int): EventConnection!
        buildLogs(deploymentId: String!, limit: Int): [Log!]!
        deploymentLogs(deploymentId: String!, limit: Int): [Log!]!
        platformStatus: PlatformStatus!
        projectToken: ProjectToken!
        project(id: String!): Project!
    }
""")


@functools.lru_cache
def validate_query(query: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """The question, and what the schema holds against it."""
    document = parse(query)
    return document, validate(SCHEMA, document)


class FakeRailwayApi:
    """`names` are the services of the project, by their id; `status` and `headers` are those of each response."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.queries: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.address = ""

    def answer(self, query: str, variables: dict[str, str]) -> dict[str, Any]:
        self.queries.append(query)
        document, errors = validate_query(query)
        if errors:
            return {"errors": [{"message": str(error)} for error in errors]}
        done = execute_sync(SCHEMA, document, self.build_root(), variable_values=variables)
        return {
            "data": done.data,
            **({"errors": [{"message": str(error)} for error in done.errors]} if done.errors else {}),
        }

    def build_root(self) -> dict[str, Any]:
        """What each question of the schema is answered with."""
        return {
            "projectToken": {"projectId": "p-1", "environmentId": "e-1"},
            "project": lambda _, **asked: {"id": asked["id"], "name": "octatech", "services": self._services()},
        }

    def next_status(self) -> int:
        """The status of the next answer, before the question is read."""
        return self.status

    def _services(self) -> Any:
        edges = [{"node": {"id": ident, "name": name}} for ident, name in self.names.items()]
        return lambda _, first=100: {"edges": edges[:first]}


@contextmanager
def run_fake_railway_api(api: FakeRailwayApi) -> Iterator[FakeRailwayApi]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = 401 if self.headers.get("Project-Access-Token") != TOKEN else api.next_status()
            document = api.answer(body["query"], body.get("variables") or {}) if status == 200 else {}
            data = json.dumps(document).encode() if status == 200 else b"<html>"
            self.send_response(status)
            for name, value in {**api.headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    api.address = f"http://127.0.0.1:{server.server_port}/graphql/v2"
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
