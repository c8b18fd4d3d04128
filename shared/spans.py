"""Which things are spans, and what they say: decided here and nowhere else.

| span | kind | what it covers |
|---|---|---|
| `tools/call NAME` | SERVER | a host's call: the MCP library's own span, to which we only add |
| `EVALSHA SCRIPT` | CLIENT | a script of the ledger or of a guard, inside another span |
| `send QUEUE` | PRODUCER | a job is handed to its queue; this context is kept in the job's record |
| `process QUEUE` | CONSUMER | one attempt of a worker: child of that context, and linked to it |
| `GET ROUTE`, ... | CLIENT | one request to Infoblox |

No argument, no answer, no id of an object and no text of an error is ever told.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import time_ns
from typing import Any

from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from shared.tracing import OURS, context_of, linked, named, text_of, tracer

_ERROR_STATUS = 400


class Nothing:
    """Stands for a span where nothing is traced."""

    trace = ""

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *_error: object) -> None:
        """Do nothing."""

    def drop(self) -> None:
        """Do nothing."""

    def answered(self, _status: int, **_facts: str | None) -> None:
        """Do nothing."""


NOTHING = Nothing()


def store(
    script: str, act: str | None, server: Mapping[str, Any]
) -> AbstractContextManager[object]:
    """Trace a script of the store, but only inside another span: an idle worker polls all day."""
    maker = tracer()
    if maker is None or not api.get_current_span().is_recording():
        return NOTHING
    attributes = {
        "db.system.name": "redis",
        "db.operation.name": "EVALSHA",
        "db.stored_procedure.name": script,
        **server,
    }
    name = f"EVALSHA {script} {act}" if act else f"EVALSHA {script}"
    return _current(maker, name, SpanKind.CLIENT, attributes=attributes)


def send(queue: str, job_id: str) -> "Sending | Nothing":
    """Trace handing a job to its queue; it is not the current span, only what others continue."""
    maker = tracer()
    if maker is None:
        return NOTHING
    attributes = _messaging("send", queue, job_id)
    return Sending(maker.start_span(f"send {queue}", kind=SpanKind.PRODUCER, attributes=attributes))


class Sending:
    """The creation context of a job: `trace` is what its record keeps of it."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._kept = True
        self.trace = text_of(api.set_span_in_context(span))

    def __enter__(self) -> "Sending":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None:
            _blame(self._span, kind)
        # A span that is never ended is never told.
        if self._kept:
            self._span.end()

    def drop(self) -> None:
        """Forget it: the call was answered, or joined another job, and nothing was sent."""
        self._kept = False


@dataclass(slots=True)
class _Attempt:
    """What a worker does for one hint; it becomes a span when a job is claimed."""

    began: int = field(default_factory=time_ns)
    span: Span | None = None
    before: Any = None

    def end(self) -> None:
        if self.span is not None:
            contexts.detach(self.before)
            self.span.end()


_ATTEMPT: ContextVar[_Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def processing() -> Iterator[None]:
    """Surround the handling of one hint; `claimed` says whose it is."""
    if tracer() is None:
        yield
        return
    attempt = _Attempt()
    reset = _ATTEMPT.set(attempt)
    try:
        yield
    except BaseException as error:
        if attempt.span is not None:
            _blame(attempt.span, type(error))
        raise
    finally:
        attempt.end()
        _ATTEMPT.reset(reset)


def claimed(queue: str, job_id: str, *, trace: str, **facts: object) -> None:
    """Begin the span of an attempt, from when its hint came; it ends with `processing`."""
    maker, attempt = tracer(), _ATTEMPT.get()
    if maker is None or attempt is None or attempt.span is not None:
        return
    context = context_of(trace)
    creation = linked(context, "creation")
    attempt.span = maker.start_span(
        f"process {queue}",
        context=context,
        kind=SpanKind.CONSUMER,
        links=[creation] if creation else [],
        attributes=_messaging("process", queue, job_id) | named(facts),
        start_time=attempt.began,
    )
    attempt.before = contexts.attach(api.set_span_in_context(attempt.span))


def request(method: str, route: str, server: Mapping[str, Any]) -> "Requesting | Nothing":
    """Trace one request to Infoblox; it is told by its route, in which ids are names."""
    maker = tracer()
    if maker is None:
        return NOTHING
    attributes = {
        "http.request.method": method,
        "url.full": route,
        "url.template": route,
        **server,
    }
    return Requesting(_current(maker, f"{method} {route}", SpanKind.CLIENT, attributes=attributes))


class Requesting:
    """A request on its way: the current span until it is left."""

    def __init__(self, span: AbstractContextManager[Span]) -> None:
        self._entered = span

    def __enter__(self) -> "Requesting":
        self._span = self._entered.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._entered.__exit__(*error)

    def answered(self, status: int, **headers: str | None) -> None:
        """Note the status, and these headers of the answer where it has them."""
        self._span.set_attribute("http.response.status_code", status)
        for name, text in headers.items():
            if text is not None:
                self._span.set_attribute(f"http.response.header.{name.replace('_', '-')}", [text])
        if status >= _ERROR_STATUS:
            self._span.set_attribute("error.type", str(status))
            self._span.set_status(Status(StatusCode.ERROR))


@contextmanager
def _current(
    maker: Tracer, name: str, kind: SpanKind, *, attributes: Mapping[str, Any]
) -> Iterator[Span]:
    # The text of an exception may hold what must not be told, so only its kind is.
    with maker.start_as_current_span(
        name,
        kind=kind,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException as error:
            _blame(span, type(error))
            raise


def _blame(span: Span, kind: type[BaseException]) -> None:
    span.set_attribute("error.type", kind.__qualname__)
    span.set_status(Status(StatusCode.ERROR, kind.__qualname__))


def _messaging(operation: str, queue: str, job_id: str) -> dict[str, Any]:
    return {
        "messaging.system": "dramatiq",
        "messaging.destination.name": queue,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.message.id": job_id,
        f"{OURS}job_id": job_id,
    }
