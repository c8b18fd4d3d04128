"""Requests as spans: told by their route, their status and how long they took."""

from urllib.parse import urlsplit

from shared import spans
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
