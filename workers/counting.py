"""What one attempt adds to the counts: its requests, their answers and how long they took."""

from collections import Counter

from shared import counting
from shared.guards import service_of
from shared.wire import Request
from workers.csp import Answer, Lost, NotSent

Counted = Counter[str]


def call_of(request: Request) -> str:
    """Return the labels of a request that goes out."""
    return f"{service_of(request.path)}|{request.method}"


def status_of(reply: Answer | NotSent | Lost) -> str:
    """Return the label of what came of it: a status code, timeout, lost or not_sent."""
    match reply:
        case Answer(status=status):
            return str(status)
        case Lost(timed_out=True):
            return "timeout"
        case Lost():
            return "lost"
    return "not_sent"


def count_call(
    counts: Counted, request: Request, reply: Answer | NotSent | Lost, *, tool: str, seconds: float
) -> None:
    """Count a request by its answer; the time is counted by the tool that asked."""
    counts[f"{counting.CALLS}|{call_of(request)}|{status_of(reply)}"] += 1
    if not isinstance(reply, NotSent):
        service = service_of(request.path)
        counting.observe(counts, f"{counting.SECONDS}|{service}|{tool}", seconds)


def count_retry(counts: Counted, queue: str, status: object) -> None:
    """Count an attempt that is made again, by what was answered."""
    reason = str(status) if status in {409, 429} else "5xx" if status else "no_answer"
    counts[f"{counting.RETRIES}|{queue}|{reason}"] += 1


def wrote(counts: Counted) -> bool:
    """Tell whether a write was among the requests."""
    labels = (field.split("|") for field in counts)
    return any(name == counting.CALLS and rest[1] != "GET" for name, *rest in labels)
