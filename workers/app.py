"""The one place where a worker process is wired together."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from secrets import SystemRandom, token_hex
from typing import Any

import dramatiq
from dramatiq.broker import Broker
from dramatiq.middleware import Middleware

from shared import tracing
from shared.broker import WokenBroker, build_broker, hint
from shared.catalog import Operation, Queue
from shared.clock import Clock, SystemClock
from shared.errors import NotConfigured
from shared.faults import arm
from shared.guards import scripts
from shared.ledger import Ledger, Terms
from shared.logs import configure, get_logger
from shared.operations import CATALOG
from shared.operations.bulk import Reader
from shared.release import version
from shared.results import LedgerResults
from shared.sealing import Sealer
from shared.settings import Settings
from shared.stores import broker_url, connect, forgets, refuse_unfit
from shared.submitting import Submitter
from workers.accounts import Account, Accounts, required
from workers.breaker import Breakers, BreakerTerms
from workers.caller import Api, Caller, Guards
from workers.csp import Csp, Limits
from workers.execute import Executor
from workers.gathering import Gatherer
from workers.guard_store import GuardStore
from workers.judge import Patience
from workers.leases import Leases
from workers.limiter import Limiter, Rate
from workers.moves import Times
from workers.plan import Planner
from workers.procedures import Runner
from workers.sending import Sender
from workers.solo import Gate
from workers.sweeper import Alarm, Sweeper
from workers.traced import Traced
from workers.writes import Writer

# The total time-out is what connecting and reading may take, and a moment to close.
_CLOSING_SECONDS = 2.0

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """Everything a worker process runs on."""

    settings: Settings
    ledger: Ledger
    broker: WokenBroker
    executor: Executor
    leases: Leases
    worker: str
    accounts: Accounts
    alarm: Alarm
    started: float

    def sweeper(self, queues: frozenset[Queue], *, threads: int) -> Sweeper:
        """Return the sweeper of these queues; it tells pages how many threads work on them."""
        return Sweeper(
            self.ledger,
            queues=queues,
            worker=self.worker,
            every_seconds=self.settings.sweep_seconds,
            queued=self.broker.waiting,
            hint=lambda queue, job_id: hint(self.broker, queue, job_id),
            introduce=self._introduce,
            alarm=self.alarm,
            facts={"version": version(), "threads": threads, "since": self.started},
        )

    def _introduce(self) -> None:
        """Say which credential each account stands for; the credential itself stays here."""
        for account in self.accounts:
            # A write would wait for the store's disk, each round again.
            if self.ledger.account(account.name) != account.tag:
                self.ledger.publish_account(account.name, account.tag)


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    api_of: Callable[[Account], Api] | None = None,
    catalog: Mapping[str, Operation] = CATALOG,
) -> App:
    """Wire a worker. Clock and API have their real ones as defaults here and nowhere else."""
    if settings.redis_url is None:
        raise NotConfigured("REDIS_URL: a worker needs the store of its front end")
    clock = clock or SystemClock()
    refuse_unfit(settings.redis_url)
    client = connect(settings.redis_url, patient=True)
    ledger = Ledger(client, Terms.from_settings(settings))
    broker = build_broker(
        broker_url(settings.redis_url, settings.broker_db),
        LedgerResults(ledger, clock),
    )
    accounts = required(settings)
    clients = api_of or _clients(settings, clock)
    guards = _guards(settings, clock, settings.redis_url)
    caller_of = callers(
        accounts, lambda account: Caller(clients(account), limits(settings), guards(account))
    )
    sealer = Sealer(settings.seal_key)
    patience = Patience(
        settings.vpn_max_tries,
        settings.vpn_backoff_base_seconds,
        settings.vpn_backoff_cap_seconds,
        SystemRandom().random,
    )
    times = Times(settings.vpn_ready_seconds, settings.vpn_tunnel_rest_seconds)

    def writer_for(caller: Caller) -> Writer:
        sender = Sender(caller, ledger, clock)
        runner = Runner(sender, patience, limits(settings), configure_limits(settings))
        return Writer(sender=sender, runner=runner, sealer=sealer, times=times)

    leases = Leases(ledger, settings.lease_seconds)
    reader = Reader(catalog.values())
    alarm = Alarm(clock)
    worker = f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
    executor = Executor(
        ledger=ledger,
        catalog=catalog,
        caller_of=caller_of,
        writer_for=writer_for,
        planner_for=lambda caller: Planner(caller, patience, times, reader),
        sealer=sealer,
        leases=leases,
        gate=Gate(),
        clock=clock,
        patience=patience,
        owner=worker,
        rooms=settings.rooms,
        hint=lambda queue, job_id: hint(broker, queue, job_id),
        # Asked once, when the store is there: then whoever believes it need not look twice.
        settle_seconds=cache(
            lambda: configure_limits(settings).settle if forgets(client) else None
        ),
        due_in=alarm.ring_in,
        gather=Gatherer(
            ledger=ledger,
            reader=reader,
            submitter=Submitter.from_settings(settings),
            sealer=sealer,
            hint=lambda queue, job_id: hint(broker, queue, job_id),
            width=2 * settings.threads,
        ),
    )
    return App(settings, ledger, broker, executor, leases, worker, accounts, alarm, clock.now())


def limits(settings: Settings) -> Limits:
    """Return the time-outs of an ordinary request."""
    connect_seconds, read = settings.connect_timeout_seconds, settings.read_timeout_seconds
    return Limits(connect_seconds, read, connect_seconds + read + _CLOSING_SECONDS)


def configure_limits(settings: Settings) -> Limits:
    """Return the time-outs of a VPN configure."""
    connect_seconds, read = settings.connect_timeout_seconds, settings.vpn_read_timeout_seconds
    return Limits(connect_seconds, read, connect_seconds + read + _CLOSING_SECONDS)


def callers(
    accounts: Accounts, make: Callable[[Account], Caller]
) -> Callable[[str], Caller | None]:
    """Return what finds the caller of a job's account, by the tag that the job carries."""
    made = {account.tag: make(account) for account in accounts}

    def caller_of(tag: str) -> Caller | None:
        account = accounts.of(tag)
        return made[account.tag] if account else None

    return caller_of


