"""What is to be done with names, mail, buckets, monitors and words."""

from __future__ import annotations

from house.site import Site
from ops.dns import zone
from ops.init.task import Record, Todo, Value


def dns(site: Site) -> Todo:
    stated = [Record(each.name, each.type, value) for each in zone.build_records(site) for value in each.values]
    missing = [Record(each.name, each.type, source=each.source) for each in zone.list_awaited(site)]
    return Todo(
        "dns.records",
        f"Make the records of {site.zone}",
        "https://dash.cloudflare.com" if site.dns.provider == "cloudflare" else "your name server",
        "`ops dns apply` makes them. By hand: these, without Cloudflare's proxy in front, and no wildcard.",
        records=(*stated, *missing),
        commands=("ops dns plan", "ops dns apply"),
    )


def mail(site: Site) -> Todo:
    return Todo(
        "mail.resend",
        "Let the CRM send mail by Resend",
        "https://resend.com/domains",
        "Until then mails are kept on a page of the CRM to be read.",
        (
            Value("Domain", site.organization.email.rpartition("@")[2]),
            Value("RESEND_API_KEY", source="https://resend.com/api-keys, Sending access, into Railway", secret=True),
            Value("MAIL_FROM", site.organization.sender),
        ),
    )


def backups(site: Site) -> Todo:
    full = f"{site.repository.owner}/{site.repository.name}"
    told = "`ops backup keys FOLDER`, which says what goes where"
    return Todo(
        "backups",
        "Keep encrypted backups outside Railway",
        f"Railway, the service -backup, Variables; and https://github.com/{full}/settings/environments (backup)",
        "Railway's own backups lie beside the database and go with it.",
        (
            Value("BACKUP_STORE", source="a bucket of yours: s3://bucket/folder, gs://… or az://…"),
            Value("BACKUP_RECIPIENTS", source=told),
            Value("BACKUP_SIGNING_KEY", source=told, secret=True),
            Value("BACKUP_VERIFY_KEYS", source=told),
            Value("AWS_ACCESS_KEY_ID", source="whoever keeps the bucket", secret=True),
            Value("AWS_SECRET_ACCESS_KEY", source="whoever keeps the bucket", secret=True),
            Value(
                "DATABASE_URL", source="only where Actions back up a database that is reached from outside", secret=True
            ),
        ),
        commands=(
            "ops backup keys ~/backup-keys",
            f"gh api --method PUT repos/{full}/environments/backup",
            *(
                f"gh variable set {name} --repo {full} --env backup"
                for name in ("BACKUP_RECIPIENTS", "BACKUP_VERIFY_KEYS")
            ),
            f"gh variable set BACKUP_STORE --repo {full}",
            *(
                f"gh secret set {name} --repo {full} --env backup"
                for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
            ),
        ),
    )


def uptime(site: Site) -> Todo:
    return Todo(
        "uptime",
        "Measure the availability from outside",
        "https://uptimerobot.com or https://betterstack.com: an account, an API token, a status page",
        "`ops uptime apply` makes the monitors. The URL of the status page goes into site.toml, [uptime] status_page.",
        (
            Value("UPTIMEROBOT_API_KEY", source="UptimeRobot, Integrations & API; or the next", secret=True),
            Value("BETTERSTACK_API_TOKEN", source="Better Stack, Uptime, API tokens; one of the two", secret=True),
            Value(
                "HEARTBEAT_URL",
                source="`ops uptime export heartbeats`, into Railway and the environment backup; or leave it out",
                secret=True,
            ),
            Value("SENTRY_DSN", source="Sentry, Client Keys, into Railway; or leave it out", secret=True),
        ),
        commands=(
            "ops uptime plan",
            "ops uptime apply",
            "ops uptime export heartbeats",
            *(
                f"gh secret set {name} --repo {site.repository.owner}/{site.repository.name} --env verify"
                for name in ("UPTIMEROBOT_API_KEY", "BETTERSTACK_API_TOKEN")
            ),
        ),
    )


def words(site: Site) -> Todo:
    return Todo(
        "words",
        "Make the words yours",
        "packages/web/content/*.toml, packages/blog/content/posts, packages/house/src/house/form.py, docs/today.png",
        f"Services, promises and prices (now {site.organization.currency}) are still those of the house before.",
        (
            Value(
                "Privacy and terms", f"say {site.organization.legal_name} and {site.organization.email}; read the rest"
            ),
        ),
        commands=('blog new "The first note" --root packages/blog', "make run"),
    )
