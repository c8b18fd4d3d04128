"""Setting the status of insights. A comment is appended each time, so the job's id ends it: a
request whose answer was lost is found again by that, and only what is missing is sent once more."""

from typing import Any

from shared.identifiers import segment
from shared.operations.insights import INSIGHTS, STATES
from shared.wire import Request, pick
from workers.caller import Caller
from workers.csp import Answer
from workers.moves import Finished, Json, Move, Send, Wait, Work
from workers.reconcile import LookupFailed

_PATH = f"{INSIGHTS}/status"
# What the API's two states cannot say is left in a comment.
_SAID_BY_COMMENT = frozenset({"IN_PROGRESS", "FALSE_POSITIVE"})


def set_status(work: Work) -> Move:
    """Return the next move: send what is missing, then look at each insight."""
    word = work.arguments["status"]
    status, comment = STATES.get(word, word), _comment(work, word)
    ids = work.arguments["insight_ids"]
    if "answered" in work.memo:
        states = {insight_id: _status(work.look, insight_id) for insight_id in ids}
        differ = [insight_id for insight_id, state in states.items() if state != status]
        note = f"not as asked: {', '.join(differ)}" if differ else None
        result = {"insight_ids": ids, "status": status, "comment": comment, "note": note}
        return Finished({name: value for name, value in result.items() if value})
    if work.unsure:
        ids = [one for one in ids if not _is_done(work, one, status)]
    if not ids:
        return _answered(None)
    body = {"insight_ids": ids, "status": status} | ({"comment": comment} if comment else {})
    request = Request("PUT", _PATH, _PATH, body=body, safe=False)
    return Send(request, _answered, f"set {len(ids)} insights to {status}")


def _answered(_body: Any) -> Wait:
    return Wait(0, "answered; looking at each insight", memo={"answered": True})


def _comment(work: Work, word: str) -> str:
    said = [f"[{word}]"] if word in _SAID_BY_COMMENT else []
    said += filter(None, [work.arguments.get("comment")])
    return " ".join([*said, _mark(work)]) if said else ""


def _mark(work: Work) -> str:
    return f"(job {work.job.id})"


def _is_done(work: Work, insight_id: str, status: str) -> bool:
    if not _comment(work, work.arguments["status"]):
        return _status(work.look, insight_id) == status
    path = f"{INSIGHTS}/{segment(insight_id)}/comments"
    answer = _read(work.look, path, f"{INSIGHTS}/{{id}}/comments")
    entries: list[Json] = pick(answer, "comments") or []
    return any(str(entry.get("newComment", "")).endswith(_mark(work)) for entry in entries)


def _status(look: Caller, insight_id: str) -> str:
    answer = _read(look, f"{INSIGHTS}/{segment(insight_id)}", f"{INSIGHTS}/{{id}}")
    return str(pick(answer, "insight.status") or "")


def _read(look: Caller, path: str, template: str) -> object:
    reply = look(Request("GET", path, template))
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    return reply.body