def _clients(settings: Settings, clock: Clock) -> Callable[[Account], Api]:
    """Return what makes clients; those of one address share their connections."""
    first: dict[str, Csp] = {}

    def client_of(account: Account) -> Api:
        url, key = account.base_url, account.api_key
        if url not in first:
            first[url] = Csp(base_url=url, api_key=key, clock=clock, pool_size=settings.threads)
        return Traced(first[url].with_key(key), url)

    return client_of


def _guards(settings: Settings, clock: Clock, url: str) -> Callable[[Account], Guards]:
    """Return what makes the guards of an account; limiter and breakers tell accounts apart."""
    # A client of its own, and quick: without the store the guards go by what they know.
    store = GuardStore(scripts(connect(url, patient=False)), clock)
    terms = BreakerTerms(
        settings.breaker_failures,
        settings.breaker_reset_seconds,
        settings.breaker_counts_read_timeouts,
    )
    limiter = Limiter(store, clock, threads=settings.threads)
    breakers = Breakers(store, clock, terms)

    def guards_of(account: Account) -> Guards:
        rate, burst = account.rate_per_second, account.rate_burst
        return Guards(
            limiter=limiter,
            breakers=breakers,
            account=account.tag,
            rate=Rate(
                settings.rate_per_second if rate is None else rate,
                settings.rate_burst if burst is None else burst,
            ),
            clock=clock,
        )

    return guards_of


class Lifecycle(Middleware):
    """Starts and stops what runs beside the actors of a worker process."""

    def __init__(self, app: App, env: Mapping[str, str]) -> None:
        self._app = app
        self._env = env
        self._sweeper: Sweeper | None = None

    def after_process_boot(self, broker: Broker) -> None:
        """Begin to trace: what sends the spans is a thread, and no fork takes one along."""
        tracing.start(self._env, service="infoblox-mq-worker")

    def after_worker_boot(self, broker: Broker, worker: Any) -> None:
        """Begin to renew leases, to sweep, and to count as alive."""
        served = worker.consumer_whitelist or broker.get_declared_actors()
        self._app.leases.start()
        queues = frozenset(map(Queue, served))
        self._say_whom_it_asks(queues)
        self._sweeper = self._app.sweeper(queues, threads=worker.worker_threads)
        self._sweeper.start()

    def _say_whom_it_asks(self, queues: frozenset[Queue]) -> None:
        settings = self._app.settings
        for queue in sorted(queues):
            log.info(
                f"{queue}_client_initialized",
                base_url=settings.infoblox_base_url,
                timeout_connect=settings.connect_timeout_seconds,
                timeout_read=settings.read_timeout_seconds,
            )

    def before_worker_shutdown(self, broker: Broker, worker: Any) -> None:
        """Stop taking part; running jobs are finished by dramatiq."""
        if self._sweeper:
            self._sweeper.stop()

    def after_worker_shutdown(self, broker: Broker, worker: Any) -> None:
        """Let go of the leases last: running jobs needed them until now."""
        self._app.leases.stop()
        tracing.stop()


@cache
def process_app() -> App:
    """Return the application of this worker process, read from its environment once."""
    settings = Settings.from_env(os.environ)
    configure(json_lines=settings.structlog_json, level=settings.log_level)
    arm(settings.fault_points)
    app = build(settings)
    app.broker.add_middleware(Lifecycle(app, os.environ))
    dramatiq.set_broker(app.broker)
    return app


def actor(queue: Queue) -> dramatiq.Actor[[str], None]:
    """Return the one actor of a queue. It never raises, and it never retries: the ledger does."""
    app = process_app()

    def run(job_id: str) -> None:
        app.executor(job_id)

    declare = dramatiq.actor(actor_name=str(queue), queue_name=str(queue), broker=app.broker)
    return declare(run)
