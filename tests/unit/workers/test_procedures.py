"""Jobs of several requests: what one attempt does with the move it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from shared.ledger import Ledger
from shared.wire import Request
from tests.unit.fakes import NOW, FakeApi, FakeClock, FakeLedger, Reply, job
from tests.unit.workers.test_writes import CONFIGURE_LIMITS, LIMITS
from workers.caller import Caller
from workers.csp import Answer
from workers.judge import Patience
from workers.moves import Finished, Move, Send, Times, Work
from workers.procedures import Runner
from workers.reconcile import LookupFailed
from workers.sending import Sender
from workers.steps import Ended, Parked, Step

ONE, TWO = (
    Send(
        Request("POST", f"/api/{name}", f"/api/{name}", body={}, safe=False),
        after=lambda _body: Finished({"made": True}),
        note=f"step {name}",
    )
    for name in ("one", "two")
)
IN_DOUBT: dict[str, Any] = {"sending": True, "tries": 1, "send_until": NOW - 1}
REFUSED = Answer(404, text="no such thing")


class Attempt:
    """One attempt at a procedure that returns these moves, one at each look."""

    def __init__(self, *looks: Move | Exception, replies: tuple[Reply, ...] = (), **fields: Any):
        self.api = FakeApi(*replies)
        sender = Sender(Caller(self.api, LIMITS), cast(Ledger, FakeLedger()), FakeClock())
        run = Runner(sender, Patience(12, 5, 60, lambda: 0.0), LIMITS, CONFIGURE_LIMITS)
        work = Work(job(**fields), {}, sender.caller, Times(3600, 180))
        self.step: Step = run(looking(*looks), work)

    @property
    def ended(self) -> Ended:
        assert isinstance(self.step, Ended), self.step
        return self.step

    @property
    def parked(self) -> Parked:
        assert isinstance(self.step, Parked), self.step
        return self.step


def looking(*looks: Move | Exception) -> Callable[[Work], Move]:
    left = list(looks)

    def look(_work: Work) -> Move:
        move = left.pop(0)
        if isinstance(move, Exception):
            raise move
        return move

    return look


# --- requests in doubt


def test_another_move_than_the_one_in_doubt_says_that_it_was_carried_out() -> None:
    attempt = Attempt(TWO, **IN_DOUBT, memo={"sent": ONE.sign})
    assert (attempt.parked.wait_seconds, attempt.parked.in_doubt) == (0, False)
    assert attempt.api.sent == []


@pytest.mark.parametrize("settled", [True, False])
def test_where_the_store_forgot_what_was_sent_any_move_may_be_the_one_in_doubt(
    settled: bool,
) -> None:
    doubt = IN_DOUBT | {"send_until": NOW - 1 if settled else NOW + 9, "forgotten": True}
    attempt = Attempt(TWO, replies=(Answer(200, {}),), **doubt, memo={"sent": ONE.sign})
    if settled:
        assert attempt.ended.outcome.state == "done"
    else:
        assert (attempt.parked.wait_seconds, attempt.parked.in_doubt) == (9, True)
        assert attempt.api.sent == []


# --- refusals after a request that was lost


def repeated(*looks: Move | Exception) -> Attempt:
    return Attempt(ONE, *looks, replies=(REFUSED,), **IN_DOUBT, memo={"sent": ONE.sign})


def test_a_repeated_request_is_refused_because_the_first_one_was_carried_out() -> None:
    attempt = repeated(Finished({"found": True}))
    assert (attempt.ended.outcome.state, attempt.ended.outcome.result) == ("done", {"found": True})
    assert attempt.ended.attempt["status"] == 404


def test_a_repeated_request_that_is_refused_leads_on_when_the_first_one_did() -> None:
    attempt = repeated(TWO)
    assert (attempt.parked.wait_seconds, attempt.parked.in_doubt) == (0, False)
    assert attempt.parked.attempt["status"] == 404


def test_a_refusal_is_the_end_when_there_is_nothing_of_either_request() -> None:
    assert repeated(ONE).ended.outcome.state == "failed"


def test_a_refusal_in_doubt_that_cannot_be_looked_up_stays_in_doubt() -> None:
    attempt = repeated(LookupFailed(Answer(503)))
    assert attempt.parked.in_doubt
    assert attempt.parked.attempt["status"] == 404


def test_a_refusal_of_the_first_request_needs_no_second_look() -> None:
    attempt = Attempt(ONE, replies=(REFUSED,))
    assert attempt.ended.outcome.state == "failed"
