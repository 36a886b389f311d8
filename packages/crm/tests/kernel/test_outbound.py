from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from conftest import environment
from http_sink import Reply, run_http_sink
from tls import create_tls_contexts

from crm.config import Config, load
from crm.kernel.security import outbound, ssrf_policy

LOOPBACK = (
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.0.0.1.",
    "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "localhost", "LOCALHOST",
    "api.localhost", "localhost.", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.１",
)  # fmt: skip
INSIDE = (
    "0", "0.0.0.0", "10.0.0.7", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0xa9fea9fe", "2852039166",
    "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "203.0.113.9", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "[::]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[fc00::1]",
    "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
    "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:53aa:64c:0:7fff:80ff:fffe]", "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::7f00:1]", "[100::1]", "[3fff::1]", "metadata.google.internal", "printer.local", "nas.lan", "intranet",
)  # fmt: skip


@pytest.fixture
def strict(database_url: str) -> Config:
    """As in production: not even loopback."""
    return load(environment(database_url, WEBHOOKS_ALLOW_LOOPBACK="0"))


def names(*answers: str) -> outbound.Resolver:
    """A resolver that answers with each of `answers` in turn, and the last for ever."""
    left = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return (left.pop(0) if len(left) > 1 else left[0]).split()

    return resolve


@pytest.mark.parametrize("host", LOOPBACK + INSIDE)
async def test_an_address_inside_is_refused_in_every_disguise(strict: Config, host: str):
    url = f"http://{host}/hook"
    assert outbound.check_url(strict, url)
    with pytest.raises(outbound.OutboundError):
        await outbound.send(strict, "POST", url, {}, b"")


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "fe80::1%eth0", "100.127.0.1"]
)
async def test_a_public_name_that_leads_inside_is_refused(strict: Config, address: str):
    with pytest.raises(outbound.OutboundError, match="not a public address"):
        await outbound.send(strict, "GET", "http://hook.example.org:8080/", {}, b"", resolver=names(address))


async def test_a_name_with_one_public_and_one_private_address_is_not_called_at_all(strict: Config):
    with pytest.raises(outbound.OutboundError, match="not a public address"):
        await outbound.send(strict, "GET", "https://hook.example.org/", {}, b"", resolver=names("9.9.9.9 10.0.0.1"))


@pytest.mark.parametrize("address", ["9.9.9.9", "2606:4700::1111", "::ffff:9.9.9.9", "64:ff9b::909:909"])
def test_a_public_address_may_be_called(address: str):
    assert ssrf_policy.may_be_called(address, loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)", "//example.org/",
        "example.org", "https://", "https://user:word@example.org/", "https://user@example.org/",
        "http://example.org:22/", "http://example.org:25/", "http://example.org:70000/", "https://exa mple.org/",
        "https://example.org/\n", "https://example.org/" + "a" * 2000, "https://[::g]/", "https://xn--/",
    ],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused_with_a_sentence(strict: Config, url: str):
    assert outbound.check_url(strict, url).endswith(".")


@pytest.mark.parametrize(
    "url", ["https://example.org/hook", "http://example.org:8080/?a=b", "https://bücher.example/", "https://9.9.9.9/"]
)
def test_a_public_address_passes_the_form(strict: Config, url: str):
    assert outbound.check_url(strict, url) == ""


async def test_the_development_setting_lets_loopback_be_called(settings: Config):
    async with run_http_sink() as receiver:
        answer = await outbound.send(settings, "POST", receiver.url, {"x-sign": "1"}, b"{}")
        assert (answer.status, answer.excerpt) == (200, "ok")
        assert receiver.received[0].headers["host"] == f"127.0.0.1:{receiver.port}"
        assert receiver.received[0].headers["x-sign"] == "1"


@pytest.mark.parametrize("host", INSIDE)
async def test_the_development_setting_opens_nothing_but_loopback(settings: Config, host: str):
    with pytest.raises(outbound.OutboundError, match="not a public address"):
        await outbound.send(settings, "POST", f"http://{host}:8080/", {}, b"")


async def test_a_name_that_changes_its_mind_is_called_where_it_was_checked(settings: Config):
    async with (
        run_http_sink("127.0.0.1") as first,
        run_http_sink("127.0.0.2", first.port) as second,
    ):
        resolver = names("127.0.0.1", "127.0.0.2")
        await outbound.send(settings, "GET", f"http://hook.example.org:{first.port}/", {}, b"", resolver=resolver)
        assert len(first.received) == 1
        assert second.received == []
        assert first.received[0].headers["host"] == f"hook.example.org:{first.port}"


