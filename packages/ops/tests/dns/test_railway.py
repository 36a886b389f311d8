"""What Railway asks for now is in the zone, the proof that its list of records leaves out too."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from graphql import build_schema, graphql_sync

from ops.dns import railway
from ops.dns.records import RecordError

TOKEN = "project-token-of-the-tests"
SCHEMA = build_schema("""
    type ProjectToken { projectId: String! environmentId: String! }
    type Service { id: ID! name: String! }
    type ServiceEdge { node: Service! }
    type ServiceConnection { edges: [ServiceEdge!]! }
    type Project { id: String! name: String! services(first: Int): ServiceConnection! }
    enum DNSRecordType {
        DNS_RECORD_TYPE_A DNS_RECORD_TYPE_CNAME DNS_RECORD_TYPE_NS DNS_RECORD_TYPE_UNSPECIFIED UNRECOGNIZED
    }
    type DNSRecords { fqdn: String! hostlabel: String! recordType: DNSRecordType! requiredValue: String! }
    type CustomDomainStatus {
        verified: Boolean! verificationDnsHost: String verificationToken: String dnsRecords: [DNSRecords!]!
    }
    type CustomDomain { id: String! domain: String! status: CustomDomainStatus! }
    type AllDomains { customDomains: [CustomDomain!]! }
    type Query {
        projectToken: ProjectToken!
        project(id: String!): Project!
        domains(projectId: String!, environmentId: String!, serviceId: String!): AllDomains!
    }
""")


def domain(name, target, host, kind="DNS_RECORD_TYPE_CNAME"):
    wanted = {"fqdn": name, "hostlabel": name.split(".")[0], "recordType": kind, "requiredValue": target}
    status = {"verified": False, "verificationDnsHost": host, "verificationToken": f"railway-verify={name}"}
    return {"id": name, "domain": name, "status": {**status, "dnsRecords": [wanted]}}


@pytest.fixture
def asks():
    """The domains of each service, and where they are values."""
    asks = {
        "web": [
            domain("api.octatech.xyz", "new1.up.railway.app", "_railway-verify.api"),
            domain("crm.octatech.xyz", "new2.up.railway.app.", "_railway-verify.crm.octatech.xyz"),
            domain("shop.other.example", "new3.up.railway.app", "_railway-verify.shop"),
        ],
        "worker": [],
    }
    nodes = [{"node": {"id": ident, "name": ident}} for ident in asks]
    root = {
        "projectToken": {"projectId": "p-1", "environmentId": "e-1"},
        "project": lambda _, **place: {"id": place["id"], "name": "octatech", "services": {"edges": nodes}},
        "domains": lambda _, **place: {"customDomains": asks[place["serviceId"]]},
    }

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = 200 if self.headers.get("Project-Access-Token") == TOKEN else 401
            done = graphql_sync(SCHEMA, body["query"], root, variable_values=body.get("variables"))
            assert not done.errors, done.errors
            data = json.dumps({"data": done.data}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *result):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    asks["address"] = f"http://127.0.0.1:{server.server_port}"
    yield asks
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_domain_asks_for_a_host_of_its_own_and_for_a_proof(asks):
    found = {
        (each.name, each.type): each.values
        for each in railway.read_railway_records(TOKEN, "octatech.xyz", 300, asks["address"])
    }
    assert found == {
        ("api.octatech.xyz", "CNAME"): ("new1.up.railway.app.",),
        ("_railway-verify.api.octatech.xyz", "TXT"): ("railway-verify=api.octatech.xyz",),
        ("crm.octatech.xyz", "CNAME"): ("new2.up.railway.app.",),
        ("_railway-verify.crm.octatech.xyz", "TXT"): ("railway-verify=crm.octatech.xyz",),
    }


def test_with_a_token_the_zone_has_what_railway_asks_for_now(dns_command, knot, asks):
    dns_command.environ["RAILWAY_TOKEN"] = TOKEN
    assert dns_command.run("apply", "--yes", "--railway-api", asks["address"]).status == 0
    assert knot.ask("api.octatech.xyz", "CNAME") == ["new1.up.railway.app."]
    assert dns_command.run("check", "--railway-api", asks["address"]).status == 0
    asks["web"][0]["status"]["dnsRecords"][0]["requiredValue"] = "newer.up.railway.app"
    result = dns_command.run("check", "--railway-api", asks["address"])
    assert result.status == 1
    assert "  add  CNAME  api.octatech.xyz  300  newer.up.railway.app." in result.out.splitlines()


def test_a_type_that_is_not_known_is_named(asks):
    asks["web"] = [domain("api.octatech.xyz", "x", "y", "DNS_RECORD_TYPE_UNSPECIFIED")]
    with pytest.raises(RecordError, match=r"of the type UNSPECIFIED at api\.octatech\.xyz"):
        railway.read_railway_records(TOKEN, "octatech.xyz", 300, asks["address"])


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"], ["check"], ["export"]])
def test_a_refused_token_is_one_line(dns_command, asks, command):
    dns_command.environ["RAILWAY_TOKEN"] = "another"
    result = dns_command.run(*command, "--railway-api", asks["address"])
    assert result.status == (2 if command == ["check"] else 1)
    assert result.err.startswith("Error: Railway refuses the token.")
    assert len(result.err.splitlines()) == 1
