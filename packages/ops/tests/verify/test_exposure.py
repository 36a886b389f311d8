from __future__ import annotations

import pytest
from lookalike.edge import Answer
from verify.asking import red, where

from ops.verify.exposure import Exposure


def found(_: Answer) -> Answer:
    return Answer(200, [("content-type", "text/plain"), ("content-length", "2")], b"ok")


async def test_nothing_stands_open(client):
    assert await red(Exposure(client).checks()) == {}


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("/.git/HEAD", "forgotten files"),
        ("/.env", "forgotten files"),
        ("/dump.sql", "forgotten files"),
        ("/metrics", "tools"),
        ("/docs", "tools"),
        ("/openapi.json", "tools"),
    ],
)
async def test_what_should_not_be_there_is_found(lookalike, client, path, check):
    lookalike.edge.alter = where(path, found)
    told = await red(Exposure(client).checks())
    assert list(told) == [check]
    assert told[check].said == f"https://octatech.xyz{path} answers 200"
    assert told[check].hint


async def test_an_echo_is_found(lookalike, client):
    def echo(asked, answer):
        if asked.method != "TRACE" or asked.host != "api.octatech.xyz":
            return answer
        return answer._replace(status=200).saying(f"x-verify: {asked.headers['x-verify']}".encode())

    lookalike.edge.alter = echo
    told = await red(Exposure(client).checks())
    assert list(told) == ["TRACE"]
    assert told["TRACE"].said == "https://api.octatech.xyz answers TRACE with 200"
    assert "405" in told["TRACE"].hint