async def test_a_name_that_turns_inward_after_the_form_is_not_called(strict: Config):
    async with run_http_sink() as receiver:
        url = f"http://hook.example.org:{receiver.port}/"
        assert outbound.check_url(strict, url) == ""
        with pytest.raises(outbound.OutboundError, match="not a public address"):
            await outbound.send(strict, "GET", url, {}, b"", resolver=names("127.0.0.1"))
        assert receiver.received == []


async def test_a_redirect_is_answered_as_it_is_and_not_followed(settings: Config):
    async with run_http_sink() as receiver, run_http_sink() as inner:
        receiver.replies = [Reply(302, {"location": inner.url})]
        answer = await outbound.send(settings, "POST", receiver.url, {}, b"{}")
        assert answer.status == 302
        assert inner.received == []


async def test_a_slow_receiver_is_cut_off(settings: Config, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbound, "TIMEOUT_S", 0.3)
    async with run_http_sink() as receiver:
        receiver.replies = [Reply(silent=True)]
        with pytest.raises(outbound.OutboundError, match="No complete answer within") as error:
            await outbound.send(settings, "POST", receiver.url, {}, b"{}")
        assert error.value.took_ms >= 300


async def test_a_slow_resolver_is_cut_off(settings: Config, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbound, "RESOLVE_TIMEOUT_S", 0.1)

    async def asleep(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(outbound.OutboundError, match="looked up in time"):
        await outbound.send(settings, "GET", "https://hook.example.org/", {}, b"", resolver=asleep)


async def test_an_endless_answer_is_read_up_to_its_limit_only(settings: Config):
    async with run_http_sink() as receiver:
        receiver.replies = [Reply(body=b"a\x00\xff" * 10_000, endless=True)]
        answer = await outbound.send(settings, "GET", receiver.url, {}, b"")
        assert answer.status == 200
        assert len(answer.excerpt) == outbound.EXCERPT
        assert "\x00" not in answer.excerpt
        # What the two sockets hold between them, far from endless.
        assert receiver.sent_bytes < 20 * 1024 * 1024


async def test_a_packed_answer_is_not_unfolded(settings: Config):
    async with run_http_sink() as receiver:
        receiver.replies = [Reply(headers={"content-encoding": "gzip"}, body=b"\x1f\x8b not really")]
        answer = await outbound.send(settings, "GET", receiver.url, {}, b"")
        assert answer.excerpt.startswith("\x1f")
        assert receiver.received[0].headers["accept-encoding"] == "identity"


async def test_nobody_listening_is_reported_in_a_sentence(settings: Config):
    async with run_http_sink() as receiver:
        port = receiver.port
    with pytest.raises(outbound.OutboundError, match=r"127\.0\.0\.1 does not take connections"):
        await outbound.send(settings, "GET", f"http://127.0.0.1:{port}/secret-path", {}, b"")


async def test_the_next_address_is_tried_when_the_first_takes_no_connection(settings: Config):
    async with run_http_sink("127.0.0.1") as receiver:
        url = f"http://hook.example.org:{receiver.port}/"
        answer = await outbound.send(settings, "GET", url, {}, b"", resolver=names("127.0.0.2 127.0.0.1"))
        assert answer.status == 200


async def test_proxies_of_the_environment_are_not_used(settings: Config, monkeypatch: pytest.MonkeyPatch):
    async with run_http_sink() as receiver, run_http_sink() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await outbound.send(settings, "GET", receiver.url, {}, b"")
        assert len(receiver.received) == 1
        assert proxy.received == []


async def test_the_certificate_must_be_the_names_although_a_number_is_called(settings: Config, tmp_path: Path):
    tls, trust = create_tls_contexts("hook.example.org", tmp_path)
    async with run_http_sink(tls=tls) as receiver:
        known = names("127.0.0.1")
        right = f"https://hook.example.org:{receiver.port}/"
        answer = await outbound.send(settings, "POST", right, {}, b"{}", resolver=known, trust=trust)
        assert answer.status == 200
        wrong = f"https://other.example.org:{receiver.port}/"
        with pytest.raises(outbound.OutboundError, match=r"certificate of other\.example\.org does not hold"):
            await outbound.send(settings, "POST", wrong, {}, b"{}", resolver=known, trust=trust)
        with pytest.raises(outbound.OutboundError, match=r"certificate of hook\.example\.org does not hold"):
            await outbound.send(settings, "POST", right, {}, b"{}", resolver=known)
        assert len(receiver.received) == 1
