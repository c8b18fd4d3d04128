"""`infoblox-mq ops login`: into the pages without a token in anybody's history.

Whoever can reach the store may do anything to it, so reaching it is proof enough. What is printed
works once and for a minute, and the browser asks before it uses it.
"""

import argparse
from collections.abc import Mapping

from infoblox_mq import attach, ports
from infoblox_mq.processes import shell_user
from infoblox_mq.store import store
from shared.logins import LOGIN_SECONDS, grant
from shared.settings import Settings


def login(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Print a link for one browser."""
    base = (args.url or _address(Settings.from_env(env))).rstrip("/")
    with store(env) as (client, _):
        code = grant(client, who=shell_user())
    print(f"Open within {LOGIN_SECONDS:.0f} s, works once:\n{base}/dashboard/login?code={code}")
    return 0


def _address(settings: Settings) -> str:
    if settings.redis_url is None and (url := attach.find(settings)[1].ops_url):
        return url
    return f"http://{ports.reachable_host(settings.metrics_host)}:{settings.metrics_port}"
