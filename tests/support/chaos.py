"""What dies and hangs during a chaos run, and what was really done to the API meanwhile."""

import http.client
import json
import math
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, pairwise
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from infoblox_mq.guard import alive
from infoblox_mq.processes import ourselves
from shared.ledger import PREFIX as LEDGER
from shared.settings import PREFIX
from tests.support.calls import vpn_payload
from tests.support.proxy import WRITES
from tests.support.sandbox import Sandbox
from tests.support.stack import START_SECONDS, Stack
from tests.support.waiting import until

Json = dict[str, Any]
SUBNET = "/api/ddi/v1/ipam/subnet"
RECORD = "/api/ddi/v1/dns/record"
SERVICE = "/api/universalinfra/v1/universalservices"
_TICK_SECONDS = 0.05
_STORE_EVERY_SECONDS = 9.0
_KILL_SHARE = 0.5


def launch(here: Stack, name: str, *queues: str) -> None:
    """Start a worker process under a name of its own, without waiting for it."""
    here.launch(name, ourselves("worker", *queues))


def settled(here: Stack, workers: Mapping[str, tuple[str, ...]]) -> None:
    """Wait until each of these worker processes has reported itself alive."""
    client = here.valkey.client()

    def reported() -> bool:
        listed: Any = [
            client.zrange(f"{LEDGER}workers:{queue}", 0, -1)
            for queues in workers.values()
            for queue in queues
        ]
        pids = {int(worker.split(":")[-2]) for found in listed for worker in found}
        return all(pids.intersection(here.pids(name)) for name in workers)

    until(reported, seconds=START_SECONDS, what="the start of all workers")


class Disturber:
    """Kills and freezes workers and kills the store, until `calm`; starts again what has ended."""

    def __init__(self, here: Stack, workers: Mapping[str, tuple[str, ...]], *, seed: int) -> None:
        self.kills = self.stops = self.store_restarts = self.revived = 0
        self._here = here
        self._workers = workers
        self._dice = random.Random(seed)
        self._frozen_seconds = 2 * float(here.env[f"{PREFIX}LEASE_SECONDS"])
        self._frozen: dict[str, float] = {}
        self._calm = threading.Event()
        self._over = threading.Event()
        self._broken: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="disturber")

    def __enter__(self) -> "Disturber":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        self._thaw(math.inf)
        if self._broken and error is None:
            raise self._broken

    def calm(self) -> None:
        """Disturb nothing any more."""
        self._calm.set()

    def _run(self) -> None:
        try:
            next_blow, next_restart = self._pause(), time.monotonic() + _STORE_EVERY_SECONDS
            while not self._over.wait(_TICK_SECONDS):
                now = time.monotonic()
                self._thaw(now)
                self._revive()
                if self._calm.is_set():
                    continue
                if now >= next_blow:
                    self._blow(now)
                    next_blow = self._pause()
                if now >= next_restart:
                    self._here.valkey.restart()
                    self.store_restarts += 1
                    next_restart = time.monotonic() + _STORE_EVERY_SECONDS
        except Exception as error:  # noqa: BLE001 - raised again at the end of the block
            self._broken = error

    def _revive(self) -> None:
        # A worker that starts while the store is away ends at once, and is started again.
        for name, queues in self._workers.items():
            if not any(alive(pid) for pid in self._here.pids(name)):
                self._here.kill(name)
                launch(self._here, name, *queues)
                self.revived += 1

    def _pause(self) -> float:
        return time.monotonic() + self._dice.uniform(0.8, 2.0)

    def _blow(self, now: float) -> None:
        name = self._dice.choice(sorted(self._workers))
        if name in self._frozen or self._dice.random() < _KILL_SHARE:
            self._frozen.pop(name, None)
            self._here.kill(name)
            launch(self._here, name, *self._workers[name])
            self.kills += 1
        else:
            self._here.freeze(name)
            self._frozen[name] = now + self._frozen_seconds
            self.stops += 1

    def _thaw(self, now: float) -> None:
        for name in [name for name, end in self._frozen.items() if end <= now]:
            self._here.thaw(name)
            del self._frozen[name]


