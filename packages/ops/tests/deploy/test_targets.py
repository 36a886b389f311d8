"""Which commit each host should serve: the one rule that `ops deploy` and `ops verify` share."""

from __future__ import annotations

import pytest
from deploy.fake_release import Repository


@pytest.mark.parametrize(
    ("pushed", "site", "api"),
    [("both", "both", "both"), ("crm", "both", "crm"), ("docs", "both", "crm")],
)
def test_a_host_should_serve_the_newest_commit_that_touches_its_paths(
    repository: Repository, pushed: str, site: str, api: str
):
    targets, commits = repository.targets, repository._asdict()
    for host, expected in {"site": site, "blog": site, "api": api, "crm": api}.items():
        assert targets.newest_commit_for(host, commits[pushed]) == commits[expected]


def test_a_host_is_current_with_any_commit_that_contains_its_newest(repository: Repository):
    targets = repository.targets
    assert targets.is_current("site", repository.both, repository.docs)
    assert targets.is_current("site", repository.crm, repository.both)
    assert not targets.is_current("api", repository.both, repository.docs)
    assert not targets.is_current("api", "f" * 40, repository.docs)


def test_the_paths_of_a_host_stand_where_the_platform_reads_them(repository: Repository):
    targets = repository.targets
    assert "packages/web/**" in targets.list_paths("site")
    assert "packages/ops/src/ops/bloghost/**" in targets.list_paths("blog")
    assert "packages/crm/**" in targets.list_paths("service")


def test_a_commit_that_this_checkout_does_not_have_is_its_own_target(repository: Repository):
    assert repository.targets.newest_commit_for("site", "f" * 40) == "f" * 40
