from __future__ import annotations

import json

import pytest
from lookalike.edge import Answer, Asked
from verify.asking import evidence, red

from ops.verify.problems import Problems


def without(*names: str):
    """The problem, lacking these of its fields."""

    def change(answer: Answer) -> Answer:
        told = {name: value for name, value in json.loads(answer.body).items() if name not in names}
        return answer.saying(json.dumps(told).encode())

    return change


async def test_every_refusal_has_one_shape(client):
    assert await evidence(Problems(client).checks()[0]) == "400, 401, 403, 404, 405, 413, 415, 422"


@pytest.mark.parametrize(
    ("status", "change", "said"),
    [
        (400, lambda answer: answer._replace(status=500), "answers 500, not 400"),
        (401, lambda answer: answer.without("www-authenticate"), "how to come in"),
        (403, without("request_id"), "does not name its request"),
        (403, lambda answer: answer.having("x-request-id", "another"), "does not name its request"),
        (404, lambda answer: answer.having("content-type", "text/html"), "comes as text/html"),
        (404, lambda answer: answer.saying(b"[]"), "holds no JSON object"),
        (404, without("title"), "no title and status"),
        (405, lambda answer: answer.without("allow"), "what is possible"),
        (413, lambda answer: answer._replace(status=200), "answers 200, not 413"),
        (415, lambda answer: answer.saying(b""), "holds no JSON object"),
        (422, without("errors"), "names no faulty field"),
    ],
)
async def test_a_refusal_in_another_shape_is_found(lookalike, client, status, change, said):
    def alter(_: Asked, answer: Answer) -> Answer:
        return change(answer) if answer.status == status else answer

    lookalike.edge.alter = alter
    told = await red(Problems(client).checks())
    assert said in told["problems"].said
    assert "kernel/http/trouble.py" in told["problems"].hint
