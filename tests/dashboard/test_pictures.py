"""The pictures in docs/images, taken of a stack at work: `make pictures`."""

import os
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from shared.errors import Poisoned
from shared.ledger import Ledger, Outcome
from shared.settings import Settings
from tests.dashboard.conftest import Look
from tests.dashboard.filling import ended
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
IMAGES = Path(__file__).parents[2] / "docs/images"
LARGEST = 150_000
QUEUES = ("infoblox", "niosxaas", "atcfw", "insights")
READS = (
    "list_subnets",
    "list_ip_spaces",
    "list_dns_records",
    "list_security_policies",
    "list_universal_services",
    "list_security_insights",
)
WORK_SECONDS = float(os.environ.get("PICTURES") or 0)


@contextmanager
def at_work(here: Stack) -> Iterator[None]:
    """Ask for this and that all the time."""
    over = threading.Event()
    settings = front_settings(here.env, wait_seconds=0.3)
    chosen = random.Random(1)

    def work() -> None:
        while not over.is_set():
            calls: list[tuple[str, Json]] = [
                (chosen.choice(READS), {"limit": chosen.randint(1, 60)})
                for _ in range(chosen.randint(1, 9))
            ]
            ask(settings, *calls)
            over.wait(chosen.random())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.skipif(not WORK_SECONDS, reason="PICTURES=seconds of work: make pictures")
@pytest.mark.timeout(400)
def test_pictures(stack: Begin, sandbox: Sandbox, look: Look) -> None:
    here = stack(*QUEUES, rate_per_second=10, vpn_backoff_base_seconds=3, queue_limit=200)
    url, ledger = here.ops(), here.ledger()
    settings = front_settings(here.env, wait_seconds=0.2)
    poisoned = Poisoned("every start of this job took its worker down, alone in it").problem
    ended(ledger, Outcome("dead", problem=poisoned), arguments={"name": "www.example.com"})
    with at_work(here):
        sandbox.vpn(busy_tries=2)
        vpn(settings, "madrid-dc")
        done = ledger.open_jobs(limit=200)
        job = next(one for one in done if one.tool == "configure_vpn_infrastructure")
        until(lambda: attempts(ledger, job.id) > 2, seconds=60)
        sandbox.vpn(busy_tries=40)
        for name in ("frankfurt-edge", "berlin-lab"):
            vpn(settings, name)
        threading.Event().wait(WORK_SECONDS)
        sandbox.faults("status", status=503, times=30, match={"path": "insight"})
        threading.Event().wait(12)
        for scheme in ("light", "dark"):
            size = {"width": 1280, "height": 800}
            looked = look(url, color_scheme=scheme, viewport=size)
            for name in ("overview", "vpn", "jobs", "guards", "workers", "dead"):
                shoot(looked.open(f"/dashboard/{name}"), name, scheme)
            shoot(looked.open(f"/dashboard/jobs/{job.id}"), "job", scheme)


def attempts(ledger: Ledger, job_id: str) -> int:
    job = ledger.read(job_id)
    return len(job.attempts) if job else 0


def vpn(settings: Settings, name: str) -> None:
    payload = {"vpn_payload": vpn_payload(name), "wait_until": "ready"}
    # In a thread: the browser's driver runs a loop of its own in this one.
    call = ("configure_vpn_infrastructure", payload)
    thread = threading.Thread(target=ask, args=(settings, call))
    thread.start()
    thread.join()


def shoot(page: Page, name: str, scheme: str) -> None:
    page.wait_for_selector("#pulse[data-is=live]")
    page.wait_for_timeout(1500)
    IMAGES.mkdir(exist_ok=True)
    path = IMAGES / f"dashboard-{name}-{scheme}.png"
    page.screenshot(path=path)
    assert path.stat().st_size < LARGEST
