"""The outside heartbeat beats while verdicts are kept, and goes out by the one way."""

from __future__ import annotations

from typing import Any

from ops.uptime.heartbeat import Heartbeat


async def test_a_beat_is_one_call(server: Any, behaviors: Any):
    server.behave = behaviors["answering"](b"OK")
    assert await Heartbeat(server.url("/a-long-secret"), loopback=True).beat() == ""
    assert [line.split(b"\r\n")[0] for line in server.asked] == [b"GET /a-long-secret HTTP/1.1"]


async def test_what_goes_wrong_is_told_without_the_path(server: Any, behaviors: Any):
    server.behave = behaviors["answering"](b"", "404 Not Found")
    assert await Heartbeat(server.url("/a-long-secret"), loopback=True).beat() == "It answers 404."
    server.behave = behaviors["answering"](b"", "302 Found", "location: http://10.0.0.1/")
    assert await Heartbeat(server.url("/a-long-secret"), loopback=True).beat() == "It answers 302."


async def test_an_address_inside_the_network_is_not_called(server: Any):
    heart = Heartbeat(server.url("/a-long-secret"))
    assert "is not a public address" in heart.fault()
    assert "is not a public address" in await heart.beat()
    assert server.asked == []
