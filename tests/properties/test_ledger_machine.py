"""The ledger in any order of events: whatever happens, its promises hold.

A small model says what a job may do next; the store says what it did. No time passes: leases, due
times and the time in which a request could arrive are moved into the past instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from shared.ledger import FINAL, STATES, Claim, Denied, Job, Outcome, Seen
from shared.stores import connect
from tests.properties.ledger_world import FAILED, GOOD, QUEUE, UNKNOWN, World
from tests.support.valkey import Valkey

SOAK = bool(os.environ.get("SOAK"))  # noqa: TID251 - a switch of the test run
EXAMPLES = 1_000 if SOAK else 40
STEPS = 100 if SOAK else 40
# A restart takes a fifth of a second: rare enough to stay within the time of a normal run.
MOST_RESTARTS = 200 if SOAK else 4
TARGETS = ("t", "u")
ACCEPTED = Outcome("done", {"ready": False})
OUTCOME = st.sampled_from([GOOD, FAILED, UNKNOWN])
DEEDS = (
    # Two come twice: without them the others lead nowhere.
    "taken over",
    "taken over",
    "sent",
    "cancelled",
    "settled",
    "sent",
    "sent by the first",
    "answered by the first",
    "parked",
    "parked in doubt",
    "parked with a memo",
    "parked as accepted",
)
PLANNED = {"account", "accounts", "due", "ended", "jobs", "version", "workers"}


class LedgerMachine(RuleBasedStateMachine):
    """What front ends, workers, sweepers, clocks and power cuts may do to jobs."""

    valkey: ClassVar[Valkey]
    restarts: ClassVar[int] = 0

    jobs = Bundle("jobs")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.client = connect(self.valkey.url, patient=True)
        self.world = World(self.client)
        self.ids: list[str] = []
        self.fences: dict[str, int] = {}
        self.ended: dict[str, dict[str, str]] = {}
        self.deleted: set[str] = set()
        # Running jobs whose lease was made to run out.
        self.lost_leases: set[str] = set()
        # Per job: requests let through, and those of them whose fate was looked up or told.
        self.sent: dict[str, int] = {}
        self.known: dict[str, int] = {}
        self.sent_by: set[tuple[str, str]] = set()
        # Per target, in order of acceptance.
        self.order: dict[str, list[str]] = {}
        self.targets: dict[str, tuple[str, ...]] = {}
        # Per job: what its next attempt must find; then those that let others go first, and
        # those whose change was accepted.
        self.memos: dict[str, dict[str, int]] = {}
        self.released: set[str] = set()
        self.accepted: set[str] = set()

    def teardown(self) -> None:
        self.client.connection_pool.disconnect()

    @initialize()
    def a_worker_lives(self) -> None:
        self.world.alive()

    # --- front ends

    @rule(
        target=jobs,
        touched=st.sets(st.sampled_from(TARGETS), min_size=1),
        joins=st.booleans(),
        client=st.sampled_from("ab"),
    )
    def accept_write(self, touched: set[str], joins: bool, client: str) -> str:
        call = self.world.write(*sorted(touched), joins=joins, client=client)
        answer = self.world.accept(call)
        assert answer.job_id is not None
        if answer.verdict == "new":
            assert answer.job_id == call.id
            self._born(call.id, call.targets)
        else:
            assert joins
            assert self.targets[answer.job_id] == call.targets
        return answer.job_id

    @rule(target=jobs, client=st.sampled_from("ab"))
    def accept_read(self, client: str) -> str:
        call = self.world.read(client=client)
        answer = self.world.accept(call)
        assert answer.job_id is not None
        if answer.verdict == "new":
            self._born(call.id, ())
        else:
            assert answer.job_id not in self.ended
        return answer.job_id

    def _born(self, job_id: str, targets: tuple[str, ...]) -> None:
        self.ids.append(job_id)
        self.targets[job_id] = targets
        self.sent[job_id] = self.known[job_id] = 0
        self.fences[job_id] = 0
        for name in targets:
            self.order.setdefault(name, []).append(job_id)

    @rule(job_id=jobs, client=st.sampled_from("abc"))
    def cancel(self, job_id: str, client: str) -> None:
        if job_id in self.deleted:
            assert self.world.ledger.cancel(job_id, client=client).verdict == "unknown_job"
            return
        before = self.world.job(job_id)
        verdict = self.world.ledger.cancel(job_id, client=client).verdict
        after = self.world.job(job_id)
        if verdict == "cancelled":
            assert not before.sending
            assert after.state == "cancelled"
        elif verdict == "ended":
            assert job_id in self.accepted
            assert after.outcome == ACCEPTED
        else:
            assert after.state == before.state
        if verdict == "requested":
            assert before.sending
            assert after.cancel_requested

    # --- operators

    @rule(job_id=jobs, state=st.sampled_from(sorted(STATES)))
    def an_operator_cancels(self, job_id: str, state: str) -> None:
        if job_id in self.deleted:
            assert self.world.operator.cancel(job_id, by="o").verdict == "unknown_job"
            return
        before = self.world.job(job_id)
        verdict = self.world.operator.cancel(job_id, by="o", seen=Seen(state)).verdict
        after = self.world.job(job_id)
        if before.final or state != before.state:
            assert verdict == ("final" if before.final else "moved")
            assert after.state == before.state
        else:
            assert verdict == ("requested" if before.sending else "cancelled")
            assert after.cancelled_by == "o"
            assert after.state == (before.state if before.sending else "cancelled")

    @rule(job_id=jobs)
    def an_operator_hurries(self, job_id: str) -> None:
        if job_id in self.deleted:
            return
        before = self.world.job(job_id)
        if self.world.operator.try_now(job_id, by="o").verdict == "due":
            assert before.state in {"accepted", "waiting"}
            assert before.behind is None
            assert not before.sending or before.send_until <= before.now

    @rule(job_id=jobs)
    def an_operator_deletes(self, job_id: str) -> None:
        verdict = self.world.operator.delete(job_id).verdict
        if job_id in self.deleted:
            assert verdict == "unknown_job"
        elif job_id in self.ended:
            assert verdict == "deleted"
            self.deleted.add(job_id)
            self.ids.remove(job_id)
            for name in self.targets[job_id]:
                self.order[name].remove(job_id)
        else:
            assert verdict == "open"

    @rule()
    def the_queue_rests_for_a_moment(self) -> None:
        self.world.operator.pause([QUEUE], by="o")
        for job_id in self.ids:
            assert isinstance(self.world.claim_anyhow(job_id), Denied)
        assert self.world.ledger.sweep(QUEUE, worker="w1", queued=0).job_ids == ()
        _, freed = self.world.operator.resume([QUEUE])
        assert {job_id for _, job_id in freed} >= {
            job_id for job_id in self.ids if self.world.state(job_id) == "accepted"
        }

    # --- workers

    @rule(target=claims, job_id=jobs)
    def hint_arrives(self, job_id: str) -> Job | MultipleResults[Job]:
        if job_id in self.deleted:
            denied = self.world.claim_anyhow(job_id)
            assert isinstance(denied, Denied)
            assert denied.reason == "gone"
            return multiple()
        before = self.world.job(job_id)
        claim = self.world.claim_anyhow(job_id)
        if not isinstance(claim, Claim):
            assert claim.reason != "behind" or job_id not in self.released
            return multiple()
        assert not before.final
        assert before.state != "running" or job_id in self.lost_leases
        assert claim.job.memo == self.memos.get(job_id, {})
        for name in self.targets[job_id]:
            if job_id not in self.released:
                assert self._first(name) == job_id, "a write overtook another on its target"
        return claim.job

    @rule(
        target=jobs,
        deeds=st.lists(st.sampled_from(DEEDS), min_size=3, max_size=10),
        outcome=OUTCOME,
    )
    def one_write_goes_through_many_hands(self, deeds: list[str], outcome: Outcome) -> str:
        """What rules drawn one by one seldom come to; nothing else touches its target."""
        target = f"own-{len(self.fences)}"
        job_id = self.world.accepted(self.world.write(target, client="a"))
        self._born(job_id, (target,))
        held = self._taken_over(job_id)
        for deed in ("sent", *deeds):
            if deed == "taken over":
                held += self._taken_over(job_id)
            elif deed == "cancelled":
                self.cancel(job_id, "a")
            elif deed == "settled":
                self.time_passes(job_id, "send_until")
            elif held:
                self._done(deed, held, outcome)
            self._records_are_right()
        return job_id

    def _taken_over(self, job_id: str) -> list[Job]:
        self.time_passes(job_id, "lease")
        self.time_passes(job_id, "due")
        claim = self.hint_arrives(job_id)
        self._records_are_right()
        return [claim] if isinstance(claim, Job) else []

    def _done(self, deed: str, held: list[Job], outcome: Outcome) -> None:
        match deed:
            case "sent":
                self.mark_and_send(held[-1])
            case "sent by the first":
                self.mark_and_send(held[0])
            case "answered by the first":
                self.answer(held.pop(0), outcome)
            case "parked":
                self.park(held[-1], in_doubt=False, wait=0)
            case "parked in doubt":
                self.park(held[-1], in_doubt=True, wait=0)
            case "parked with a memo":
                self.park_between_steps(held[-1], accepted=False)
            case "parked as accepted":
                self.park_between_steps(held[-1], accepted=True)

    def _first(self, name: str) -> str | None:
        order = self.order.get(name, [])
        gone = self.released | set(self.ended)
        return next((job_id for job_id in order if job_id not in gone), None)

    @rule(claim=claims)
    def mark_and_send(self, claim: Job) -> None:
        if not claim.writes or self._comes_too_late(claim):
            return
        before = self.world.job(claim.id)
        verdict = self.world.mark(claim)
        if verdict != "ok":
            return
        assert before.fence == claim.fence
        assert before.state == "running"
        assert before.orphan is None
        assert not before.cancel_requested
        if before.sending:
            # A second request: the worker has looked the first one up before it asked.
            assert before.send_until <= before.now
            self.known[claim.id] += 1
        assert (claim.id, claim.fence) not in self.sent_by, "two requests of one claim"
        self.sent_by.add((claim.id, claim.fence))
        self.sent[claim.id] += 1

    def _comes_too_late(self, claim: Job) -> bool:
        """Tell whether the job was deleted; nothing that its last worker says brings it back."""
        if claim.id not in self.deleted:
            return False
        ledger = self.world.ledger
        assert self.world.mark(claim) == "lost"
        assert ledger.finish(claim, GOOD) == ("final", ())
        assert ledger.park(claim, wait_seconds=0, note="x") == (False, ())
        assert ledger.renew([claim]) == {claim.id}
        return True

    @rule(claim=consumes(claims), outcome=OUTCOME)
    def answer(self, claim: Job, outcome: Outcome) -> None:
        if self._comes_too_late(claim):
            return
        before = self.world.job(claim.id)
        verdict, freed = self.world.ledger.finish(claim, outcome, attempt={"status": 200})
        after = self.world.job(claim.id)
        if verdict == "ok":
            assert (before.fence, after.outcome) == (claim.fence, outcome)
        elif verdict == "lost":
            assert int(before.fence) > int(claim.fence)
            assert after.orphan == outcome
        else:
            assert before.final
        for _, job_id in freed:
            assert self.world.job(job_id).state == "waiting"

    @rule(claim=consumes(claims), in_doubt=st.booleans(), wait=st.sampled_from([0, 60]))
    def park(self, claim: Job, in_doubt: bool, wait: float) -> None:
        if self._comes_too_late(claim):
            return
        before = self.world.job(claim.id)
        # A worker says that it is in doubt whenever a request of its own was not answered.
        doubtful = in_doubt and before.sending
        kept, _ = self.world.ledger.park(
            claim, wait_seconds=wait, note="x", attempt={"status": 409}, in_doubt=doubtful
        )
        assert kept == (before.state == "running" and before.fence == claim.fence)
        if kept and before.sending and not doubtful:
            self.known[claim.id] += 1

    @rule(claim=consumes(claims), accepted=st.booleans())
    def park_between_steps(self, claim: Job, accepted: bool) -> None:
        """A clear answer to one request of several: what it left is kept for the next one."""
        if not claim.writes:
            return
        before = self.world.job(claim.id)
        memo = {"step": int(claim.fence)}
        kept, freed = self.world.ledger.park(
            claim,
            wait_seconds=0,
            note="x",
            attempt={"status": 200},
            memo=memo,
            release=accepted,
            instead=ACCEPTED if accepted else None,
        )
        if not kept:
            assert before.final or before.fence != claim.fence or before.state != "running"
            return
        self.memos[claim.id] = memo
        if before.sending:
            self.known[claim.id] += 1
        if accepted:
            self.accepted.add(claim.id)
            self.released.add(claim.id)
        if before.cancel_requested and claim.id in self.accepted:
            assert self.world.job(claim.id).outcome == ACCEPTED
        for _, job_id in freed:
            assert self.world.job(job_id).state == "waiting"

    @rule(claim=claims)
    def renew(self, claim: Job) -> None:
        if self._comes_too_late(claim):
            return
        before = self.world.job(claim.id)
        lost = self.world.ledger.renew([claim])
        held = before.state == "running" and before.fence == claim.fence
        assert (claim.id in lost) != held
        if held:
            self.lost_leases.discard(claim.id)

    # --- sweepers, clocks and power cuts

    @rule(job_id=jobs, what=st.sampled_from(["lease", "due", "send_until"]))
    def time_passes(self, job_id: str, what: str) -> None:
        if job_id in self.deleted:
            return
        if what == "due":
            self.world.fall_due(job_id)
        elif what == "send_until":
            self.world.settle(job_id)
        elif self.world.state(job_id) == "running":
            self.world.lose_lease(job_id)
            self.lost_leases.add(job_id)

    @rule(what=st.integers(0, 9), queued=st.integers(0, 3))
    def the_world_goes_on(self, what: int, queued: int) -> None:
        # Not a precondition: what hypothesis draws must not depend on earlier examples.
        if what == 0 and LedgerMachine.restarts < MOST_RESTARTS:
            LedgerMachine.restarts += 1
            self.valkey.restart()
        elif what == 1:
            self.client.script_flush()
        elif what == 2:
            self._clock_jumps_back()
        else:
            self._sweep(queued)

    def _sweep(self, queued: int) -> None:
        now = self.world.now()
        overdue = self.world.client.zcount(self.world.key("due", QUEUE), "-inf", now)
        found = self.world.ledger.sweep(QUEUE, worker="w1", queued=queued).job_ids
        assert len(found) <= max(0, overdue - queued)
        again = self.world.ledger.sweep(QUEUE, worker="w2", queued=queued).job_ids
        assert not set(found) & set(again)

    def _clock_jumps_back(self) -> None:
        """Let what the store wrote lie in the future."""
        for job_id in self.ids[-2:]:
            for name in ("lease", "due"):
                if (value := self.world.field(job_id, name)) is not None:
                    key = self.world.key("job", job_id)
                    self.client.hset(key, name, int(value) + 3_600_000)
                    self.lost_leases.discard(job_id)

    # --- what must hold after every step

    @invariant()
    def every_promise_holds(self) -> None:
        self._records_are_right()
        self._only_what_is_planned_or_open_stays_for_ever()

    def _records_are_right(self) -> None:
        records = self._records()
        self._final_jobs_never_change(records)
        for job_id, record in records.items():
            self._it_is_in_one_state(record)
            self._its_fence_only_grows(job_id, record)
            self._at_most_one_request_has_an_unknown_fate(job_id, record)
        self._open_jobs_are_due_some_day_and_ended_ones_are_not()
        self._at_most_one_write_of_a_target_is_at_work(records)

    def _records(self) -> dict[str, dict[str, str]]:
        pipeline = self.client.pipeline(transaction=False)
        for job_id in self.ids:
            pipeline.hgetall(self.world.key("job", job_id))
        return dict(zip(self.ids, pipeline.execute(), strict=True))

    def _final_jobs_never_change(self, records: dict[str, dict[str, str]]) -> None:
        for job_id, record in records.items():
            if job_id in self.ended:
                assert record == self.ended[job_id]
            elif record["state"] in FINAL:
                self.ended[job_id] = record
                # What was accepted is not taken back.
                assert job_id not in self.accepted or record["state"] not in {"dead", "cancelled"}

    def _it_is_in_one_state(self, record: dict[str, str]) -> None:
        assert record["state"] in STATES
        running = record["state"] == "running"
        assert ("lease" in record) == running
        assert ("owner" in record) == running
        assert ("outcome" in record) == (record["state"] in FINAL)
        assert ("sending" in record) == ("send_until" in record)
        assert record["state"] != "waiting" or "due" in record

    def _its_fence_only_grows(self, job_id: str, record: dict[str, str]) -> None:
        fence = int(record["fence"])
        assert fence in {self.fences[job_id], self.fences[job_id] + 1}
        if fence > self.fences[job_id]:
            self.lost_leases.discard(job_id)
        self.fences[job_id] = fence
        assert int(record["starts"]) == fence

    def _at_most_one_request_has_an_unknown_fate(self, job_id: str, record: dict[str, str]) -> None:
        assert self.sent[job_id] - self.known[job_id] <= 1
        assert int(record["tries"]) == self.sent[job_id]

    def _open_jobs_are_due_some_day_and_ended_ones_are_not(self) -> None:
        due = set(self.client.zrange(self.world.key("due", QUEUE), 0, -1))
        assert due == {job_id for job_id in self.ids if job_id not in self.ended}

    def _at_most_one_write_of_a_target_is_at_work(self, records: dict[str, dict[str, str]]) -> None:
        for name in TARGETS:
            at_work = [
                job_id
                for job_id in self.order.get(name, [])
                if records[job_id]["state"] == "running" and job_id not in self.released
            ]
            assert at_work in ([], [self._first(name)])

    def _only_what_is_planned_or_open_stays_for_ever(self) -> None:
        keys = self.world.names()
        pipeline = self.client.pipeline(transaction=False)
        for key in keys:
            pipeline.pttl(key)
        kept = [key for key, left in zip(keys, pipeline.execute(), strict=True) if left == -1]
        assert not [key for key in keys if self.deleted & set(key.split(":"))]
        for key in kept:
            kind, _, rest = key.removeprefix(self.world.prefix).partition(":")
            if kind not in PLANNED:
                assert not self._holders(kind, key, rest) & set(self.ended), key

    def _holders(self, kind: str, key: str, rest: str) -> set[str]:
        client: Any = self.client
        match kind:
            case "job":
                return {rest.partition(":")[0]}
            case "target":
                return set(client.lrange(key, 0, -1))
            case "flight" | "last":
                return {str(client.get(key))}
        raise AssertionError(f"{key} stays for ever")


@pytest.fixture
def machine(valkey: Valkey) -> Iterator[type[LedgerMachine]]:
    LedgerMachine.valkey = valkey
    LedgerMachine.restarts = 0
    yield LedgerMachine
    del LedgerMachine.valkey


@pytest.mark.slow
@pytest.mark.timeout(7_200 if SOAK else 120)
def test_the_ledger_keeps_its_promises_in_any_order_of_events(
    machine: type[LedgerMachine],
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
