from __future__ import annotations

import json

import pytest
from verify.asking import evidence, red, skipped, where

from ops.verify.release import Release

OTHER = "0123456789abcdef0123456789abcdef01234567"


def of(commit: str):
    return lambda answer: answer.saying(json.dumps({"commit": commit}).encode())


@pytest.fixture
def commit(lookalike) -> str:
    return lookalike.service.environ["RAILWAY_GIT_COMMIT_SHA"]


@pytest.mark.parametrize("length", [7, 40])
async def test_the_expected_commit_is_live_everywhere(client, commit, length):
    for check in Release(client, commit[:length].upper()).checks():
        assert await evidence(check) == commit[:7]


@pytest.mark.parametrize(
    ("path", "check", "look"),
    [("/api/v1/health", "service commit", "Railway"), ("/build.json", "site commit", "deploy-web.yml")],
)
@pytest.mark.parametrize("told", [OTHER, ""])
async def test_an_old_release_is_found(lookalike, client, commit, path, check, look, told):
    lookalike.edge.alter = where(path, of(told))
    found = await red(Release(client, commit).checks())
    assert list(found) == [check]
    assert found[check].said.endswith(f"is of {told[:7] or 'no commit'}, not {commit[:7]}")
    assert look in found[check].hint


async def test_a_service_that_is_not_well_tells_its_commit_all_the_same(lookalike, client, commit):
    lookalike.edge.alter = where("/api/v1/health", lambda answer: answer._replace(status=503))
    assert await evidence(Release(client, commit).checks()[0]) == commit[:7]


async def test_where_no_commit_is_expected_none_is_asked_for(client):
    for check in Release(client, "").checks():
        assert "--commit" in await skipped(check)
