"""A job that kills its worker ends dead; the innocent ones that shared the process do not."""

import sys
from collections.abc import Callable

from infoblox_mq.guard import alive
from shared.catalog import Queue
from shared.ledger import SHARED_STARTS
from tests.support.calls import ask, front_settings
from tests.support.stack import Stack
from tests.support.waiting import until
from tests.support.worker_log import stories

Begin = Callable[..., Stack]
# A real worker whose requests for `poison` kill it as soon as an innocent one is under way beside
# it; without one they kill it all the same, a moment later.
WORKER = """
import os, signal, threading
import dramatiq
from workers.csp import Csp

beside = threading.Event()
really = Csp.send


def send(self, request, **more):
    if request.path.endswith("poison"):
        beside.wait(0.7)
        os.kill(os.getpid(), signal.SIGKILL)
    beside.set()
    threading.Event().wait(0.5)
    return really(self, request, **more)


Csp.send = send
from workers.infoblox import infoblox

worker = dramatiq.Worker(infoblox.broker, worker_threads=4)
worker.start()
threading.Event().wait()
"""
POISON_STARTS = 3


def test_an_innocent_job_outlives_the_one_that_kills_its_worker(stack: Begin) -> None:
    here = stack(lease_seconds=1, poison_starts=POISON_STARTS, threads=4)
    here.env["STRUCTLOG_JSON"] = "1"
    ledger = here.ledger()
    workers: list[str] = []

    def ended() -> bool:
        if not workers or not any(alive(pid) for pid in here.pids(workers[-1])):
            workers.append(f"worker-{len(workers)}")
            here.launch(workers[-1], [sys.executable, "-c", WORKER])
        jobs = ledger.read_all(job_ids)
        return bool(jobs) and all(job.final for job in jobs)

    job_ids: list[str] = []
    ended()
    until(lambda: ledger.workers()[Queue.INFOBLOX], seconds=30, what="a worker")
    answers = ask(
        front_settings(here.env, wait_seconds=0.1),
        ("get_subnet", {"subnet_id": "poison"}),
        ("list_ip_spaces", {}),
    )
    job_ids += [str(answer["job_id"]) for answer in answers]
    until(ended, seconds=40, what="the end of both jobs")
    for name in workers:
        here.kill(name)
    deadly, innocent = ledger.read_all(job_ids)
    assert (deadly.state, innocent.state) == ("dead", "done")
    assert deadly.starts == SHARED_STARTS + POISON_STARTS
    assert innocent.starts > 1
    assert len(workers) > POISON_STARTS
    # Its first start, like that of every read, is told by whoever took it over.
    told = stories(here.logs)[deadly.id]
    assert (told.end, len(told.workers)) == ("dead", deadly.starts - 1)
    assert all(before != after for before, after in told.takeovers)