class Truth:
    """What the API really has and was really asked, seen past workers and proxy."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._writes = [entry for entry in sandbox.journal() if entry["method"] in WRITES]
        # A body carries the mark of its job, so that equal requests are those of one job.
        self._of_job: defaultdict[tuple[str, str, str], list[Json]] = defaultdict(list)
        for entry in self._writes:
            self._of_job[entry["method"], entry["path"], entry["body_sha256"]].append(entry)

    def applied(self, words: str) -> int:
        """Return how often a change was made whose natural key has these words."""
        return sum(entry["applied"] and words in entry["natural_key"] for entry in self._writes)

    def overlapping(self) -> list[tuple[Json, Json]]:
        """Return pairs of the same request of which the second came before the first had ended."""
        return [
            (one, other)
            for entries in self._of_job.values()
            for one, other in pairwise(entries)
            if one["ended_monotonic"] is None or one["ended_monotonic"] > other["started_monotonic"]
        ]

    def sent_again(self) -> list[Json]:
        """Return creations that were asked for once more although they had been carried out."""
        return [
            other
            for entries in self._of_job.values()
            for one, other in pairwise(entries)
            if one["applied"] and one["method"] == "POST"
        ]

    def rows(self, path: str) -> list[Json]:
        """Return every row of a collection."""
        return list(rows(self._sandbox, path))


def rows(sandbox: Sandbox, path: str) -> Iterator[Json]:
    """Read a collection from the API itself, page by page."""
    size = 100
    for page in count():
        connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
        try:
            connection.request(
                "GET",
                f"{path}?_limit={size}&_offset={page * size}",
                headers={"Authorization": f"Token {sandbox.key}"},
            )
            found: list[Json] = json.loads(connection.getresponse().read())["results"]
        finally:
            connection.close()
        yield from found
        if len(found) < size:
            return


@dataclass(slots=True)
class Wish:
    """One call to make, and how its effect is told: `holds` on the rows of a collection."""

    key: str
    tool: str
    arguments: Json
    path: str
    holds: Callable[[Json], bool]
    natural: str = ""
    job_id: str = ""

    @property
    def call(self) -> tuple[str, Json]:
        """What a host calls, safe to repeat."""
        return self.tool, self.arguments | {"idempotency_key": self.key}

    @property
    def found_again(self) -> bool:
        """Tell whether the tool's effect can be looked up, so that `unknown` is no excuse."""
        return bool(self.natural)


def wishes(sandbox: Sandbox, number_of_jobs: int) -> list[Wish]:
    """Plan all calls: mostly configures, and each has an effect of its own."""
    space = next(rows(sandbox, "/api/ddi/v1/ipam/ip_space"))["id"]
    zone = next(rows(sandbox, "/api/ddi/v1/dns/auth_zone"))["id"]
    subnets = [row["id"] for row in rows(sandbox, SUBNET)]
    records = [row["id"] for row in rows(sandbox, RECORD) if row["type"] == "A"]

    def wish(number: int) -> Wish:
        key = f"chaos-{number:03}"
        match number % 10:
            case 0:
                return subnet(key, f"10.222.{number}.0", space)
            case 1:
                return record(key, f"10.223.0.{number}", zone)
            case 2 if number % 20 < 10:
                return update(key, subnets[number // 10])
            case 2:
                return delete(key, records[number // 10])
            case _:
                return configure(key)

    return [wish(number) for number in range(number_of_jobs)]


def configure(key: str) -> Wish:
    payload = {"vpn_payload": vpn_payload(key)}
    return Wish(
        key,
        "configure_vpn_infrastructure",
        payload,
        SERVICE,
        lambda row: bool(row["name"] == key),
        natural=f"configure CREATE {key}",
    )


def subnet(key: str, address: str, space: str) -> Wish:
    arguments = {"address": f"{address}/24", "space": space}
    return Wish(
        key,
        "create_subnet",
        arguments,
        SUBNET,
        lambda row: bool(row["address"] == address),
        natural=f"address={address} ",
    )


def record(key: str, address: str, zone: str) -> Wish:
    arguments = {"name": key, "zone": zone, "ip_address": address}
    return Wish(
        key,
        "create_a_record",
        arguments,
        RECORD,
        lambda row: bool(row["name_in_zone"] == key),
        natural=f"name={key} ",
    )


def update(key: str, subnet_id: str) -> Wish:
    arguments = {"subnet_id": subnet_id, "comment": key}
    return Wish(
        key, "update_subnet", arguments, SUBNET, lambda row: bool(row.get("comment") == key)
    )


def delete(key: str, record_id: str) -> Wish:
    arguments = {"record_id": record_id}
    # Its effect is that the row is not there.
    gone = "delete_dns_record"
    return Wish(key, gone, arguments, RECORD, lambda row: bool(row["id"] == record_id))
