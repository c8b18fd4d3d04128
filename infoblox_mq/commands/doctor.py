"""`infoblox-mq doctor`: looks at everything a call needs and says what to do where it is not so."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from redis import RedisError

from infoblox_mq import attach, embedded, homes, ports
from shared.catalog import Queue
from shared.errors import CallError
from shared.ledger import Ledger, Terms
from shared.settings import LOOPBACK, Settings
from shared.stores import connect, fitness

if TYPE_CHECKING:
    from workers.accounts import Account

_PROBE = "/api/ddi/v1/ipam/ip_space"
_REFUSED = frozenset({401, 403})
_OK = 200
_PROBE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    what: str
    good: bool
    says: str
    remedy: str = ""

    def line(self) -> str:
        """Return the line as it is printed."""
        remedy = f" -> {self.remedy}" if self.remedy else ""
        return f"{'ok' if self.good else 'problem':<8}{self.what:<14}{self.says}{remedy}"


def doctor(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Print the findings; the exit code is 1 when there is a problem."""
    good = True
    look: Callable[[], Iterator[Finding]] = (
        (lambda: queue_findings(env, Queue(args.queue)))
        if args.queue
        else lambda: findings(env, api=args.api)
    )
    for finding in look():
        good = good and finding.good
        if not (args.quiet and finding.good):
            print(finding.line())
    return 0 if good else 1


def queue_findings(env: Mapping[str, str], queue: Queue) -> Iterator[Finding]:
    """Look only whether a queue has a live worker: the health check of a container."""
    try:
        settings = attach.attached(Settings.from_env(env))
    except CallError as error:
        yield _problem("settings", error)
        return
    yield from (finding for finding in _store(settings) if finding.what in {"store", str(queue)})


def findings(env: Mapping[str, str], *, api: bool) -> Iterator[Finding]:
    """Look at everything; only with `api` something is sent to Infoblox."""
    try:
        given = Settings.from_env(env)
    except CallError as error:
        yield _problem("settings", error)
        return
    yield Finding("settings", good=True, says="understood")
    try:
        stack = None if given.redis_url else attach.find(given)[1]
        settings = attach.attached(given)
    except CallError as error:
        yield from _no_stack(given, error)
        stack, settings = None, given
    else:
        if stack:
            yield _stack(stack)
        yield from _store(settings)
    yield from _keys(settings, api=api)
    yield from _tokens(settings)
    yield _front(stack.mcp_url) if stack and stack.mcp_url else _port(given)


def _stack(stack: attach.Stack) -> Finding:
    what = "runs in the background" if stack.background else "`infoblox-mq up` runs"
    return Finding(
        "stack",
        good=stack.ready,
        says=f"{what} as process {stack.pid}{'' if stack.ready else ', and is starting'}",
        remedy="" if stack.ready else "look again in some seconds",
    )


def _no_stack(settings: Settings, error: CallError) -> Iterator[Finding]:
    """An account is enough: hosts and `call` start the rest."""
    if settings.redis_url is None and homes.names_account(settings):
        yield Finding("stack", good=True, says="does not run; the first call starts it")
        yield _program()
    else:
        yield _problem("store", error)


def _program() -> Finding:
    try:
        return Finding("store", good=True, says=f"{embedded.binary().name} is there to be started")
    except CallError as error:
        return _problem("store", error)


def _store(settings: Settings) -> Iterator[Finding]:
    client = connect(settings.redis_url or "", patient=False)
    try:
        fit = fitness(client)
        live = Ledger(client, Terms.from_settings(settings)).workers()
    except RedisError as error:
        yield Finding(
            "store",
            good=False,
            says=f"does not answer: {error}",
            remedy="start it, or correct REDIS_URL",
        )
        return
    finally:
        client.connection_pool.disconnect()
    yield Finding("store", good=True, says=f"answers, version {fit.version}")
    yield Finding(
        "eviction",
        good=fit.problem is None,
        says=fit.problem or "keeps everything it accepted",
        remedy="set maxmemory-policy noeviction" if fit.problem else "",
    )
    yield Finding(
        "persistence",
        good=fit.warning is None,
        says=fit.warning or "append-only file is on",
        remedy="set appendonly yes and appendfsync always" if fit.warning else "",
    )
    for queue, count in live.items():
        yield Finding(
            str(queue),
            good=count > 0,
            says=f"{count} live worker{'' if count == 1 else 's'}",
            remedy="" if count else f"start one: infoblox-mq worker {queue}",
        )


