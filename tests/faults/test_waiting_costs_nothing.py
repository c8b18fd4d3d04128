"""Jobs that wait hold no worker thread: reads of the same queue are answered as before."""

from collections.abc import Callable, Iterator

from tests.support.calls import ask, front_settings, vpn_payload
from tests.support.load import Call, Load, counted, p95
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell
from tests.support.waiting import until

Begin = Callable[..., Stack]
THREADS, JOBS = 2, 8
READS, EVERY_SECONDS = 40, 0.1
# All jobs wait most of the time; a thread held by one of them would let a read wait so long.
WAIT_SECONDS = 3.0
# Generous, because the machine may be busy with other tests.
MOST_TIMES_QUIET, MOST_SECONDS_MORE = 5, 0.5


def test_reads_are_answered_as_fast_while_more_jobs_wait_than_there_are_threads(
    stack: Begin, sandbox: Sandbox
) -> None:
    sandbox.vpn(busy_tries=1000)
    here = stack("niosxaas", threads=THREADS, vpn_backoff_base_seconds=WAIT_SECONDS)
    reads = counted(lambda number: ("list_universal_services", {"limit": number}))
    next(reads)
    answered(here, reads, READS // 4)
    quiet = answered(here, reads, READS)
    settings = front_settings(here.env, wait_seconds=0.1)
    names = [f"waits-{number}" for number in range(JOBS)]
    ask(
        settings,
        *(("configure_vpn_infrastructure", {"vpn_payload": vpn_payload(name)}) for name in names),
    )
    until(lambda: waiting(here) == JOBS, what="the wait of all jobs")
    busy = answered(here, reads, READS)
    tell(
        quiet=f"{quiet * 1000:.1f} ms",
        with_waiting_jobs=f"{busy * 1000:.1f} ms",
        times=f"{busy / quiet:.2f}",
    )
    assert waiting(here) > THREADS
    assert busy <= MOST_TIMES_QUIET * quiet or busy <= quiet + MOST_SECONDS_MORE


def waiting(here: Stack) -> int:
    return len(here.ledger().listed(state="waiting", limit=JOBS).jobs)


def answered(here: Stack, reads: Iterator[Call], number: int) -> float:
    """Return within how many seconds 95 of 100 of so many reads were answered."""
    with Load(front_settings(here.env), reads, every_seconds=EVERY_SECONDS) as load:
        until(lambda: len(load.answers) >= number, seconds=60, what="the answers")
    assert {one.envelope["status"] for one in load.answers} == {"done"}
    return p95([one.seconds for one in load.answers])
