"""Calls that many clients share: a dead worker, a client that leaves, a key used by all."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

import anyio
import pytest

from mcp_front.auth import ALL_SCOPES, Caller
from mcp_front.server import Front
from shared.settings import Settings
from tests.support.calls import Json, front_settings
from tests.support.chaos import launch, rows, settled
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell
from tests.support.waiting import until

Begin = Callable[..., Stack]
Call = tuple[str, Json]
SUBNETS = "/api/ddi/v1/ipam/subnet"
LEASE_SECONDS = 3.0
READ: Call = ("list_subnets", {"limit": 11})
QUEUES = ("infoblox",)


class Clients:
    """Clients of one front end, each with a name of its own, and the answers they have got."""

    def __init__(self, settings: Settings, *calls: tuple[str, Call]) -> None:
        self.answers: dict[str, Json] = {}
        self._settings = settings
        self._calls = calls
        self._thread = threading.Thread(target=lambda: anyio.run(self._all), name="clients")
        self._thread.start()

    def all_answered(self) -> dict[str, Json]:
        """Wait for every answer."""
        self._thread.join()
        return self.answers

    async def _all(self) -> None:
        front = Front(self._settings)
        try:
            async with front.running(), anyio.create_task_group() as group:
                for client, call in self._calls:
                    group.start_soon(self._one, front, client, call)
        finally:
            front.close()

    async def _one(self, front: Front, client: str, call: Call) -> None:
        name, arguments = call
        caller = Caller(client, "default", ALL_SCOPES)
        reply = await front.call(name, arguments, caller=caller)
        self.answers[client] = dict(reply.envelope)


def of_one(settings: Settings, client: str, call: Call) -> Json:
    """Make one call of a client and return its envelope."""
    return Clients(settings, (client, call)).all_answered()[client]


def running_read(here: Stack, sandbox: Sandbox) -> str:
    """Wait for the one request of all reads and return its job."""
    until(lambda: sandbox.journal(path=SUBNETS), what="the request")
    (job,) = here.ledger().listed(state="running").jobs
    return job.id


def test_the_followers_of_a_read_whose_worker_died_are_served_by_one_new_run(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack(lease_seconds=LEASE_SECONDS)
    pair = {"one": QUEUES, "two": QUEUES}
    for name, queues in pair.items():
        launch(here, name, *queues)
    settled(here, pair)
    sandbox.faults("slow", match={"path": SUBNETS}, seconds=6, times=1)
    callers = Clients(front_settings(here.env), *((f"client-{n}", READ) for n in range(20)))
    job_id = running_read(here, sandbox)
    until(partial(followed_by, here, job_id, 20), what="all followers")
    here.kill(owner(here, job_id, pair))
    killed = time.monotonic()
    answers = callers.all_answered()
    took = time.monotonic() - killed
    tell(followers_served_after=f"{took:.2f} s", lease=f"{LEASE_SECONDS} s")
    assert Counter(answer["status"] for answer in answers.values()) == {"done": 20}
    assert {answer["job_id"] for answer in answers.values()} == {job_id}
    assert len(sandbox.journal(path=SUBNETS)) == 2
    assert took <= 1.5 * LEASE_SECONDS


def followed_by(here: Stack, job_id: str, number: int) -> bool:
    return bool(here.valkey.client().scard(f"imq:job:{job_id}:clients") == number)


def owner(here: Stack, job_id: str, names: Mapping[str, object]) -> str:
    told = str(here.valkey.client().hget(f"imq:job:{job_id}", "owner"))
    return next(name for name in names if int(told.split(":")[-2]) in here.pids(name))


@pytest.mark.parametrize("leaver", ["leader", "follower"])
def test_a_client_that_cancels_never_cancels_the_others(
    stack: Begin, sandbox: Sandbox, leaver: str
) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    sandbox.faults("slow", match={"path": SUBNETS}, seconds=1.5, times=1)
    leader = Clients(settings, ("leader", READ))
    job_id = running_read(here, sandbox)
    others = Clients(settings, ("follower", READ), ("other", READ))
    until(partial(followed_by, here, job_id, 3), what="the followers")
    told = of_one(settings, leaver, ("job_cancel", {"job_id": job_id}))
    assert (told["status"], told["result"]["cancelled"]) == ("running", False)
    answers = leader.all_answered() | others.all_answered()
    del answers[leaver]
    assert Counter(answer["status"] for answer in answers.values()) == {"done": 2}
    assert len(sandbox.journal(path=SUBNETS)) == 1


def test_a_key_used_by_eight_clients_at_once_is_one_request(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    block = next(row for row in rows(sandbox, "/api/ddi/v1/ipam/address_block"))
    wanted = {
        "address": f"{block['id']}/nextavailablesubnet",
        "cidr": 28,
        "space": block["space"],
        "idempotency_key": "once",
    }
    settings = front_settings(here.env)
    # Eight front ends, as eight hosts would start them.
    clients = [Clients(settings, (f"client-{n}", ("create_subnet", wanted))) for n in range(8)]
    answers = [answer for one in clients for answer in one.all_answered().values()]
    assert Counter(answer["status"] for answer in answers) == {"done": 8}
    assert all(answer["result"] == answers[0]["result"] for answer in answers)
    assert len(sandbox.journal(method="POST")) == 1
    other = of_one(settings, "client-0", ("create_subnet", wanted | {"cidr": 27}))
    assert other["error"]["code"] == "invalid_arguments"
    assert "idempotency_key" in other["error"]["message"]
    assert answers[0]["job_id"] in other["error"]["message"]
    assert len(sandbox.journal(method="POST")) == 1
