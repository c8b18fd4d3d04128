"""What the cache promises, over the ledger's scripts and a real store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from redis import Redis

from mcp_front.bodies import Bodies
from shared.caches import CACHES, Keep, Room, rooms
from shared.errors import UnknownOutcome
from shared.ledger import Accepted, Kept, Outcome
from shared.stores import connect
from tests.guards.reader import CACHE, ROOM, Reader, told
from tests.properties.ledger_world import FAILED, GOOD
from tests.support.valkey import Valkey
from tests.support.waiting import until

UNKNOWN = Outcome("unknown", problem=UnknownOutcome("it was sent").problem)


@pytest.fixture
def client(module_store: str) -> Iterator[Redis]:
    found = connect(module_store, patient=True)
    yield found
    found.close()


@pytest.fixture
def reader(client: Redis) -> Reader:
    return Reader(client)


# --- what is answered


def test_an_answer_is_given_again_without_a_job(reader: Reader) -> None:
    reader.fill(value="blue")
    hit = reader.ask()
    assert (hit.verdict, hit.job_id, told(hit)) == ("cached", None, "blue")
    assert hit.kept is not None
    assert 0 <= hit.kept.age_seconds < 5
    assert reader.world.due("job-2") is None


@pytest.mark.parametrize(
    "other",
    [{"what": "others"}, {"account": "other"}, {"cache": None}, {"refresh": True}],
    ids=str,
)
def test_another_question_is_not_answered(reader: Reader, other: dict[str, Any]) -> None:
    reader.fill()
    assert reader.ask(**other).verdict == "new"


def test_a_text_that_the_caller_holds_is_not_sent_again(reader: Reader) -> None:
    reader.fill()
    source = reader.ask().kept
    assert source is not None
    again = reader.ask(holds=source.source).kept
    assert again is not None
    assert (again.source, again.text) == (source.source, None)
    assert told(reader.ask(holds="an older one")) == "old"


def test_what_expired_is_asked_for_again(reader: Reader) -> None:
    reader.fill()
    reader.pass_time("all", ROOM.seconds - 1)
    assert reader.ask().verdict == "cached"
    reader.pass_time("all", 1)
    assert reader.ask().verdict == "new"


@pytest.mark.parametrize("outcome", [FAILED, UNKNOWN, Outcome("cancelled")], ids=lambda o: o.state)
def test_what_did_not_end_well_is_not_kept(reader: Reader, outcome: Outcome) -> None:
    job = reader.begin()
    reader.world.ledger.finish(job, outcome, keep=Keep(CACHE, (CACHE,), ROOM))
    assert reader.ask().verdict == "new"


# --- writes


@pytest.mark.parametrize("outcome", [GOOD, FAILED, UNKNOWN], ids=lambda outcome: outcome.state)
def test_no_answer_outlives_a_write(reader: Reader, outcome: Outcome) -> None:
    reader.fill()
    write = reader.write()
    reader.world.mark(write)
    assert reader.ask().verdict == "cached"
    reader.world.ledger.finish(write, outcome)
    assert reader.ask().verdict == "new"


def test_a_read_that_began_before_a_write_fills_nothing_after_it(reader: Reader) -> None:
    read = reader.begin()
    reader.world.ledger.finish(reader.write(), GOOD)
    reader.end(read, "what was before")
    assert reader.ask().verdict == "new"


def test_nothing_is_answered_while_a_request_is_in_doubt(reader: Reader) -> None:
    reader.fill()
    write = reader.write()
    reader.world.mark(write)
    reader.world.ledger.park(write, wait_seconds=60, note="no answer", in_doubt=True)
    assert reader.ask().verdict == "new"


def test_nothing_is_answered_once_a_worker_was_lost_with_a_request(reader: Reader) -> None:
    reader.fill()
    write = reader.write()
    reader.world.mark(write)
    reader.world.wait_is_over(write.id)
    reader.world.claimed(write.id, owner="w2")
    assert reader.ask().verdict == "new"


def test_a_request_that_was_clearly_refused_changes_nothing_yet(reader: Reader) -> None:
    reader.fill()
    write = reader.write()
    reader.world.mark(write)
    reader.world.ledger.park(write, wait_seconds=60, note="busy")
    assert reader.ask().verdict == "cached"


def test_a_write_elsewhere_leaves_the_answer(reader: Reader) -> None:
    reader.fill()
    reader.world.ledger.finish(reader.write("dns_zone"), GOOD)
    reader.world.ledger.finish(reader.write(account="other"), GOOD)
    assert reader.ask().verdict == "cached"


def test_a_store_that_may_have_forgotten_a_write_gives_nothing_from_before(
    valkey: Valkey,
) -> None:
    client = valkey.client()
    reader = Reader(client)
    reader.fill()
    # The rewritten file holds the answer too, and what a crash loses is the change after it.
    client.bgrewriteaof()
    until(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
    valkey.restart()
    reader.world.alive()
    assert client.exists(reader.key())
    assert reader.ask().verdict == "new"


# --- refreshing


def test_a_refresh_fills_the_cache_anew(reader: Reader) -> None:
    reader.fill(value="old")
    reader.end(reader.begin(refresh=True), "new")
    assert told(reader.ask()) == "new"


def test_a_refresh_joins_only_what_was_not_asked_yet(reader: Reader) -> None:
    first = reader.ask(refresh=True)
    assert first.job_id
    assert reader.ask(refresh=True).job_id == first.job_id
    job = reader.world.claimed(first.job_id)
    assert reader.ask().job_id == first.job_id
    assert reader.ask(refresh=True).verdict == "new"
    reader.end(job, "late")


def test_an_older_read_never_replaces_the_answer_of_a_newer_one(
    reader: Reader, client: Redis
) -> None:
    older = reader.begin()
    # The store's clock counts milliseconds; these two began in different ones.
    client.hincrby(reader.world.key("job", older.id), "accepted", -1)
    reader.end(reader.begin(refresh=True), "new")
    reader.end(older, "old")
    assert told(reader.ask()) == "new"


# --- room


def test_the_oldest_answers_make_room(reader: Reader) -> None:
    for number in range(ROOM.entries + 2):
        reader.fill(str(number), number)
    assert reader.shelf().entries == ROOM.entries
    assert reader.ask("1").verdict == "new"
    assert told(reader.ask("2")) == 2


def test_bytes_are_bounded_too(reader: Reader) -> None:
    for number in range(6):
        reader.fill(str(number), "x" * 9_900)
    assert reader.shelf().bytes <= ROOM.bytes
    assert reader.shelf().entries == 4


def test_what_is_too_big_is_not_kept(reader: Reader) -> None:
    reader.fill(value="x" * ROOM.largest)
    assert reader.shelf().entries == 0


def test_what_expired_makes_room_first(reader: Reader) -> None:
    for number in range(ROOM.entries):
        reader.fill(str(number), number)
    reader.pass_time("4", ROOM.seconds)
    reader.fill("new", "new")
    assert told(reader.ask("0")) == 0


def test_the_counted_bytes_are_those_that_are_there(reader: Reader, client: Redis) -> None:
    for number in range(20):
        reader.fill(str(number % 7), "x" * (number * 300), refresh=True)
        texts: Any = client.hgetall(reader.key())
        sizes = [len(text) for name, text in texts.items() if name.isdecimal()]
        assert (reader.shelf().entries, reader.shelf().bytes) == (len(sizes), sum(sizes))


def test_a_cache_that_nobody_uses_is_gone_after_its_time(reader: Reader, client: Redis) -> None:
    reader.fill()
    for key in (reader.key(), reader.key("order")):
        assert 0 < client.pttl(key) <= ROOM.seconds * 1000


# --- looking and dropping


def test_hits_and_misses_are_counted(reader: Reader) -> None:
    reader.fill()
    reader.ask()
    reader.ask()
    reader.ask(refresh=True)
    shelf = reader.shelf()
    assert (shelf.entries, shelf.hits, shelf.misses) == (1, 2, 1)
    assert shelf.bytes > 0
    assert reader.shelf("other").entries == 0


def test_dropping_forgets_one_cache_of_one_account(reader: Reader) -> None:
    reader.fill()
    reader.fill("theirs", account="other")
    assert reader.shelves.drop("account", [CACHE]) == 1
    assert reader.shelves.drop("account", [CACHE]) == 0
    assert reader.ask().verdict == "new"
    assert reader.ask("theirs", account="other").verdict == "cached"


def test_a_read_that_began_before_a_drop_fills_nothing_after_it(reader: Reader) -> None:
    read = reader.begin()
    reader.shelves.drop("account", [CACHE])
    reader.end(read, "what was before")
    assert reader.ask().verdict == "new"


def test_filling_and_counting_are_no_burden_on_the_disk(reader: Reader, client: Redis) -> None:
    def written() -> int:
        return int(client.info("persistence")["aof_current_size"])

    reader.fill(value="x" * 5_000)
    before = written()
    for _ in range(100):
        assert reader.ask().verdict == "cached"
    assert written() == before


def test_equal_questions_at_once_are_one_job(reader: Reader) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: reader.ask(), range(50)))
    (leader,) = [answer.job_id for answer in answers if answer.verdict == "new"]
    assert {answer.job_id for answer in answers} == {leader}
    assert leader
    assert reader.world.job(leader).followers == 49


# --- settings and the front end's own copies


def test_seconds_are_those_of_the_settings() -> None:
    found = rooms(10, each={"ip_space": 5.0, "dns_zone": 0.0}, most_bytes=100)
    assert found["ip_space"] == Room(5.0, 1000, 100)
    assert found["catalogue"].seconds == 120
    assert "dns_zone" not in found
    assert len(found) == len(CACHES) - 1
    assert rooms(0, each={}, most_bytes=100) == {}
    assert rooms(10, each={}, most_bytes=0) == {}


class FakeCache:
    """Says that an answer is still good, and sends the text to whoever does not hold it."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, call: Any) -> Accepted:
        held = call.holds == call.fingerprint
        self.sent += not held
        text = None if held else f"text of {call.fingerprint}".ljust(40)
        return Accepted("cached", None, 1, kept=Kept(call.fingerprint, 0.0, text))


def test_a_front_end_holds_the_texts_it_used_last(reader: Reader) -> None:
    bodies, cache = Bodies(100), FakeCache()

    def asked(name: str) -> str | None:
        call = reader.world.read(fingerprint=name, cache=CACHE)
        kept = bodies.accepted(call, cache).kept
        assert kept is not None
        return kept.text and kept.text.strip()

    for name in ("a", "a", "b", "a"):
        assert asked(name) == f"text of {name}"
    assert cache.sent == 2
    asked("c")
    asked("b")
    assert cache.sent == 4


def test_what_no_cache_may_answer_is_not_looked_up(reader: Reader) -> None:
    bodies = Bodies(100)
    call = reader.world.read()
    assert bodies.accepted(call, lambda given: Accepted("new", given.id, 1)).job_id == call.id
    assert bodies.accepted(call, reader.world.accept).verdict == "new"
