"""One job: what is known of it, attempt by attempt."""

import re
from typing import Any

from starlette.requests import Request

from dashboard.pages import rows, timeline
from dashboard.pages.jobs import named
from dashboard.pages.page import NotThere, Page, parameter
from dashboard.pages.watch import Watch
from dashboard.parts import Json
from shared.ledger import Job
from shared.ledger.reading import Place
from shared.operations import CATALOG
from shared.settings import Settings

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


async def job(watch: Watch, request: Request) -> Json:
    """Return everything that is known of a job, without its secrets."""
    job_id = request.path_params["job_id"]
    if not _ID.fullmatch(job_id):
        raise NotThere("That is not the id of a job.")
    accounts = await watch.ask("accounts", watch.ops.store.ledger.accounts)
    record = await watch.ask(("job", job_id), lambda: watch.ops.store.ledger.read(job_id))
    glances = await watch.ask(("row", job_id), lambda: watch.glances.rows([Place(0, job_id)]))
    if record is None or not glances:
        raise NotThere(f"There is no job {job_id}, or its record has expired.")
    names = {tag: name for name, tag in accounts.items()}
    return {"job": named(rows.row(glances[0], watch.ops.settings), names)} | described(
        record, watch.ops.settings
    )


def described(record: Job, settings: Settings) -> Json:
    """Return what a list does not show."""
    attempts = [rows.attempt(one, record.now) for one in record.attempts]
    tool = CATALOG.get(record.tool)
    result = record.outcome.result if record.outcome else None
    steps = record.memo.get("steps") or (result or {}).get("steps") or []
    followed = record.memo.get("accepted_at") or (steps[0]["at"] if steps else None)
    ends = max(record.finished or record.now, record.due or 0.0 if not record.final else 0.0)
    return {
        "title": tool.title if tool else record.tool,
        "deadline": record.deadline,
        "waits": record.waits,
        "resends": record.resends,
        "sending": record.sending,
        "send_until": record.send_until or None,
        "targets": len(record.targets),
        "replays": list(record.replays),
        "trace_id": rows.trace_id(record.trace),
        "trace_url": rows.trace_url(settings, record.trace),
        "attempts": attempts,
        "line": timeline.line(attempts, began=record.accepted, ends=ends, followed=followed),
        "ends": ends,
        "steps": [_step(one) for one in steps],
        "arguments": rows.shown_arguments(record.tool, record.arguments),
        "result": rows.shown_result(record.tool, result),
    }


def _step(one: Any) -> Json:
    return {"at": one.get("at"), "step": str(one.get("step", ""))}


PAGE = Page(
    "/jobs/{job_id}",
    "job.html",
    "Job",
    "one job, attempt by attempt",
    job,
    parameters=(parameter("job_id", "id of the job", place="path", pattern="^[0-9a-f]{32}$"),),
)
