"""The monitors that `site.toml` asks for: one for each public host, and a heartbeat for each scheduled job."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from shared.site_config import SiteConfig

# Job, period and grace: together they are the ages after which the CRM calls a backup or a restore test late.
BACKUP_JOBS = (
    ("backup_create", timedelta(days=1), timedelta(hours=2)),
    ("backup_drill", timedelta(days=31), timedelta(days=1)),
)


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """A check of a URL every `period_s` seconds, or, where `job` is set, the heartbeat that job sends as often.

    Nothing at the provider is changed unless its name begins with `prefix`. `keyword` is in the body of the right page
    and in no error page. A monitor that `has_domain` stands for the domain.
    """

    prefix: str
    label: str
    url: str = ""
    status: int = 200
    keyword: str = ""
    job: str = ""
    period_s: int
    grace_s: int = 0
    expiry_days: int = 0
    has_domain: bool = False

    @property
    def name(self) -> str:
        return self.prefix + self.label


def list_monitors(site: SiteConfig) -> list[Monitor]:
    """Returns every monitor of the site: public hosts first, so that a plan's limit hits heartbeats first."""
    from crm.timetable import RECURRING  # noqa: PLC0415 it loads the jobs themselves

    uptime, prefix, home, blog = site.uptime, f"[{site.domains.site}] ", f"{site.url}/", f"{site.blog_url}/"
    # Only the right page has its own canonical URL: an error page names another, or none.
    canonical = '<link rel="canonical" href="{}">'.format
    checks = [
        ("Landing page", home, 200, canonical(home)),
        ("www redirect", f"https://{site.domains.www}/", 301, ""),
        ("Blog", blog, 200, canonical(blog)),
        # Where the blog is a path of the site, its own host serves a page that leads there.
        *([("Blog host", f"https://{site.domains.blog}/", 200, canonical(blog))] if blog.startswith(home) else []),
        ("API", f"{site.api_url}/api/v1/health", 200, '"status":"ok"'),
        ("CRM sign-in", f"{site.crm_url}/sign-in", 200, 'name="password"'),
    ]
    urls = [
        Monitor(
            prefix=prefix, label=label, url=url, status=status, keyword=keyword, period_s=uptime.interval_s,
            expiry_days=uptime.expiry_days, has_domain=url == home,
        )
        for label, url, status, keyword in checks
    ]  # fmt: skip
    # `every` is the longest healthy silence of a job, so it needs no grace.
    jobs = [*BACKUP_JOBS, *((each.name, each.every, timedelta()) for each in RECURRING)]
    heartbeats = [
        Monitor(
            prefix=prefix, label=f"Job {job}", job=job,
            period_s=int(period.total_seconds()), grace_s=int(grace.total_seconds()),
        )
        for job, period, grace in jobs
    ]  # fmt: skip
    return [*urls, *heartbeats] if uptime.heartbeats else urls
