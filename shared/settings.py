"""Every setting, read once from the environment and checked as a whole."""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from shared.caches import CACHES, Rooms, rooms
from shared.errors import NotConfigured

PREFIX = "INFOBLOX_MQ_"
# Kubernetes injects these for every service whose name starts like ours.
_FOREIGN = re.compile(rf"{PREFIX}(.*_)?(SERVICE_HOST|PORT.*)")
_SEAL_KEY_BYTES = 32
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _parts(value: object) -> Any:
    """Split a comma-separated text; leave anything else to the type check."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ValueError("must be a http or https address without user and password")
    return value.rstrip("/")


def _template(value: str) -> str:
    if "{trace_id}" not in value:
        raise ValueError("must hold {trace_id}, which the id of a trace is put in for")
    return _web_address(value)


def _one_word(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text.isascii() or len(text.split()) != 1:
        raise ValueError("must be the API key of an account and nothing else")
    return value


def _seal_keys(value: SecretStr) -> SecretStr:
    for text in value.get_secret_value().split(","):
        try:
            key = base64.urlsafe_b64decode(text.strip())
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != _SEAL_KEY_BYTES:
            raise ValueError("must be url-safe base64 of 32 bytes; `infoblox-mq init` makes one")
    return value


def _pairs(value: object) -> object:
    """Split `name=value,name=value`."""
    if isinstance(value, str):
        return tuple(tuple(part.split("=", 1)) for part in _parts(value))
    return value


def _known_caches(value: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    unknown = sorted({name for name, _ in value} - CACHES.keys())
    if unknown:
        raise ValueError(f"there is no cache {', '.join(unknown)}; one of {', '.join(CACHES)}")
    return value


CacheTtls = Annotated[
    tuple[tuple[str, Annotated[float, Field(ge=0, le=7 * 86_400)]], ...],
    BeforeValidator(_pairs),
    AfterValidator(_known_caches),
]
Toolset = Literal[
    "all", "ipam", "dns", "dhcp", "federation", "vpn", "security", "insights", "workflows", "bulk"
]
Texts = Annotated[tuple[str, ...], BeforeValidator(_parts)]
ApiKey = Annotated[SecretStr, AfterValidator(_one_word)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
TraceUrl = Annotated[str, AfterValidator(_template)]
Seconds = Annotated[float, Field(gt=0, le=7 * 86_400)]
Port = Annotated[int, Field(ge=0, le=65_535)]


def ours(description: str, default: Any = ..., **rules: Any) -> Any:
    """Declare a setting of our own: its variable is the prefix and the field's name."""
    return Field(default, description=description, json_schema_extra={"prefix": PREFIX}, **rules)


def standard(description: str, default: Any = ..., **rules: Any) -> Any:
    """Declare a setting whose variable has a name other tools know too."""
    return Field(default, description=description, json_schema_extra={"prefix": ""}, **rules)


