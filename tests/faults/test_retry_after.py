"""What a Retry-After does to the next try of a VPN configure, through the whole stack."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from shared.ledger import Attempt
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
CONFIGURE = "/consolidated/configure"
BASE_SECONDS = 3.0
JITTER_SHARE = 0.2
# A date has whole seconds, and is read against the time of the claim.
ROUNDING_SECONDS = 1.5
# What the header says, and the least and the most that the job then waits.
TABLE: tuple[tuple[Any, float, float], ...] = (
    ("7", 7, 7),
    ({"date_in": 40}, 40 - ROUNDING_SECONDS, 40 + ROUNDING_SECONDS),
    (None, BASE_SECONDS, BASE_SECONDS * (1 + JITTER_SHARE)),
    ("soon", BASE_SECONDS, BASE_SECONDS * (1 + JITTER_SHARE)),
    ("0", 1, 1),
    ("-5", 1, 1),
    ({"date_in": -60}, 1, 1),
    ("1000000000", 600, 600),
)


def test_the_record_has_the_wait_that_was_asked_for(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("niosxaas", vpn_backoff_base_seconds=BASE_SECONDS)
    wrong = []
    for status, (asked, least, most) in product((409, 429), TABLE):
        headers = {} if asked is None else {"Retry-After": asked}
        attempt, due_in = first_wait(here, sandbox, status=status, headers=headers)
        assert attempt.status == status
        assert attempt.wait_seconds is not None
        if not least <= attempt.wait_seconds <= most:
            wrong.append((status, asked, attempt))
        # Recorded in milliseconds; the due time is the store's, not the worker's.
        assert due_in == pytest.approx(attempt.wait_seconds, abs=0.01)
    assert wrong == []


def first_wait(
    here: Stack, sandbox: Sandbox, *, status: int, headers: Json
) -> tuple[Attempt, float]:
    """Hand a configure in, cancel it in its first wait, and return that wait as recorded."""
    where = {"method": "POST", "path": CONFIGURE}
    sandbox.faults("status", status=status, headers=headers, match=where, times=1)
    name = f"asked-{len(sandbox.journal(method='POST', path=CONFIGURE))}"
    configure = ("configure_vpn_infrastructure", {"vpn_payload": vpn_payload(name)})
    settings = front_settings(here.env, wait_seconds=0.05)
    (answer,) = ask(settings, configure)
    ledger = here.ledger()

    def waits() -> tuple[Attempt, float] | None:
        job = ledger.read(answer["job_id"])
        assert job is not None
        if job.state != "waiting" or job.due is None:
            return None
        (attempt,) = job.attempts
        return attempt, job.due - (attempt.ended or 0)

    seen = until(waits, what="the wait")
    assert seen is not None
    (cancelled,) = ask(settings, ("job_cancel", {"job_id": answer["job_id"]}))
    assert cancelled["status"] == "cancelled"
    return seen


@pytest.mark.parametrize("asked", ["2", {"date_in": 3}], ids=["seconds", "date"])
def test_the_next_try_comes_no_sooner_than_asked(
    stack: Begin, sandbox: Sandbox, asked: object
) -> None:
    headers = {"Retry-After": asked}
    sandbox.faults("status", status=409, headers=headers, match={"path": CONFIGURE}, times=1)
    here = stack("niosxaas", vpn_backoff_base_seconds=0.1)
    call = ("configure_vpn_infrastructure", {"vpn_payload": vpn_payload("patient")})
    (answer,) = ask(front_settings(here.env), call)
    assert answer["status"] == "done", answer
    turned_away, done = sandbox.journal(method="POST", path=CONFIGURE)
    assert done["started"] - turned_away["ended"] >= 2