def _keys(settings: Settings, *, api: bool) -> Iterator[Finding]:
    from workers.accounts import DEFAULT, read_accounts

    if settings.infoblox_api_key is None and settings.accounts_file is None:
        yield Finding("API key", good=True, says="not set here; only workers need it")
        return
    try:
        accounts = list(read_accounts(settings))
    except CallError as error:
        yield _problem("accounts", error)
        return
    for account in accounts:
        what = "API key" if account.name == DEFAULT else f"key {account.name}"
        if api:
            yield _probed(settings, account, what=what)
        else:
            says = f"set, for {account.base_url}; `doctor --api` tries it"
            yield Finding(what, good=True, says=says)


def _tokens(settings: Settings) -> Iterator[Finding]:
    if settings.tokens_file is None:
        return
    from mcp_front.auth import read_tokens

    try:
        count = len(read_tokens(settings.tokens_file))
    except CallError as error:
        yield _problem("tokens", error)
        return
    yield Finding("tokens", good=True, says=f"{count} in {settings.tokens_file}")


def _probed(settings: Settings, account: "Account", *, what: str) -> Finding:
    import requests

    base = account.base_url
    try:
        with requests.Session() as session:
            # A proxy for the way out does not know this machine's own loopback.
            session.trust_env = urlsplit(base).hostname not in LOOPBACK
            answer = session.get(
                f"{base}{_PROBE}",
                params={"_limit": "1"},
                headers={"Authorization": f"Token {account.api_key.get_secret_value()}"},
                timeout=(settings.connect_timeout_seconds, _PROBE_SECONDS),
                allow_redirects=False,
            )
    except requests.RequestException as error:
        # The text of these errors names the address, never the header with the key.
        return Finding(
            what,
            good=False,
            says=f"{base} does not answer ({type(error).__name__})",
            remedy="correct INFOBLOX_BASE_URL, or let this machine reach it",
        )
    if answer.status_code in _REFUSED:
        return Finding(
            what,
            good=False,
            says=f"{base} refuses it ({answer.status_code})",
            remedy="put a valid key into INFOBLOX_API_KEY, or into the accounts file",
        )
    good = answer.status_code == _OK
    return Finding(
        what,
        good=good,
        says=f"{'accepted by' if good else f'{answer.status_code} from'} {base}",
        remedy="" if good else "try again later, or correct INFOBLOX_BASE_URL",
    )


def _front(mcp_url: str) -> Finding:
    good = _lives(mcp_url)
    return Finding(
        "front end",
        good=good,
        says=f"{'answers' if good else 'does not answer'} on {mcp_url}",
        remedy="" if good else "read what `infoblox-mq up` prints",
    )


def _port(settings: Settings) -> Finding:
    host, port = settings.mcp_host, settings.mcp_port
    where = f"{host}:{port}"
    if ports.free(host, port):
        return Finding("port", good=True, says=f"{where} is free")
    ours = _lives(f"http://{ports.reachable_host(host)}:{port}/mcp")
    return Finding(
        "port",
        good=ours,
        says=f"{where} is used by {'us' if ours else 'another program'}",
        remedy="" if ours else "set MCP_PORT to another port, or stop what listens there",
    )


def _lives(mcp_url: str) -> bool:
    return ports.answers(f"{mcp_url.removesuffix('/mcp')}/livez")


def _problem(what: str, error: CallError) -> Finding:
    return Finding(what, good=False, says=error.problem.message, remedy=error.problem.advice)
