"""Setting the status of an insight of the newer generation. Its comments cannot be read, so only
the status tells whether a request whose answer was lost was carried out."""

from typing import Any

from shared.errors import UnknownOutcome
from shared.identifiers import segment
from shared.operations.td_insights import TD_INSIGHTS
from shared.wire import Request, pick
from workers.csp import Answer
from workers.moves import Finished, Json, Move, Send, Work
from workers.reconcile import LookupFailed

_PATH = f"{TD_INSIGHTS}/status"


def set_status(work: Work) -> Move:
    """Return the next move; what the status was before is kept, to tell whether it was changed."""
    insight_id, wanted = work.arguments["insight_id"], work.arguments["status"]
    comment = work.arguments.get("comment")
    now = _status(work, insight_id)
    before = work.memo.get("before", now)
    result: Json = {"insight_id": insight_id, "status": wanted, "before": before}
    if work.unsure and now == wanted:
        if before == wanted and comment:
            raise UnknownOutcome("it was sent, and whether the comment was added cannot be seen")
        return Finished(result)
    body = {"insight_id": insight_id, "status": wanted} | ({"comment": comment} if comment else {})
    return Send(
        Request("PUT", _PATH, _PATH, body=body, safe=False),
        lambda _answer: Finished(result),
        f"set {insight_id} to {wanted}",
        memo={"before": before},
    )


def _status(work: Work, insight_id: str) -> str:
    path = f"{TD_INSIGHTS}/{segment(insight_id)}"
    reply = work.look(Request("GET", path, f"{TD_INSIGHTS}/{{id}}"))
    if not isinstance(reply, Answer) or not reply.ok:
        raise LookupFailed(reply)
    body: Any = pick(reply.body, "insight") or pick(reply.body, "result") or reply.body
    return str(pick(body, "status") or "")
