"""The cache against a small model: reads, writes, refreshes, drops and time in any order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from shared.caches import Room
from shared.errors import UnknownOutcome
from shared.ledger import Job, Outcome
from shared.stores import connect
from tests.guards.reader import Reader, told
from tests.properties.ledger_world import FAILED, GOOD

SOAK = bool(os.environ.get("SOAK"))
EXAMPLES = 1_000 if SOAK else 60
ROOM = Room(seconds=100, entries=2, bytes=4_000)
QUESTIONS = st.sampled_from(["a", "a", "a", "b", "b", "c"])
UNKNOWN = Outcome("unknown", problem=UnknownOutcome("it was sent").problem)


@dataclass
class Read:
    """A read under way: what Infoblox said to it, once it was asked."""

    job: Job
    value: int | None = None


@dataclass
class Write:
    """A write under way; whether it changes what is asked for, and has done so."""

    job: Job
    changes: bool
    applied: bool = False


class CacheMachine(RuleBasedStateMachine):
    """`world` is what Infoblox would say; every change makes it one more.

    `told` is the least that a reader may be given: what was true when a write was last reported.
    """

    client: Redis
    reads = Bundle("reads")
    writes = Bundle("writes")

    def __init__(self) -> None:
        super().__init__()
        self.reader = Reader(self.client, room=ROOM)
        self.world = 0
        self.least = 0
        # Per question: when the answer in the cache was true, and how long ago it was kept.
        self.filled: dict[str, int] = {}
        self.ages: dict[str, float] = {}

    @rule(target=reads, what=QUESTIONS, refresh=st.booleans())
    def a_read_begins(self, what: str, refresh: bool) -> object:
        return self.ask(what, refresh=refresh) or multiple()

    @rule(what=QUESTIONS)
    def a_read_is_answered_at_once(self, what: str) -> None:
        # Twice: the second time it is a hit.
        for _ in range(2):
            if (read := self.ask(what)) is not None:
                self.a_read_ends(read)

    def ask(self, what: str, *, refresh: bool = False) -> Read | None:
        """Ask; nothing is under way for a hit, and for a call that joined another."""
        found = self.reader.ask(what, refresh=refresh)
        if found.verdict == "cached":
            assert not refresh
            self.check(what, told(found))
        job_id = found.job_id if found.verdict == "new" else None
        return Read(self.reader.world.claimed(job_id)) if job_id else None

    def check(self, what: str, value: int) -> None:
        """A hit is no older than the last reported write, and no older than its time."""
        assert value >= self.least, "older than a write that was reported"
        assert value == self.filled[what], "not what was kept last"
        assert self.ages[what] < ROOM.seconds, "older than it may get"

    @rule(read=reads)
    def infoblox_answers(self, read: Read) -> None:
        read.value = self.world if read.value is None else read.value

    @rule(read=consumes(reads))
    def a_slow_read_ends(self, read: Read) -> None:
        self.a_read_ends(read)

    def a_read_ends(self, read: Read) -> None:
        value = self.world if read.value is None else read.value
        what = read.job.fingerprint
        self.reader.end(read.job, value)
        if self.reader.source(what) == read.job.id:
            self.filled[what] = value
            self.ages[what] = 0

    @rule(target=writes, changes=st.booleans())
    def a_write_begins(self, changes: bool) -> Write:
        job = self.reader.write() if changes else self.reader.write("dns_zone")
        self.reader.world.mark(job)
        return Write(job, changes)

    @rule(write=writes)
    def it_is_carried_out(self, write: Write) -> None:
        if not write.applied:
            self.world += write.changes
            write.applied = True

    @rule(write=consumes(writes), outcome=st.sampled_from([GOOD, FAILED, UNKNOWN]))
    def a_write_ends(self, write: Write, outcome: Outcome) -> None:
        assert self.reader.world.ledger.finish(write.job, outcome)[0] == "ok"
        if write.changes:
            self.least = self.world

    @rule(write=consumes(writes))
    def an_answer_is_lost(self, write: Write) -> None:
        kept, _ = self.reader.world.ledger.park(
            write.job, wait_seconds=60, note="in doubt", in_doubt=True
        )
        assert kept
        if write.changes:
            self.least = self.world

    @rule()
    def somebody_changes_it_in_the_portal(self) -> None:
        self.world += 1

    @rule()
    def it_is_dropped(self) -> None:
        self.reader.shelves.drop("account", ["ip_space"])
        self.least = self.world
        self.filled.clear()

    @rule(seconds=st.sampled_from([1, 99, 100]))
    def time_passes(self, seconds: int) -> None:
        for what in self.ages:
            self.ages[what] += seconds
            self.reader.pass_time(what, seconds)

    @invariant()
    def no_more_is_kept_than_there_is_room_for(self) -> None:
        shelf = self.reader.shelf()
        assert shelf.entries <= ROOM.entries
        assert shelf.bytes <= ROOM.bytes


@pytest.fixture
def client(module_store: str) -> Iterator[Redis]:
    found = connect(module_store, patient=True)
    # Nothing is killed here, and thousands of steps would wait for the disk.
    found.config_set("appendfsync", "no")
    yield found
    found.close()


@pytest.mark.slow
@pytest.mark.timeout(7_200 if SOAK else 120)
def test_no_hit_is_older_than_it_may_be(client: Redis) -> None:
    CacheMachine.client = client
    run_state_machine_as_test(
        CacheMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
