"""Files that hold secrets by their names, whatever is in them: keys, credentials, variables, dumps."""

from __future__ import annotations

import re
from typing import NamedTuple


class FileName(NamedTuple):
    name: str
    what: str
    pattern: str


FILE_NAMES = (
    FileName("variables-file", "variables of a machine",
          r"(^|/)\.env(rc)?(\.(?!example$|sample$|template$|dist$)[^/]*)?$"),
    FileName("ssh-key", "an SSH key", r"(^|/)id_(rsa|dsa|ecdsa|ed25519)(_sk)?([._-][^/]*)?(?<!\.pub)$|\.ppk$"),
    FileName("key-file", "a key or a certificate with its key", r"\.(pem|key)$"),
    FileName("key-store", "a store of keys", r"\.(p12|pfx|jks|keystore|kdbx?|gpg-key|p8)$"),
    FileName("credential-file", "credentials",
          r"credential[-_.]?key[^/]*$|(^|/)credentials?(\.(json|ya?ml|csv|ini|txt))?$"),
    FileName("service-account", "credentials of a cloud",
          r"service[-_]?account[^/]*\.json$|(^|/)kubeconfig$|\.kube/config$"),
    FileName("sign-in-file", "credentials of a program",
          r"(^|/)(\.netrc|_netrc|\.pgpass|\.pypirc|\.htpasswd|\.git-credentials|\.dockercfg|\.my\.cnf)$"
          r"|\.docker/config\.json$"),
    FileName("state-file", "the state of Terraform", r"\.tfstate(\.backup)?$|\.tfvars(\.json)?$"),
    FileName("master-key", "a master key", r"(^|/)(master|secret|private|signing|encryption)[-_.]?key(\.txt)?$"),
    FileName("history-file", "the history of a shell", r"(^|/)\.(bash|zsh|psql|python|mysql|node_repl)_history$"),
    FileName("database-dump", "a copy of a database",
          r"\.(dump|pgdump|rdb)$|(^|/)(backup|dump)[-_.\w]*\.sql(\.\w+)?$|\.sql\.(gz|zst|bz2|xz)$"),
    FileName("backup-identity", "a secret key of our backups", r"(^|/)([\w-]*-)?identity\.txt$|(^|/)signing-key\.txt$"),
    FileName("laptop-secret", "secrets of our data folder", r"(^|/)(session-secret|sign-in\.json)$"),
)  # fmt: skip

PUBLIC = re.compile(rb"\s*(?:#.*\s+)*-----BEGIN (?:CERTIFICATE|PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST)")
# Bytes of a file that `PUBLIC` is matched against.
BEGINNING = 4096


def judge_name(path: str, beginning: bytes) -> FileName | None:
    """Returns what the file holds by its name. An empty file and a certificate alone hold no secret."""
    if not beginning.strip() or PUBLIC.match(beginning):
        return None
    return next((each for each in FILE_NAMES if re.search(each.pattern, path, re.I)), None)
