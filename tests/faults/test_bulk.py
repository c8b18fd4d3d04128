"""A bulk does each of its calls once, whatever dies. Judged by the sandbox's journal."""

import os
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from shared.ledger import Job, Ledger
from tests.support.calls import Json, ask, front_settings
from tests.support.chaos import Truth, rows
from tests.support.jobs import ended
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
SOAK = bool(os.environ.get("SOAK"))
CALLS = 500 if SOAK else 60
RATE = 50
LEASE_SECONDS, SWEEP_SECONDS = 3, 0.3
# For 500 calls; fewer are given as much, because a busy machine is slow to begin.
PROMISED_SECONDS = 12
# A request that was marked and never left counts as ended after its time-outs and five seconds.
QUICK = {"connect_timeout_seconds": 0.5, "read_timeout_seconds": 1}
SETTLE_SECONDS = 0.5 + 1 + 2 + 5
RECORDS = "/api/ddi/v1/dns/record"
LONG_SECONDS = 120.0


def records(sandbox: Sandbox, count: int = CALLS) -> list[Json]:
    """Return calls that make records, each with a name of its own."""
    zone = next(rows(sandbox, "/api/ddi/v1/dns/auth_zone"))["id"]
    return [
        {
            "tool": "create_a_record",
            "arguments": {
                "name": f"bulk-{number:03}",
                "zone": zone,
                "ip_address": f"10.9.{number // 250}.{number % 250}",
            },
        }
        for number in range(count)
    ]


def begun(here: Stack, calls: list[Json], **options: object) -> str:
    """Hand a bulk in and return its job id at once."""
    settings = front_settings(here.env, wait_seconds=0.1)
    (answer,) = ask(settings, ("bulk_call", {"calls": calls, **options}))
    assert answer["status"] == "running", answer
    return str(answer["job_id"])


def told(here: Stack, job_id: str) -> Json:
    (answer,) = ask(front_settings(here.env), ("job_wait", {"job_id": job_id, "seconds": 0}))
    return answer


def made(sandbox: Sandbox) -> list[str]:
    """Return the names of the records that are there, each as often as it is."""
    return sorted(
        row["name_in_zone"]
        for row in rows(sandbox, RECORDS)
        if row["name_in_zone"].startswith("bulk-")
    )


def applied(sandbox: Sandbox) -> Counter[str]:
    """Return how often each record was made."""
    posts = sandbox.journal(method="POST", path=RECORDS)
    return Counter(entry["natural_key"] for entry in posts if entry["applied"])


def done_so_far(ledger: Ledger, job_id: str) -> Job | None:
    job = ledger.read(job_id)
    return job if job and (job.calls_ended or 0) >= CALLS // 2 else None


def at_the_end(here: Stack, job_id: str) -> Job:
    ledger = here.ledger()

    def final() -> Job | None:
        job = ledger.read(job_id)
        return job if job and job.final else None

    found = until(final, seconds=LONG_SECONDS, what="the end of the bulk")
    assert found is not None
    return found


def moving(ledger: Ledger, job_id: str) -> bool:
    job = ledger.read(job_id)
    return job is not None and bool(job.calls_ended)


def once_each(sandbox: Sandbox, calls: list[Json]) -> None:
    assert made(sandbox) == [call["arguments"]["name"] for call in calls]
    assert set(applied(sandbox).values()) == {1}
    assert Truth(sandbox).sent_again() == []


