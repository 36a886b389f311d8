"""Files that hold secrets by what they are called, whatever is in them: keys, sign-ins, variables, dumps."""

from __future__ import annotations

import re
from typing import NamedTuple


class Name(NamedTuple):
    """`harmless` is what such a file may begin with and be no secret."""

    name: str
    what: str
    pattern: re.Pattern[str]
    harmless: re.Pattern[bytes] | None = None


def _name(name: str, what: str, pattern: str, harmless: bytes | None = None) -> Name:
    return Name(name, what, re.compile(pattern, re.I), re.compile(harmless) if harmless else None)


_PUBLIC = rb"\s*(?:#.*\s+)*-----BEGIN (?:CERTIFICATE|PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST)"

NAMES = (
    _name("variables-file", "variables of a machine",
          r"(^|/)\.env(rc)?(\.(?!example$|sample$|template$|dist$)[^/]*)?$"),
    _name("ssh-key", "a key of SSH", r"(^|/)id_(rsa|dsa|ecdsa|ed25519)(_sk)?([._-][^/]*)?(?<!\.pub)$|\.ppk$"),
    _name("key-file", "a key or certificate with its key", r"\.(pem|key)$", _PUBLIC),
    _name("key-store", "a store of keys", r"\.(p12|pfx|jks|keystore|kdbx?|gpg-key|p8)$"),
    _name("credential-file", "credentials",
          r"credential[-_.]?key[^/]*$|(^|/)credentials?(\.(json|ya?ml|csv|ini|txt))?$"),
    _name("service-account", "credentials of a cloud",
          r"service[-_]?account[^/]*\.json$|(^|/)kubeconfig$|\.kube/config$"),
    _name("sign-in-file", "sign-ins of a program",
          r"(^|/)(\.netrc|_netrc|\.pgpass|\.pypirc|\.htpasswd|\.git-credentials|\.dockercfg|\.my\.cnf)$"
          r"|\.docker/config\.json$"),
    _name("state-file", "the state of Terraform", r"\.tfstate(\.backup)?$|\.tfvars(\.json)?$"),
    _name("master-key", "a master key", r"(^|/)(master|secret|private|signing|encryption)[-_.]?key(\.txt)?$"),
    _name("history-file", "what was typed into a shell", r"(^|/)\.(bash|zsh|psql|python|mysql|node_repl)_history$"),
    _name("database-dump", "a copy of a database",
          r"\.(dump|pgdump|rdb)$|(^|/)(backup|dump)[-_.\w]*\.sql(\.\w+)?$|\.sql\.(gz|zst|bz2|xz)$"),
    _name("backup-identity", "a secret key of our backups", r"(^|/)([\w-]*-)?identity\.txt$|(^|/)signing-key\.txt$"),
    _name("laptop-secret", "secrets of our data folder", r"(^|/)(session-secret|sign-in\.json)$"),
)  # fmt: skip

BEGINNING = 4096
"""Bytes of a file that `harmless` is asked about."""


def judged(path: str, beginning: bytes) -> Name | None:
    """What the file is by its name. An empty one holds nothing."""
    if not beginning.strip():
        return None
    for each in NAMES:
        if each.pattern.search(path) and not (each.harmless and each.harmless.match(beginning)):
            return each
    return None
