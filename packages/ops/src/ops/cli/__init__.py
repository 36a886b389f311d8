"""What every `ops` command shares: output, errors, the clock, polling, and whether there is a network."""

from ops.cli.clock import Clock, SystemClock
from ops.cli.errors import NoNetworkError, OpsError, RateLimitedError, TokenError, UnreachableError, UsageError
from ops.cli.formatting import format_age, format_count, format_duration, format_size
from ops.cli.network import has_network, require_network
from ops.cli.options import AsJson, Yes
from ops.cli.output import CliOutput, Column, run_command
from ops.cli.polling import poll
from ops.cli.rate_limits import RateLimits, read_rate_limits

__all__ = [
    "AsJson",
    "CliOutput",
    "Clock",
    "Column",
    "NoNetworkError",
    "OpsError",
    "RateLimitedError",
    "RateLimits",
    "SystemClock",
    "TokenError",
    "UnreachableError",
    "UsageError",
    "Yes",
    "format_age",
    "format_count",
    "format_duration",
    "format_size",
    "has_network",
    "poll",
    "read_rate_limits",
    "require_network",
    "run_command",
]