def test_a_bulk_goes_at_the_full_rate(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", rate_per_second=RATE)
    calls = records(sandbox)
    began = time.monotonic()
    job_id = begun(here, calls)
    job = at_the_end(here, job_id)
    seconds = time.monotonic() - began
    assert job.state == "done"
    once_each(sandbox, calls)
    answer = told(here, job_id)["result"]
    assert (answer["summary"], answer["failures"]) == (f"{CALLS} of {CALLS} done", [])
    assert seconds < PROMISED_SECONDS, seconds


def test_a_bulk_whose_worker_is_killed_half_way_goes_on_and_repeats_nothing(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack(
        "infoblox",
        rate_per_second=RATE,
        lease_seconds=LEASE_SECONDS,
        sweep_seconds=SWEEP_SECONDS,
        **QUICK,
    )
    calls = records(sandbox)
    began = time.monotonic()
    job_id = begun(here, calls)
    until(partial(done_so_far, here.ledger(), job_id), seconds=LONG_SECONDS, what="half of it")
    here.kill("infoblox")
    here.start("infoblox")
    job = at_the_end(here, job_id)
    seconds = time.monotonic() - began
    assert job.state == "done", told(here, job_id)
    once_each(sandbox, calls)
    most = PROMISED_SECONDS + LEASE_SECONDS + SWEEP_SECONDS + 2
    # One that was on its way when the worker died may be sent again only when it cannot arrive.
    resent = Truth(sandbox).sent_again() or waited_to_settle(here, job_id)
    assert seconds < most + (SETTLE_SECONDS if resent else 0), seconds


def waited_to_settle(here: Stack, job_id: str) -> bool:
    """Tell whether a call had to wait until its lost request could not arrive any more."""
    jobs = here.ledger().read_all([f"{job_id}-{index:04}" for index in range(CALLS)])
    return any(job.tries > 1 or job.waits for job in jobs)


def test_a_store_that_is_restarted_half_way_loses_no_call(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", rate_per_second=RATE, **QUICK)
    calls = records(sandbox)
    job_id = begun(here, calls)
    until(partial(done_so_far, here.ledger(), job_id), seconds=LONG_SECONDS, what="half of it")
    here.valkey.restart()
    job = at_the_end(here, job_id)
    assert job.state == "done", told(here, job_id)
    once_each(sandbox, calls)


def test_a_cancelled_bulk_keeps_back_what_was_not_sent_and_says_what_was(
    stack: Begin, sandbox: Sandbox
) -> None:
    here = stack("infoblox", rate_per_second=10, rate_burst=5)
    calls = records(sandbox, 60)
    job_id = begun(here, calls)
    ledger = here.ledger()
    until(partial(moving, ledger, job_id), what="a first end")
    (answer,) = ask(front_settings(here.env), ("job_cancel", {"job_id": job_id}))
    assert "Cancel requested" in answer["result"]["message"]
    assert ended(here, job_id).state == "cancelled"
    result = told(here, job_id)["result"]
    there = made(sandbox)
    assert 0 < result["done"] < 60
    assert result["done"] == len(there)
    assert result["cancelled"] + result["not_sent"] == 60 - len(there)
    until(lambda: not here.valkey.client().zcard("imq:due:infoblox"), what="an empty queue")
    assert made(sandbox) == there


def test_what_fails_is_listed_and_the_others_are_done(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    calls = records(sandbox, 20)
    calls[3] = {"tool": "delete_dns_record", "arguments": {"record_id": "dns/record/none"}}
    calls[7] = {"tool": "get_subnet", "arguments": {"subnet_id": "ipam/subnet/none"}}
    job = ended(here, begun(here, calls))
    answer = told(here, job.id)
    assert (answer["status"], answer["result"]["done"], answer["result"]["failed"]) == (
        "done",
        18,
        2,
    )
    assert answer["result"]["summary"] == "18 of 20 done, 2 failed"
    failures = {one["index"]: one for one in answer["result"]["failures"]}
    assert {index: one["tool"] for index, one in failures.items()} == {
        3: "delete_dns_record",
        7: "get_subnet",
    }
    assert failures[3]["error"]["code"] == "refused"
    (own,) = ask(front_settings(here.env), ("job_status", {"job_id": failures[3]["job_id"]}))
    assert own["error"]["code"] == "refused"


def test_stop_on_error_keeps_the_rest_back(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", rate_per_second=10, rate_burst=5)
    calls = records(sandbox, 60)
    calls[4] = {"tool": "delete_dns_record", "arguments": {"record_id": "dns/record/none"}}
    job = ended(here, begun(here, calls, stop_on_error=True))
    answer = told(here, job.id)
    assert (answer["status"], answer["error"]["code"]) == ("failed", "refused")
    assert "call 4 (delete_dns_record)" in answer["error"]["message"]
    assert answer["result"]["done"] == len(made(sandbox)) < 59
    assert answer["result"]["not_sent"] > 0


def test_equal_calls_of_a_bulk_are_done_once(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    calls = records(sandbox, 5)
    job = ended(here, begun(here, calls * 4))
    assert told(here, job.id)["result"]["done"] == 20
    once_each(sandbox, calls)


def test_people_are_served_before_a_bulk(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", rate_per_second=10, rate_burst=20)
    job_id = begun(here, records(sandbox, 100))
    ledger = here.ledger()
    until(partial(moving, ledger, job_id), what="a first end")
    settings = front_settings(here.env)
    for number in range(10):
        (answer,) = ask(settings, ("list_subnets", {"limit": number + 1}))
        assert answer["status"] == "done"
        # The bulk alone takes ten seconds.
        assert answer["meta"]["elapsed_ms"] < 5000
    job = ledger.read(job_id)
    assert job is not None
    assert not job.final
    ask(settings, ("job_cancel", {"job_id": job_id}))


def test_the_calls_of_a_bulk_take_nobodys_room(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox", rate_per_second=10, queue_limit=2)
    job_id = begun(here, records(sandbox, 40))
    ledger = here.ledger()
    until(partial(moving, ledger, job_id), what="a first end")
    settings = front_settings(here.env)
    (answer,) = ask(settings, ("list_subnets", {"limit": 3}))
    assert answer["status"] == "done", answer
    open_jobs = ledger.open_jobs(limit=100)
    assert 1 < len(open_jobs) <= 2 * here.settings.threads + 1
    ask(settings, ("job_cancel", {"job_id": job_id}))


def test_a_dry_run_checks_all_and_sends_nothing(stack: Begin, sandbox: Sandbox) -> None:
    here = stack("infoblox")
    settings = front_settings(here.env)
    calls = records(sandbox, 30)
    (answer,) = ask(settings, ("bulk_call", {"calls": calls, "dry_run": True}))
    assert answer["status"] == "done", answer
    plans = answer["result"]["plans"]
    assert [plan["index"] for plan in plans] == [0, 1, 2, 3, 4]
    assert answer["result"]["not_planned"] == 25
    assert plans[0]["requests"][0]["body"]["name_in_zone"] == "bulk-000"
    calls[29]["arguments"]["ip_address"] = "10.9.0.999"
    (answer,) = ask(settings, ("bulk_call", {"calls": calls, "dry_run": True}))
    assert answer["error"]["code"] == "invalid_arguments"
    assert "call 29 (create_a_record) ip_address" in answer["error"]["message"]
    assert sandbox.journal(method="POST") == []
