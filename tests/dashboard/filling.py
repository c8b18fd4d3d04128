"""Jobs put into a store without workers: what pages show of them is what is tested."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from redis import Redis

from shared.catalog import Queue
from shared.errors import Poisoned, Refused
from shared.ledger import PREFIX, Claim, Job, Ledger, Outcome, Submission

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"
SECRET = "the-secret-of-the-tests"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
Json = dict[str, Any]


def submission(tool: str, queue: Queue = Queue.INFOBLOX, **changed: Any) -> Submission:
    """Return a call that can be accepted."""
    given: Json = {
        "id": uuid4().hex,
        "tool": tool,
        "queue": queue,
        "writes": True,
        "account": "unpublished:default",
        "client": "someone",
        "arguments": {},
        "fingerprint": uuid4().hex,
        "joins": False,
    }
    return Submission(**(given | changed))


def claimed(ledger: Ledger, call: Submission) -> Job:
    """Accept and claim a call."""
    ledger.accept(call)
    dead, unknown = Outcome("dead", problem=Poisoned("-").problem), Outcome("unknown")
    claim = ledger.claim(call.id, owner="host:1:abc", dead=dead, unknown=unknown)
    assert isinstance(claim, Claim)
    return claim.job


def vpn_waiting(ledger: Ledger, arguments: Mapping[str, Any], **changed: Any) -> str:
    """Put in a VPN operation that was answered 409 and waits."""
    call = submission(
        "configure_vpn_infrastructure",
        Queue.NIOSXAAS,
        arguments=dict(arguments),
        trace=TRACE,
        **changed,
    )
    job = claimed(ledger, call)
    ledger.mark_sending(job, send_seconds=30)
    said = {
        "status": 409,
        "retry_after": "20",
        "request_id": f"req-{HOSTILE}",
        "why": HOSTILE,
        "wait": 20.0,
        "wait_why": "Retry-After",
    }
    memo = {"steps": [{"at": job.now, "step": HOSTILE}], "accepted_at": job.now}
    ledger.park(job, wait_seconds=600, note=HOSTILE, attempt=said, memo=memo)
    return call.id


def ended(ledger: Ledger, outcome: Outcome, **changed: Any) -> str:
    """Put in a job that ended so."""
    call = submission("create_a_record", **changed)
    ledger.finish(claimed(ledger, call), outcome)
    return call.id


def hostile(ledger: Ledger) -> list[str]:
    """Put in jobs with markup in every field that comes from outside, and a secret where one is."""
    payload = {
        "universal_service": {"operation": "CREATE", "name": HOSTILE},
        "credentials": {"create": [{"id": "a", "type": "psk", "value": SECRET}]},
    }
    loud: Json = {"client": f"client-{HOSTILE}", "asked_by": HOSTILE}
    named = {"name": HOSTILE, "note": [HOSTILE]}
    refused = Refused(HOSTILE, advice=HOSTILE).problem
    return [
        vpn_waiting(ledger, {"vpn_payload": payload}, **loud),
        ended(ledger, Outcome("done", {"name": HOSTILE}), arguments=named, **loud),
        ended(ledger, Outcome("failed", problem=refused), arguments=named, **loud),
        ended(ledger, Outcome("dead", problem=refused), arguments=named, **loud),
        ended(ledger, Outcome("unknown", problem=refused), arguments=named, **loud),
        ended(ledger, Outcome("cancelled"), arguments=named, **loud),
        unknown_tool(ledger),
    ]


def unknown_tool(ledger: Ledger) -> str:
    """Put in a call of a tool that this release does not know, with a secret somewhere in it."""
    call = submission("tool_of_tomorrow", arguments={"what": SECRET, "markup": HOSTILE})
    ledger.accept(call)
    return call.id


def many(redis: Redis, ledger: Ledger, number: int) -> None:
    """Put in copies of one ended job, each with its own id and time."""
    sample = ended(ledger, Outcome("done", {"id": "dns/record/1"}), arguments={"name": "www"})
    record: Any = redis.hgetall(f"{PREFIX}job:{sample}")
    pipeline = redis.pipeline(transaction=False)
    since = int(record["accepted"])
    for index in range(number):
        job_id, accepted = uuid4().hex, since - index * 7
        tool = "create_a_record" if index % 10 else "create_cname_record"
        arguments = json.dumps({"name": f"host-{index}"})
        fields = {"id": job_id, "accepted": accepted, "tool": tool, "arguments": arguments}
        pipeline.hset(f"{PREFIX}job:{job_id}", mapping=record | fields)
        pipeline.zadd(f"{PREFIX}jobs:{record['queue']}", {job_id: accepted})
        if index % 1000 == 999:
            pipeline.execute()
    pipeline.execute()
