"""What is to be done on GitHub."""

from __future__ import annotations

from collections.abc import Iterator

from house.site import Site
from ops.init.task import Todo, Value


def todos(site: Site) -> Iterator[Todo]:
    full, owner = f"{site.repository.owner}/{site.repository.name}", site.pages.owner
    web = f"https://github.com/{full}"
    yield Todo(
        "github.pages",
        "Let GitHub Pages publish what the workflow builds, under your domain",
        f"{web}/settings/pages",
        "The domain is entered there before its DNS records are made, so that nobody else can take it.",
        (
            Value("Source", "GitHub Actions"),
            Value("Custom domain", site.domains.site),
            Value("Enforce HTTPS", "on", "once the certificate is there, within an hour"),
        ),
        commands=(
            f"gh api --method POST repos/{full}/pages -f build_type=workflow",
            f"gh api --method PUT repos/{full}/pages -f cname={site.domains.site}",
            f"gh api --method PUT repos/{full}/pages -F https_enforced=true",
        ),
    )
    yield Todo(
        "github.domain",
        f"Prove to GitHub that {site.zone} is yours",
        f"https://github.com/settings/pages_verified_domains/new (signed in as {owner})",
        "Without it another account could publish under a name of yours that is free for a moment.",
        (Value("Domain", site.zone),),
    )
    yield Todo(
        "github.reports",
        "Let people report weaknesses in private",
        f"{web}/settings/security_analysis",
        "security.txt names that page.",
        (Value("Private vulnerability reporting", "on"),),
        commands=(f"gh api --method PUT repos/{full}/private-vulnerability-reporting",),
    )
    yield from _blog_host(site, full)


def watched(site: Site) -> Todo:
    """What the workflow that walks through production is let in with; last, since it needs the CRM."""
    full = f"{site.repository.owner}/{site.repository.name}"
    names = ("CRM_API_KEY", "SYNTHETIC_KEY", "RAILWAY_TOKEN")
    return Todo(
        "github.verify",
        "Let GitHub verify what is live, every day and after each release",
        f"https://github.com/{full}/settings/environments (verify)",
        "What it has no key for it leaves out, and says so.",
        (
            Value("CRM_API_KEY", source=f"https://{site.domains.crm}/settings/keys", secret=True),
            Value("SYNTHETIC_KEY", source="the same as on Railway", secret=True),
            Value("RAILWAY_TOKEN", source="Railway, Project Settings, Tokens: a project token", secret=True),
        ),
        commands=(
            f"gh api --method PUT repos/{full}/environments/verify",
            *(f"gh secret set {name} --repo {full} --env verify" for name in names),
        ),
    )


def _blog_host(site: Site, full: str) -> Iterator[Todo]:
    blog = f"{site.pages.owner}/{site.pages.blog_repository}"
    serves = "the blog" if site.blog.placement == "subdomain" else f"redirects to {site.blog_url}"
    yield Todo(
        "github.blog",
        f"Give {site.domains.blog} a repository of its own",
        f"https://github.com/{blog}/settings/pages",
        f"Pages has one site for each repository. It serves {serves}; a GitHub App that may write there fills it.",
        (
            Value("Branch", "main"),
            Value("Custom domain", site.domains.blog),
            Value("BLOG_APP_ID", source="Settings of the App, which is installed in that repository (Contents: write)"),
            Value("BLOG_APP_PRIVATE_KEY", source="the same page, Private keys", secret=True),
        ),
        commands=(
            f"gh repo create {blog} --public --add-readme",
            f"gh api --method POST repos/{blog}/pages -f 'source[branch]=main' -f 'source[path]=/'",
            f"gh api --method PUT repos/{blog}/pages -f cname={site.domains.blog}",
            f"gh variable set BLOG_APP_ID --repo {full}",
            f"gh api --method PUT repos/{full}/environments/blog-host",
            f"gh secret set BLOG_APP_PRIVATE_KEY --repo {full} --env blog-host",
        ),
    )
