"""What runs on Railway. `railway config plan` shows what differs from it, and `railway config apply` changes that.

The file owns the whole environment: what it does not state is planned for deletion. So every variable the service
reads stands here, and the value of a secret stays on Railway (`preserve`).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from railway_sdk import Project, github, postgres, preserve, project, service

SITE = tomllib.loads((Path(__file__).resolve().parent.parent / "site.toml").read_text(encoding="utf-8"))
DOMAINS = SITE["domains"]
REPOSITORY = SITE["repository"]
# A name without a letter of the alphabet gives way to the domain.
NAMES = (
    re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") for text in (SITE["organization"]["name"], DOMAINS["site"])
)
NAME = next(filter(None, NAMES))
PORT = 8000

# A push deploys at once, without waiting for GitHub's check suites: our own workflows wait for what Railway deploys.
SOURCE = github(f"{REPOSITORY['owner']}/{REPOSITORY['name']}", branch=REPOSITORY["branch"], checkSuites=False)
# Patterns start at the root of the repository, whatever the root folder of the service.
BOTH = [
    ".dockerignore",
    "site.toml",
    "requirements/uv.txt",
    "requirements/build.txt",
    "packages/shared/**",
    "packages/crm/**",
]


def main() -> Project:
    """Both services and their database."""
    database = postgres("Postgres")
    crm = service(
        f"{NAME}-crm",
        source=SOURCE,
        build={
            "builder": "DOCKERFILE",
            "dockerfilePath": "Dockerfile",
            "watchPatterns": ["Dockerfile", "requirements/run.txt", *BOTH],
        },
        # In a container of its own, before the new release starts; the release before still runs on the new schema.
        preDeploy="crm migrate",
        healthcheck="/api/v1/health",
        healthcheckTimeout=120,
        replicas=1,
        deploy={
            "restartPolicyType": "ON_FAILURE",
            "restartPolicyMaxRetries": 3,
            # The old release serves until the new one does, then has as long as `crm serve` gives requests in hand.
            "overlapSeconds": 20,
            "drainingSeconds": 30,
        },
        domains=[{"domain": DOMAINS["api"], "port": PORT}, {"domain": DOMAINS["crm"], "port": PORT}],
        env={
            "APP_ENV": "production",
            "PORT": str(PORT),
            "DATABASE_URL": database.env.DATABASE_URL,
            "CRM_BASE_URL": f"https://{DOMAINS['crm']}",
            "SITE_URL": f"https://{DOMAINS['site']}",
            "CORS_ORIGIN": f"https://{DOMAINS['site']}",
            "TRUSTED_PROXIES": "1",
            "SESSION_SECRET": preserve(),
            "SEALING_KEYS": preserve(),
            "ADMIN_EMAIL": preserve(),
            "ADMIN_PASSWORD": preserve(),
            "OPENAI_API_KEY": preserve(),
            "OIDC_ISSUER": preserve(),
            "OIDC_CLIENT_ID": preserve(),
            "OIDC_CLIENT_SECRET": preserve(),
            "OIDC_NAME": preserve(),
            "MAIL_INBOUND": preserve(),
            "MAIL_INBOUND_SECRET": preserve(),
            "RESEND_WEBHOOK_SECRET": preserve(),
            "MAIL_AUTH_SERVER": preserve(),
            "RESEND_API_KEY": preserve(),
            "SMTP_URL": preserve(),
            "MAIL_FROM": preserve(),
            "REDIS_URL": preserve(),
            "WORKER": preserve(),
            "DATABASE_POOL_SIZE": preserve(),
            "API_RATE_LIMIT": preserve(),
            "ENQUIRY_RATE_LIMIT": preserve(),
            "SYNTHETIC_KEY": preserve(),
            "METRICS_TOKEN": preserve(),
            "MAX_CONNECTIONS": preserve(),
            "MIGRATION_DATABASE_URL": preserve(),
            "SENTRY_DSN": preserve(),
            "HEARTBEAT_URL": preserve(),
            "DATABASE_LIMIT_MB": preserve(),
            "FILE_LIMIT_MB": preserve(),
            "FILES_URL": preserve(),
            "AWS_ACCESS_KEY_ID": preserve(),
            "AWS_SECRET_ACCESS_KEY": preserve(),
            "AWS_ENDPOINT_URL": preserve(),
            "AWS_REGION": preserve(),
            "LOG_LEVEL": preserve(),
        },
    )
    backup = service(
        f"{NAME}-backup",
        source=SOURCE,
        build={
            "builder": "DOCKERFILE",
            "dockerfilePath": "packages/ops/Dockerfile",
            "watchPatterns": [
                "requirements/ops.txt",
                "packages/blog/pyproject.toml",
                "packages/blog/src/**",
                "packages/ops/**",
                *BOTH,
            ],
        },
        deploy={"cronSchedule": "17 3 * * *", "restartPolicyType": "NEVER"},
        env={
            "DATABASE_URL": database.env.DATABASE_URL,
            "BACKUP_STORE": preserve(),
            "BACKUP_RECIPIENTS": preserve(),
            "BACKUP_SIGNING_KEY": preserve(),
            "BACKUP_VERIFY_KEYS": preserve(),
            "CRM_API_KEY": preserve(),
            "HEARTBEAT_URL": preserve(),
            "AWS_ACCESS_KEY_ID": preserve(),
            "AWS_SECRET_ACCESS_KEY": preserve(),
            "AWS_ENDPOINT_URL": preserve(),
            "AWS_REGION": preserve(),
        },
    )
    return project(NAME, resources=[database, crm, backup])
