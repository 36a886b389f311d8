"""DNS: the records that the world should see, applied by octoDNS, and whether the world sees them.

`provider`, `plan`, `context` and `command` need octoDNS; the other modules need only dnspython.
"""

from enum import StrEnum

# By these names a risk is allowed with --force.
RiskKind = StrEnum(
    "RiskKind", ["AUTHORITY", "CONFLICT", "DANGLING", "DELEGATION", "MAIL", "MUCH", "PROXY", "ROOT", "WILDCARD"]
)
ExportFormat = StrEnum("ExportFormat", ["BIND", "OCTODNS", "CLOUDFLARE", "TABLE"])
