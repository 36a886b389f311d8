from __future__ import annotations

import socket

import pytest

from ops.cli import NoNetworkError, has_network, poll, require_network


@pytest.fixture
def refusing() -> tuple[str, int]:
    """An address of this machine that takes no connection."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host, port = probe.getsockname()
        return str(host), int(port)


def test_one_control_that_answers_is_a_network(refusing: tuple[str, int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert has_network([refusing, server.getsockname()])


def test_a_machine_without_network_gets_a_clear_error(refusing: tuple[str, int]) -> None:
    with pytest.raises(NoNetworkError, match="This machine has no network"):
        require_network([refusing])


class SetClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_polling_ends_with_the_answer_or_the_time() -> None:
    clock = SetClock()
    answers = iter([None, None, "ready"])
    assert poll(lambda: next(answers), timeout_s=10, interval_s=1, clock=clock) == "ready"
    assert clock.time == 2
    assert poll(lambda: None, timeout_s=10, interval_s=3, clock=clock) is None
    assert clock.time == 14
