"""What a worker's spans say: of a job that it took up, of one that has to wait, of a request."""

from urllib.parse import urlsplit

from shared import spans, tracing
from shared.ledger import Claim, Denied, Job
from shared.wire import Request
from workers.caller import Api
from workers.csp import Answer, Limits


class Traced:
    """An API client whose requests are spans."""

    def __init__(self, api: Api, base_url: str) -> None:
        self._api = api
        parts = urlsplit(base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self._server = {"server.address": parts.hostname or "", "server.port": port}

    def send(self, request: Request, *, limits: Limits, send_before: float | None = None) -> Answer:
        """Send and return the complete answer."""
        with spans.request(request.method, request.template, self._server) as span:
            answer = self._api.send(request, limits=limits, send_before=send_before)
            span.answered(
                answer.status, retry_after=answer.retry_after, x_request_id=answer.request_id
            )
        return answer


def claimed(claim: Claim) -> None:
    """Begin the span of an attempt."""
    _begin(claim.job)
    if claim.held_up_seconds:
        tracing.event("was_behind", seconds=claim.held_up_seconds)
    if claim.lost_by:
        tracing.event("taken_over", lost_by=claim.lost_by, in_doubt=claim.job.sending)


def behind(denied: Denied) -> None:
    """Tell once of a job that waits for another one, with a link to what that one does."""
    if (found := denied.behind) is not None:
        _begin(found.job)
        tracing.event(
            "job_waits", why=found.job.note, behind=found.job.behind, jobs_ahead=found.ahead
        )
        tracing.link(found.trace, why="behind")


def _begin(job: Job) -> None:
    spans.claimed(
        job.queue,
        job.id,
        trace=job.trace,
        tool=job.tool,
        account=job.account,
        attempt=job.tries + 1,
        start=job.starts,
    )
