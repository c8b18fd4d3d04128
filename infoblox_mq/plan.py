"""What a stack is made of, and what each of its processes is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infoblox_mq import attach, ports
from infoblox_mq.processes import API_KEY, environment
from shared.settings import Settings

SANDBOX_KEY = "sandbox-key"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and where. Ports are chosen already; `sandbox_port` None means the real API.

    In the background there is no front end, because each host brings its own, and `lock` is the
    descriptor of the stack's lock, which whoever started us has taken.
    """

    settings: Settings
    env: Mapping[str, str]
    directory: Path
    mcp_port: int | None
    ops_port: int | None
    sandbox_port: int | None = None
    lock: int | None = None

    @property
    def background(self) -> bool:
        """Tell whether hosts share this stack without a front end of its own."""
        return self.mcp_port is None

    @property
    def sandbox(self) -> attach.Sandbox | None:
        """Return where the sandbox will be."""
        if self.sandbox_port is None:
            return None
        return attach.Sandbox(f"http://{LOOPBACK}:{self.sandbox_port}", SANDBOX_KEY)

    @property
    def web(self) -> str:
        """Return the front end's address without a path."""
        return f"http://{ports.reachable_host(self.settings.mcp_host)}:{self.mcp_port}"

    @property
    def ops(self) -> str:
        """Return the ops server's address without a path."""
        return f"http://{ports.reachable_host(self.settings.metrics_host)}:{self.ops_port}"


def front_environment(plan: Plan, redis_url: str) -> dict[str, str]:
    """Return the environment of front end and ops server: the store, but not the API key."""
    return environment(plan.env, without=API_KEY) | {
        "REDIS_URL": redis_url,
        "MCP_HOST": plan.settings.mcp_host,
        "MCP_PORT": str(plan.mcp_port),
        "METRICS_HOST": plan.settings.metrics_host,
        "METRICS_PORT": str(plan.ops_port),
        **_seal_key(plan),
    }


def worker_environment(plan: Plan, redis_url: str) -> dict[str, str]:
    """Return the environment of a worker; with a sandbox the real key stays out of it."""
    env = environment(plan.env, without=API_KEY if plan.sandbox else ())
    env |= {"REDIS_URL": redis_url, **_seal_key(plan)}
    if plan.sandbox:
        env |= {"INFOBLOX_BASE_URL": plan.sandbox.url, "INFOBLOX_API_KEY": plan.sandbox.key}
        # A proxy for the way out does not know the way to this machine's own loopback.
        env |= {"NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK}
    return env


def ops_token(plan: Plan) -> dict[str, str]:
    """Return where the ops server finds the token of this stack's own scripts."""
    if plan.settings.ops_token_file is not None:
        return {}
    return {attach.OPS_TOKEN_FILE: str(attach.ops_token_file(plan.directory))}


def _seal_key(plan: Plan) -> dict[str, str]:
    if plan.settings.seal_key is not None or plan.settings.redis_url is not None:
        return {}
    attach.seal_key(plan.directory)
    return {f"{attach.SEAL_KEY}_FILE": str(attach.seal_key_file(plan.directory))}
