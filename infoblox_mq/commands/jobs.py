"""`infoblox-mq jobs`: read from the ledger itself and changed in it, whoever called."""

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from infoblox_mq import job_news
from infoblox_mq.attach import attached
from infoblox_mq.screen import console, table
from infoblox_mq.store import note, store, wake
from shared.catalog import Operation, Queue
from shared.clock import SystemClock
from shared.errors import InvalidArguments
from shared.ledger import STATES, Attempt, Job, Ledger
from shared.operations import CATALOG
from shared.replaying import replay
from shared.sealing import Sealer, answer_places, redacted
from shared.settings import Settings

_LOOK_EVERY_SECONDS = 0.5
_MOST_WATCHED = 1000
_VERDICTS = {
    "cancelled": "cancelled; nothing was sent",
    "requested": "cancel requested; it was sent already and ends with what became of it",
    "ended": "Infoblox had accepted it; it is not followed any further",
    "shared": "another client still waits for it, so it goes on",
    "final": "it had ended before",
}


@contextmanager
def ledger(env: Mapping[str, str]) -> Iterator[Ledger]:
    """Yield the ledger of the running stack or of REDIS_URL."""
    with store(env) as (_, found):
        yield found


def listed(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """List the newest jobs."""
    state: Any = args.state
    if state is not None and state not in STATES:
        raise InvalidArguments(
            f"--state: {state} is not a state", advice=f"One of: {', '.join(sorted(STATES))}."
        )
    with ledger(env) as found:
        queue = Queue(args.queue) if args.queue else None
        page = found.listed(state=state, queue=queue, limit=args.limit, cursor=args.cursor)
    jobs = page.jobs
    if args.json:
        facts = {"jobs": [described(job) for job in jobs], "next_cursor": page.cursor}
        print(json.dumps(facts, indent=2))
        return 0
    rows = table("id", "tool", "state", "accepted", "tries", "note")
    for job in jobs:
        tries = job.tries if job.writes else job.starts
        when = datetime.fromtimestamp(job.accepted).astimezone().strftime("%d %b %H:%M:%S")
        rows.add_row(job.id, job.tool, job.state, when, str(tries), job.note)
    console().print(rows if jobs else "There are no jobs.")
    if page.cursor:
        console().print(f"More: --cursor {page.cursor}")
    return 0


def show(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Show one job, its arguments without secrets, and its attempts."""
    with ledger(env) as found:
        job = _job(found, args.id)
    facts = described(job)
    if args.json:
        print(json.dumps(facts, indent=2))
        return 0
    attempts = facts.pop("attempts")
    rows = table()
    for name, value in facts.items():
        rows.add_row(name, json.dumps(value) if isinstance(value, dict) else str(value))
    console().print(rows)
    if attempts:
        console().print(_attempts(job))
    return 0


def cancel(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Cancel a job on behalf of the client that called it."""
    with store(env) as (client, found):
        job = _job(found, args.id)
        verdict = found.cancel(job.id, client=job.client).verdict
        note(client, "cancel", job.id, result=verdict)
    if args.json:
        print(json.dumps({"id": job.id, "verdict": verdict}))
    else:
        print(f"{job.id}: {_VERDICTS.get(verdict, verdict)}")
    return 0 if verdict in {"cancelled", "requested", "ended"} else 1


def watch(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Follow one job to its end, or all open ones until interrupted."""
    most_tries = Settings.from_env(env).vpn_max_tries

    def tell(job: Job) -> None:
        if args.json:
            print(json.dumps(job_news.facts(job, most_tries=most_tries)), flush=True)
        else:
            print(job_news.line(job, most_tries=most_tries), flush=True)

    def pause() -> None:
        SystemClock().sleep(_LOOK_EVERY_SECONDS)

    with ledger(env) as found:
        if args.id is None:
            for job in job_news.of_all(found, limit=_MOST_WATCHED, pause=pause):
                tell(job)
        state = ""
        for job in job_news.of_one(lambda: _job(found, args.id), pause=pause):
            tell(job)
            state = job.state
    return 0 if state == "done" else 1


def replayed(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    """Do a job again that ended without its work being done, as a new job."""
    settings = attached(Settings.from_env(env))
    with store(env) as (client, found):
        old = _job(found, args.id)
        accepted = replay(found, old, catalog=CATALOG, sealer=Sealer(settings.seal_key))
        note(client, "replay", old.id, result=f"{accepted.verdict} {accepted.job_id}")
        if accepted.verdict == "new" and accepted.job_id:
            wake(settings, [(old.queue, accepted.job_id)])
    if args.json:
        print(json.dumps({"id": accepted.job_id, "replays": old.id, "verdict": accepted.verdict}))
    else:
        before = "" if accepted.verdict == "new" else "; it was replayed before"
        print(f"{accepted.job_id} replays {old.id}{before}")
    return 0


def described(job: Job) -> dict[str, Any]:
    """Return a job as people and scripts may see it."""
    row = CATALOG.get(job.tool)
    problem = job.outcome.problem if job.outcome else None
    facts: dict[str, Any] = {
        "id": job.id,
        "tool": job.tool,
        "queue": str(job.queue),
        "state": job.state,
        "client": job.client,
        "asked_by": job.asked_by,
        "trace_id": job.trace_id,
        "accepted": _time(job.accepted),
        "finished": _time(job.finished),
        "next_try": _time(job.due) if not job.final else None,
        "tries": job.tries if job.writes else job.starts,
        "starts": job.starts,
        "note": job.note,
        "followers": job.followers or None,
        "replays": job.replays[0] if job.replays else None,
        # A tool of another release: nobody here knows which of its arguments are secret.
        "arguments": redacted(job.arguments, row.sensitive) if row else "[unknown tool]",
        "result": _result(job, row),
        "error": problem.as_dict() if problem else None,
        "attempts": [_attempt(attempt) for attempt in job.attempts],
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _result(job: Job, row: Operation | None) -> Any:
    result = job.outcome.result if job.outcome else None
    return redacted(result, answer_places(row.sealed)) if row else result


def _job(found: Ledger, job_id: str) -> Job:
    job = found.read(job_id)
    if job is None:
        raise InvalidArguments(
            f"there is no job {job_id}", advice="`infoblox-mq jobs list` shows those that exist."
        )
    return job


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "started": _time(attempt.started),
        "seconds": _seconds(attempt),
        "status": attempt.status,
        "why": "its worker was lost" if attempt.lost and not attempt.why else attempt.why,
        "retry_after": attempt.retry_after,
        "waited_for": attempt.wait_seconds,
        "wait_why": attempt.wait_why or None,
        "request_id": attempt.request_id,
    }


def _attempts(job: Job) -> Table:
    rows = table(
        *("try", "started", "seconds", "status", "why", "Retry-After", "then waited", "because of"),
        "request id",
    )
    for attempt in job.attempts:
        told = _attempt(attempt).values()
        rows.add_row(*("" if value is None else str(value) for value in told))
    return rows


def _seconds(attempt: Attempt) -> float | None:
    return None if attempt.ended is None else round(attempt.ended - attempt.started, 3)


def _time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
