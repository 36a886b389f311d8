"""`ops dev` with everything in it: started, used, stopped in every way, and started again."""

from __future__ import annotations

import json
import os
import signal

import httpx
import pytest

from shared.embedded_postgres import locks


@pytest.fixture
def up(dev):
    if not hasattr(dev, "process") or dev.process.poll() is not None:
        dev.start()
        assert dev.wait_until_ready(), dev.log.read_text()
    return dev


def find_process(dev, part: str) -> int:
    return next(pid for pid, command in dev.list_processes().items() if part in command)


def read_errors(dev) -> list[str]:
    return [line for line in dev.log.read_text().splitlines() if line.startswith("Error: ")]


def send_enquiry(dev, email: str) -> str:
    enquiry = {"name": "Ada", "email": email, "message": "Please look at our pumps."}
    origin = {"origin": f"http://localhost:{dev.site_port}"}
    answer = httpx.post(f"http://127.0.0.1:{dev.crm_port}/api/leads", json=enquiry, headers=origin)
    assert answer.status_code == 201, answer.text
    return answer.json()["reference"]


def list_references(dev) -> list[str]:
    key = dev.run("crm", "apikey", "create", "--name", "test", "--scopes", "leads:read").stdout.strip()
    bearer = {"authorization": f"Bearer {key}"}
    leads = httpx.get(f"http://127.0.0.1:{dev.crm_port}/api/v1/leads", headers=bearer).json()
    return [lead["reference"] for lead in leads["data"]]


def test_it_prints_urls_and_credentials_and_both_parts_answer(up):
    said = up.log.read_text()
    sign_in = json.loads((up.folder / "data" / "sign-in.json").read_text())
    for part in (f"http://localhost:{up.site_port}/", f"http://localhost:{up.crm_port}/", *sign_in, *sign_in.values()):
        assert part in said
    assert httpx.get(f"http://127.0.0.1:{up.site_port}/").status_code == 200
    assert httpx.get(f"http://127.0.0.1:{up.crm_port}/api/v1/health").json()["status"] == "ok"


def test_output_in_a_file_has_no_color(up):
    assert "\x1b" not in up.log.read_text()


def test_ops_verify_finds_every_promise_kept(up):
    """It finds the ports by itself, and signs its test enquiry with the stored key."""
    key = up.folder / "data" / "synthetic-key"
    assert key.stat().st_mode & 0o777 == 0o600
    del up.environ["SITE_PORT"], up.environ["CRM_PORT"]
    verified = up.run("ops", "verify", "--target", "local", "--json")
    up.environ |= {"SITE_PORT": up.site_port, "CRM_PORT": up.crm_port}
    report = json.loads(verified.stdout)
    assert [check for check in report["checks"] if check["state"] not in ("passed", "skipped")] == []
    assert (report["ok"], verified.returncode) == (True, 0)
    details = {check["name"]: check["detail"] for check in report["checks"]}
    assert details["synthetic not counted"].startswith("webhooks received lead.synthetic alone; the figures stay at")
    assert key.read_text().strip() not in up.log.read_text()


def test_the_same_ports_are_refused_while_it_runs(up):
    second = up.run("ops", "dev")
    assert second.returncode == 2
    lines = second.stderr.removeprefix("Error: ").splitlines()
    assert [line.split()[0] for line in lines] == ["SITE_PORT", "CRM_PORT"]
    assert "another program listens" in lines[0]
    assert httpx.get(f"http://127.0.0.1:{up.site_port}/").status_code == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_everything_runs_stops_it_too(dev, how):
    if hasattr(dev, "process") and dev.process.poll() is None:
        dev.stop()
    dev.start()
    assert locks.wait_for(lambda: "PostgreSQL" in dev.log.read_text(), 60)
    assert dev.stop(how) == 0
    assert dev.wait_until_gone(), dev.list_processes()


def test_stopping_leaves_no_process_and_the_data_is_there_next_time(up):
    reference = send_enquiry(up, "ada@stop.example")
    assert up.stop(signal.SIGINT) == 0
    assert up.wait_until_gone(), up.list_processes()
    up.start()
    assert up.wait_until_ready(), up.log.read_text()
    assert reference in list_references(up)


def test_kill_9_leaves_no_process_and_loses_no_data(up):
    reference = send_enquiry(up, "ada@killed.example")
    up.stop(signal.SIGKILL)
    assert up.wait_until_gone(), up.list_processes()
    log = (up.folder / "data" / "postgres" / "server.log").read_text()
    assert log.rstrip().endswith("database system is shut down")
    up.start()
    assert up.wait_until_ready(), up.log.read_text()
    assert reference in list_references(up)


@pytest.mark.parametrize(
    ("part", "message"), [("crm serve", "`crm serve` was ended by SIGKILL"), ("postgres -D", "PostgreSQL has stopped")]
)
def test_when_one_part_dies_all_stop_and_the_error_names_it(up, part, message):
    os.kill(find_process(up, part), signal.SIGKILL)
    assert up.process.wait(60) == 1
    assert up.wait_until_gone(), up.list_processes()
    assert any(message in line for line in read_errors(up)), up.log.read_text()


def test_a_database_that_cannot_be_reached_is_one_error_line(dev):
    dev.environ["DATABASE_URL"] = "postgresql://ada@127.0.0.1:1/octatech"
    try:
        dev.start()
        assert dev.process.wait(60) == 1
    finally:
        del dev.environ["DATABASE_URL"]
    assert dev.wait_until_gone(), dev.list_processes()
    [line] = read_errors(dev)
    assert "cannot be reached" in line
    assert "DATABASE_URL" in line


def test_each_wrong_setting_is_one_line_and_nothing_starts(dev, monkeypatch):
    monkeypatch.setitem(dev.environ, "SITE_PORT", "eighty")
    monkeypatch.setitem(dev.environ, "DEMO", "maybe")
    done = dev.run("ops", "dev")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split()[0] for line in done.stderr.removeprefix("Error: ").splitlines()] == ["SITE_PORT", "DEMO"]
    assert dev.wait_until_gone()
