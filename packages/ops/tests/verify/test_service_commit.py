from __future__ import annotations

import pytest
from deploy.conftest import repository  # noqa: F401 a fixture
from deploy.fake_release import Repository
from verify.running_checks import at, change_json, find_failed, get_evidence, get_reason, run_verify

from ops.verify.context import VerifyContext

NAMES = ("service commit", "site commit")
OTHER = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def expect(fake_production, repository: Repository):  # noqa: F811 the fixture
    """Returns a run that expects a commit, where the hosts serve these ones."""

    def expect(commit: str, *, service: str, site: str) -> VerifyContext:
        served = {"/api/v1/health": service, "/build.json": site}

        def alter(request, response):
            for path, commit in served.items():
                response = at(path, change_json(lambda body, it=commit: {**body, "commit": it}))(request, response)
            return response

        fake_production.edge.alter = alter
        context = VerifyContext(fake_production.target, {}, commit)
        context.targets = repository.targets
        return context

    return expect


async def test_a_push_of_the_crm_alone_leaves_the_site_current(expect, repository):  # noqa: F811
    context = expect(repository.crm, service=repository.crm, site=repository.both)
    assert await get_evidence(context, "service commit") == repository.crm[:7]
    assert await get_evidence(context, "site commit") == repository.both[:7]


async def test_a_newer_commit_than_expected_passes(expect, repository):  # noqa: F811
    context = expect(repository.both, service=repository.docs, site=repository.docs)
    assert await get_evidence(context, "site commit") == f"{repository.docs[:7]}, which has {repository.both[:7]}"


@pytest.mark.parametrize(("host", "hint"), [("service", "Railway"), ("site", "deploy-web.yml")])
@pytest.mark.parametrize("served", ["old", "unknown", "none"])
async def test_an_older_release_fails(expect, repository, host, hint, served):  # noqa: F811
    wrong = {"old": repository.old, "unknown": OTHER, "none": ""}[served]
    hosts = {"service": repository.both, "site": repository.both, host: wrong}
    failed = await find_failed(expect(repository.both, **hosts), *NAMES)
    assert list(failed) == [f"{host} commit"]
    detail = failed[f"{host} commit"].detail
    assert detail.endswith(f"is of {wrong[:7] or 'no commit'}, which lacks {repository.both[:7]}")
    assert hint in failed[f"{host} commit"].hint


async def test_a_service_that_is_not_healthy_reports_its_commit_too(fake_production):
    commit = fake_production.service.environ["RAILWAY_GIT_COMMIT_SHA"]
    fake_production.edge.alter = at("/api/v1/health", lambda it: it._replace(status=503))
    assert await get_evidence(VerifyContext(fake_production.target, {}, commit), "service commit") == commit[:7]


async def test_where_no_commit_is_expected_none_is_compared(context):
    for name in NAMES:
        assert "--commit" in await get_reason(context, name)


def test_a_commit_that_does_not_exist_ends_with_2_in_one_line(fake_production):
    done = run_verify(fake_production.file, fake_production.environ, "--commit", "no-such-branch")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: There is no commit no-such-branch here.")
