"""What is to be done on Railway."""

from __future__ import annotations

import re
from collections.abc import Iterator

from house.site import Site
from ops.init.task import Todo, Value

PORT = 8000
RANDOM = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
SEALING_KEY = 'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'


def project(site: Site) -> str:
    """What `.railway/railway.py` calls the project; services are called after it."""
    told = (site.organization.name, site.domains.site)
    return next(filter(None, (re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") for text in told)))


def todos(site: Site) -> Iterator[Todo]:
    slug = project(site)
    yield Todo(
        "railway.project",
        f"Make the project {slug} on Railway",
        "https://railway.com/new",
        ".railway/railway.py states services, database, domains and variables; Railway's own tool makes them so.",
        (Value("Repository", f"{site.repository.owner}/{site.repository.name}"),),
        commands=("ops railway check", f"railway init --name {slug}", "railway config plan", "railway config apply"),
    )
    yield Todo(
        "railway.secrets",
        f"Set the secrets of the service {slug}-crm",
        f"Railway, project {slug}, service {slug}-crm, Variables",
        "The file keeps what stands there and never holds a value.",
        (
            Value("SESSION_SECRET", source=RANDOM, secret=True),
            Value("SEALING_KEYS", source=SEALING_KEY, secret=True),
            Value("ADMIN_EMAIL", f"admin@{site.domains.site}"),
            Value("ADMIN_PASSWORD", source="a sentence of your own, 12 characters or more", secret=True),
            Value("SYNTHETIC_KEY", source=RANDOM, secret=True),
            Value("METRICS_TOKEN", source=f"{RANDOM}; or leave it out: then there is no /metrics", secret=True),
            Value("OPENAI_API_KEY", source="leave it out: nothing asks OpenAI yet", secret=True),
        ),
    )
    yield Todo(
        "railway.domains",
        "Read what Railway asks for its two hosts",
        f"Railway, project {slug}, service {slug}-crm, Settings, Networking",
        "Each host has a CNAME of its own, and a TXT record without which it answers 404.",
        (Value("Custom domain", site.domains.api), Value("Custom domain", site.domains.crm), Value("Port", str(PORT))),
        commands=("RAILWAY_TOKEN=… ops dns plan",),
    )
    yield Todo(
        "railway.account",
        "Make the first account",
        f"once the service {slug}-crm runs",
        "ADMIN_EMAIL and ADMIN_PASSWORD make it. Change the password under Profile then, and delete that variable.",
        commands=(f"railway ssh --service {slug}-crm -- crm seed",),
    )