class Settings(BaseModel):
    """The whole configuration. Build it with `Settings.from_env`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    infoblox_api_key: ApiKey | None = standard("API key of Infoblox; workers only", None)
    infoblox_base_url: WebAddress = standard(
        "Address of the Infoblox cloud", "https://csp.infoblox.com"
    )
    redis_url: str | None = standard("Redis or Valkey; unset: the embedded Valkey", None)
    mcp_host: str = standard("Address the front end listens on", "127.0.0.1")
    mcp_port: Port = standard("Port of the front end", 4005)
    metrics_host: str = standard("Address the ops server listens on", "127.0.0.1")
    metrics_port: Port = standard("Port of the ops server", 9090)
    metrics_snapshot_seconds: Annotated[float, Field(ge=0, le=7 * 86_400)] = ours(
        "The ops server logs the figures this often; 0: never", 60
    )
    structlog_json: bool = standard("Log JSON lines instead of coloured text", False)
    log_level: str = standard(
        "Lowest level that is logged",
        "INFO",
        pattern="^(?i:debug|info|warning|error|critical)$",
    )

    wait_seconds: Seconds = ours("A call waits this long, then answers with a job id", 25)
    connect_timeout_seconds: Seconds = ours("Connecting to Infoblox", 5)
    read_timeout_seconds: Seconds = ours("Waiting for bytes of an answer", 30)
    vpn_read_timeout_seconds: Seconds = ours("The same for a VPN configure", 60)
    rate_per_second: Annotated[float, Field(ge=0, le=10_000)] = ours(
        "Requests per second to Infoblox, for all workers of an account; 0: no limit", 10
    )
    rate_burst: Annotated[int, Field(ge=1, le=10_000)] = ours("Requests it may make at once", 20)
    breaker_failures: Annotated[int, Field(ge=1, le=1000)] = ours(
        "Failures in a row after which a service is left alone", 5
    )
    breaker_reset_seconds: Seconds = ours("How long; then one request tries it", 60)
    breaker_counts_read_timeouts: bool = ours("An answer that does not come is a failure", False)
    vpn_max_tries: Annotated[int, Field(ge=1, le=1000)] = ours("Tries of a VPN configure", 12)
    vpn_backoff_base_seconds: Seconds = ours("First wait after a 409 or 429", 5)
    vpn_backoff_cap_seconds: Seconds = ours("Longest wait that is not asked for", 60)
    vpn_ready_seconds: Seconds = ours("How long wait_until=ready follows a VPN that comes up", 3600)
    vpn_tunnel_rest_seconds: Seconds = ours(
        "Pause of a rebuild between deleting tunnels and creating them", 180
    )
    read_deadline_seconds: Seconds = ours("A read not done by then is given up", 120)
    write_deadline_seconds: Seconds = ours("A write not sent by then is given up", 1800)
    cache_ttl_seconds: Annotated[float, Field(ge=0, le=7 * 86_400)] = ours(
        "How long an answer is kept; 0 keeps none", 300
    )
    cache_ttls: CacheTtls = ours("The same for single caches, as in ip_space=60,catalogue=7200", ())
    cache_bytes: Annotated[int, Field(ge=0, le=2**30)] = ours(
        "Bytes of answers that a cache keeps for an account, and a front end in all", 4_194_304
    )
    join_after_seconds: Seconds = ours("An equal write joins one that ended so long ago", 600)
    read_ttl_seconds: Seconds = ours("How long the record of a read is kept", 600)
    job_ttl_seconds: Seconds = ours("How long the record of a write is kept", 86_400)
    lease_seconds: Seconds = ours("A worker that is silent for so long lost its job", 30)
    sweep_seconds: Seconds = ours("How often lost and due jobs are looked for", 2)
    poison_starts: Annotated[int, Field(ge=1, le=100)] = ours(
        "Starts alone in a process, each lost with it, before a job is dead", 3
    )
    queue_limit: Annotated[int, Field(ge=1)] | None = ours(
        "Open jobs per queue; unset: what the rate lets through in ten seconds, 1000 without one",
        None,
    )
    threads: Annotated[int, Field(ge=1, le=256)] = ours("Threads of a worker process", 8)
    broker_db: Annotated[int, Field(ge=0)] | None = ours(
        "Database of the broker; unset: the one after REDIS_URL's", None
    )
    allowed_hosts: Texts = ours("Host headers the front end and the ops server accept", ())
    allowed_origins: Texts = ours("Origin headers they accept", ())
    accounts_file: Path | None = ours("TOML file of Infoblox accounts; workers only", None)
    toolsets: Annotated[tuple[Toolset, ...], BeforeValidator(_parts)] = ours(
        "Toolsets there are for hosts, or `all`; unset: the usual tools are listed, and all can be "
        "called",
        (),
    )
    tools: Texts = ours("Single tools there are beside the toolsets", ())
    exclude_tools: Texts = ours("Tools that hosts neither see nor call", ())
    read_only: bool = ours("No tool that changes anything", False)
    answer_tokens: Annotated[int, Field(ge=500, le=1_000_000)] = ours(
        "A longer answer is cut there, and says how to get the rest; a token is four bytes", 8000
    )
    tokens_file: Path | None = ours("TOML file of bearer tokens", None)
    ops_token_file: Path | None = ours(
        "File of one bearer token that may act on the ops server; `up` makes one", None
    )
    seal_key: Annotated[SecretStr, AfterValidator(_seal_keys)] | None = ours(
        "Url-safe base64 of 32 bytes; several, comma-separated, to rotate", None
    )
    trace_url: TraceUrl | None = ours(
        "Where a trace is looked at, for links; {trace_id} stands for its id", None
    )
    fault_points: str = ours("For tests: where a worker kills itself", "")
    data_dir: Path = ours("State of the embedded stack", Path("~/.local/state/infoblox-mq"))
    stack_idle_seconds: Seconds = ours(
        "A stack in the background ends when nobody called for so long and no job is open", 900
    )

    @property
    def rooms(self) -> Rooms:
        """Return the caches that are on."""
        return rooms(
            self.cache_ttl_seconds, each=dict(self.cache_ttls), most_bytes=self.cache_bytes
        )

    @property
    def open_jobs(self) -> int:
        """Return how many jobs a queue may hold."""
        if self.queue_limit is not None:
            return self.queue_limit
        return max(1, round(10 * self.rate_per_second)) if self.rate_per_second else 1000

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read the settings; raise NotConfigured naming every variable that is wrong."""
        known = variables()
        files = {f"{name}_FILE": name for name in SECRETS}
        problems = [
            f"{name}: not a setting of infoblox-mq"
            for name in env
            if name.startswith(PREFIX)
            and name not in known
            and name not in files
            and not _FOREIGN.fullmatch(name)
        ]
        given = {field: env[name] for name, field in known.items() if env.get(name)}
        for file_name, name in files.items():
            if env.get(file_name) and known[name] not in given:
                text, problem = _read_secret(file_name, env[file_name])
                problems += problem
                given |= {known[name]: text} if text else {}
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            names = {field: name for name, field in known.items()}
            problems += [
                f"{names[str(item['loc'][0])]}: {item['msg']}"
                for item in error.errors(include_url=False, include_input=False)
            ]
        if problems:
            raise NotConfigured("; ".join(sorted(problems)))
        return settings


SECRETS = ("INFOBLOX_API_KEY", f"{PREFIX}SEAL_KEY")


def _read_secret(variable: str, path: str) -> tuple[str | None, list[str]]:
    try:
        return Path(path).expanduser().read_text().strip(), []
    except OSError as error:
        return None, [f"{variable}: {error.strerror}: {path}"]


def variable_of(field: str) -> str:
    """Return the environment variable of a field."""
    extra = Settings.model_fields[field].json_schema_extra
    assert isinstance(extra, dict)  # noqa: S101 - every field is declared by ours() or standard()
    return f"{extra['prefix']}{field.upper()}"


def variables() -> dict[str, str]:
    """Return the field of each environment variable, in the order of declaration."""
    return {variable_of(field): field for field in Settings.model_fields}
