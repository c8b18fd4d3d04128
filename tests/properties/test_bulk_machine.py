"""The bookkeeping of a bulk in any order of events: calls that end, owners that die, cancels.

The ledger is real. What the bulk says at its end is compared with what its calls came to.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.catalog import Queue
from shared.ledger import Claim, Job, Ledger, Outcome
from shared.operations import CATALOG
from shared.operations.bulk import Reader
from shared.sealing import Sealer
from shared.stores import connect
from shared.submitting import Submitter
from tests.properties.ledger_world import FAILED, GOOD, QUEUE, TERMS, UNKNOWN, World
from workers.bulk import child_id
from workers.gathering import Gatherer
from workers.steps import Dropped, Ended, Parked, Step

SOAK = bool(os.environ.get("SOAK"))  # noqa: TID251 - a switch of the test run
EXAMPLES = 1_000 if SOAK else 40
STEPS = 60 if SOAK else 30
WIDTH = 4
SUBMITTER = Submitter(Sealer(None), b"key")
READER = Reader(CATALOG.values())
ROUNDS = 300
# Its owners die more often than a job's may.
PATIENT = replace(TERMS, poison_starts=1_000)


class Killed(Exception):
    """The worker is gone; nothing that was not in the store is left of it."""


class Mortal:
    """The ledger as a worker has it that dies at its n-th change."""

    def __init__(self, ledger: Ledger, changes: int | None) -> None:
        self._ledger = ledger
        self._left = changes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._ledger, name)
        return self._counted(found) if name in {"accept", "cancel"} else found

    def _counted(self, change: Any) -> Any:
        def made(*args: Any, **options: Any) -> Any:
            if self._left == 0:
                raise Killed
            if self._left is not None:
                self._left -= 1
            return change(*args, **options)

        return made


class BulkMachine(RuleBasedStateMachine):
    """One bulk, its owners, its calls and its client."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(self.url, patient=True)
        self.world = World(self.client, terms=PATIENT)
        self.sent: Counter[str] = Counter()
        self.final: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            if hasattr(self, "bulk"):
                self.to_the_end()
        finally:
            self.client.connection_pool.disconnect()

    @initialize(numbers=st.lists(st.integers(0, 7), min_size=1, max_size=12), stops=st.booleans())
    def accept(self, numbers: list[int], stops: bool) -> None:
        """Equal numbers make equal calls."""
        self.total, self.stops = len(numbers), stops
        calls = [
            {"tool": "create_subnet", "arguments": {"address": f"10.0.{n}.0/24", "space": "5"}}
            for n in numbers
        ]
        row = CATALOG["bulk_call"]
        arguments = row.args.model_validate({"calls": calls, "stop_on_error": stops})
        self.world.alive()
        call = SUBMITTER(row, arguments, account="account", client="client", job_id="f" * 32)
        self.bulk = self.world.accepted(replace(call, id=f"{id(self):032x}"))

    # --- owners of the bulk

    def claimed(self) -> Job | None:
        self.world.fall_due(self.bulk)
        claim = self.world.claim_anyhow(self.bulk)
        return claim.job if isinstance(claim, Claim) else None

    def turn(self, job: Job, *, dies_after: int | None = None) -> Step | None:
        gatherer = Gatherer(
            ledger=Mortal(self.world.ledger, dies_after),  # type: ignore[arg-type]  # stands for it
            reader=READER,
            submitter=SUBMITTER,
            sealer=Sealer(None),
            hint=lambda _queue, _job_id: None,
            width=WIDTH,
        )
        try:
            return gatherer(job)
        except Killed:
            self.world.lose_lease(self.bulk)
            return None

    def record(self, job: Job, step: Step | None) -> None:
        match step:
            case Ended(outcome):
                self.world.ledger.finish(job, outcome)
            case Parked():
                self.world.ledger.park(
                    job,
                    wait_seconds=step.wait_seconds,
                    note=step.note,
                    memo=step.memo,
                    wake_at=step.wake_at,
                )

    @rule(dies_after=st.none() | st.integers(0, WIDTH))
    def a_worker_carries_it_on(self, dies_after: int | None) -> None:
        if job := self.claimed():
            self.record(job, self.turn(job, dies_after=dies_after))

    @rule()
    def a_worker_dies_before_it_writes_down_what_it_did(self) -> None:
        if job := self.claimed():
            self.turn(job)
            self.world.lose_lease(self.bulk)

    @rule()
    def a_worker_comes_back_after_another_took_over(self) -> None:
        if (job := self.claimed()) is None:
            return
        self.world.lose_lease(self.bulk)
        other = self.claimed()
        assert other is not None
        before = self.children().keys()
        step = self.turn(job)
        assert isinstance(step, Dropped) or self.children().keys() == before
        self.record(job, step)
        assert self.world.state(self.bulk) == "running"
        self.record(other, self.turn(other))

    # --- its calls

    def children(self) -> dict[int, Job]:
        ids = {child_id(self.bulk, index): index for index in range(self.total)}
        return {ids[job.id]: job for job in self.world.ledger.read_all(list(ids))}

    def open_calls(self) -> list[Job]:
        return [job for job in self.children().values() if not job.final]

    @rule(which=st.integers(0, WIDTH), outcome=st.sampled_from([GOOD, GOOD, FAILED, UNKNOWN]))
    def a_call_is_sent_and_ends(self, which: int, outcome: Outcome) -> None:
        waiting = self.open_calls()
        if which < len(waiting):
            self.carry_out(waiting[which], outcome)

    def carry_out(self, call: Job, outcome: Outcome) -> None:
        self.world.wait_is_over(call.id)
        claim = self.world.claim_anyhow(call.id)
        if isinstance(claim, Claim) and self.world.mark(claim.job) == "ok":
            self.sent[call.id] += 1
            self.world.ledger.finish(claim.job, outcome)
        elif isinstance(claim, Claim):
            self.world.ledger.finish(claim.job, Outcome("cancelled"))

    @rule(which=st.integers(0, WIDTH))
    def a_call_is_on_its_way(self, which: int) -> None:
        waiting = self.open_calls()
        if which < len(waiting):
            claim = self.world.claim(waiting[which].id)
            if isinstance(claim, Claim) and self.world.mark(claim.job) == "ok":
                self.sent[claim.job.id] += 1

    # --- its client

    @precondition(lambda self: self.open_calls())
    @rule()
    def the_client_cancels(self) -> None:
        self.world.ledger.cancel(self.bulk, client="client")

    @precondition(lambda self: self.open_calls())
    @rule()
    def the_client_cancels_a_call(self) -> None:
        self.world.ledger.cancel(self.open_calls()[0].id, client="client")

    # --- what must hold

    @invariant()
    def no_more_are_open_than_may_be(self) -> None:
        if hasattr(self, "bulk"):
            waiting = self.open_calls()
            assert len(waiting) <= WIDTH
            listed: Any = self.client.smembers(self.world.key("bulk", Queue.INFOBLOX))
            assert listed == {job.id for job in waiting}

    @invariant()
    def nothing_is_sent_twice_and_nothing_that_ended_changes(self) -> None:
        if not hasattr(self, "bulk"):
            return
        for job in self.children().values():
            # One on its way when its worker died is asked for once more, after a look.
            assert self.sent[job.id] <= 1 + job.resends
            assert self.final.get(job.id, job.state) == job.state
            if job.final:
                self.final[job.id] = job.state

    def to_the_end(self) -> None:
        """Let everything that is open end well; then the bulk's own words must be true."""
        for _ in range(ROUNDS):
            if (job := self.world.job(self.bulk)).final:
                break
            for call in self.open_calls():
                self.carry_out(call, GOOD)
            self.world.lose_lease(self.bulk)
            if claimed := self.claimed():
                self.record(claimed, self.turn(claimed))
        job = self.world.job(self.bulk)
        assert job.final, job.note
        if job.outcome is None or job.outcome.result is None:
            # Cancelled before anybody took it up.
            assert not self.children()
            return
        self._said_is_so(job.outcome.result, self.children())
        assert self.open_calls() == []
        due: Any = self.client.zrange(self.world.key("due", QUEUE), 0, -1)
        assert due == []

    def _said_is_so(self, said: dict[str, Any], children: dict[int, Job]) -> None:
        words = ("done", "failed", "unknown", "cancelled")
        assert sum(said[word] for word in words) + said["not_sent"] == self.total == said["total"]
        own = Counter(str(job.state) for job in children.values())
        # An equal call joins the job of the other, so that one job may stand for several calls.
        joined = self.total - said["not_sent"] - len(children)
        assert joined >= 0
        for word in words:
            assert own[word] <= said[word] <= own[word] + joined, (said, own)
        failed = [job for job in children.values() if job.state in {"failed", "unknown"}]
        told = {one["index"] for one in said["failures"]}
        assert {index for index, job in children.items() if job in failed} <= told
        if said["not_sent"]:
            assert self.stops or self.world.job(self.bulk).cancel_requested


@pytest.fixture
def machine(module_store: str) -> type[BulkMachine]:
    BulkMachine.url = module_store
    return BulkMachine


@pytest.mark.slow
@pytest.mark.timeout(7_200 if SOAK else 120)
def test_a_bulk_keeps_its_books_in_any_order_of_events(machine: type[BulkMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
