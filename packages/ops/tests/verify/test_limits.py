from __future__ import annotations

import msgspec
import pytest
from lookalike.edge import Answer, Asked
from verify.asking import evidence, red, skipped, where

from ops.verify import target
from ops.verify.limits import Limits, may_be_pushed

# All visitors of the look-alike come from one address, which may try fifty passwords an hour; so few tests try any.


async def test_rates_are_told_and_kept(client, key):
    told, kept = Limits(client, key).checks()
    assert "a minute" in await evidence(told)
    assert await evidence(kept) == "429 at try 6, for 60 s"


@pytest.mark.parametrize("name", ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"])
async def test_an_answer_without_its_rate_is_found(lookalike, client, key, name):
    lookalike.edge.alter = where("/api/v1/me", lambda answer: answer.without(name))
    told = await red(Limits(client, key).checks()[:1])
    assert list(told) == ["rate told"]
    assert name in told["rate told"].said


async def test_asking_that_costs_nothing_is_found(lookalike, client, key):
    lookalike.edge.alter = where("/api/v1/me", lambda answer: answer.having("ratelimit-remaining", "3000"))
    told = await red(Limits(client, key).checks()[:1])
    assert "does not go down" in told["rate told"].said
    assert "REDIS_URL" in told["rate told"].hint


async def test_a_door_that_never_closes_is_found_within_a_few_tries(lookalike, client, key):
    tries = []

    def open_door(asked: Asked) -> Answer:
        tries.append(asked)
        return Answer(422, [("content-length", "0")])

    lookalike.edge.hosts["crm.octatech.xyz"] = open_door
    told = await red(Limits(client, key).checks())
    assert list(told) == ["rate kept"]
    assert "auth/throttle.py" in told["rate kept"].hint
    assert len(tries) == 12


async def test_a_refusal_that_does_not_say_how_long_is_found(lookalike, client, key):
    lookalike.edge.alter = where("/sign-in", lambda answer: answer.without("retry-after"))
    told = await red(Limits(client, key).checks())
    assert "Retry-After" in told["rate kept"].said


async def test_production_is_never_asked_until_it_refuses(client, key):
    live = msgspec.structs.replace(client.target, connect={})
    client.target = live
    assert not may_be_pushed(live)
    assert "not asked until it refuses" in await skipped(Limits(client, key).checks()[1])


@pytest.mark.parametrize("there", ["octatech.up.railway.app:443", "203.0.113.7:443", "[2001:db8::1]:443"])
def test_a_house_that_is_not_all_on_this_machine_is_not_pushed(lookalike, there):
    ways = {**lookalike.target.connect, "api.octatech.xyz:443": there}
    assert may_be_pushed(lookalike.target)
    assert not may_be_pushed(msgspec.structs.replace(lookalike.target, connect=ways))


def test_the_house_of_this_machine_may_be_pushed(tmp_path):
    assert may_be_pushed(target.named("local", {"DATA_DIR": str(tmp_path)}))
