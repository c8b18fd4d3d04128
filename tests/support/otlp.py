"""A receiver of OTLP over HTTP, as a collector is one: it parses what the real exporter sends."""

import gzip
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.support.waiting import until

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a span says happened, and when in seconds since the epoch."""

    name: str
    at: float
    facts: Json


@dataclass(frozen=True, slots=True)
class Seen:
    """One span as it was received. Ids are hexadecimal, times in seconds since the epoch."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    service: str
    resource: Json
    facts: Json
    events: tuple[Event, ...]
    links: tuple[tuple[str, str], ...]
    started: float
    ended: float
    error: bool

    def event(self, name: str) -> Event:
        """Return the one event of this name."""
        (found,) = [event for event in self.events if event.name == f"infoblox_mq.{name}"]
        return found


@dataclass(slots=True)
class Received:
    """Everything that came, as spans and as bytes."""

    spans: list[Seen] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    hangs: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    asked: int = 0


class Receiver:
    """Listens until `close`; `endpoint` is for OTEL_EXPORTER_OTLP_ENDPOINT."""

    def __init__(self) -> None:
        self.received = Received()
        handler = type("Handler", (_Handler,), {"received": self.received})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def hang(self) -> None:
        """Take requests and answer none of them."""
        self.received.hangs.set()

    def close(self) -> None:
        """End it, hung requests too."""
        self.received.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def spans(self, trace_id: str) -> list[Seen]:
        """Return the spans of a trace, in the order they began."""
        found = [span for span in list(self.received.spans) if span.trace_id == trace_id]
        return sorted(found, key=lambda span: span.started)

    def wait(
        self, trace_id: str, enough: Callable[[list[Seen]], object], *, seconds: float = 20.0
    ) -> list[Seen]:
        """Return the spans of a trace when there are enough of them."""
        until(lambda: enough(self.spans(trace_id)), seconds=seconds, what="the rest of the trace")
        return self.spans(trace_id)


class _Handler(BaseHTTPRequestHandler):
    received: Received
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        received = self.received
        received.asked += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if received.hangs.is_set():
            received.over.wait()
            return
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        received.paths.add(self.path)
        received.raw.append(body)
        received.spans.extend(parsed(body))
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def parsed(body: bytes) -> Iterator[Seen]:
    """Return the spans of one export request."""
    request = ExportTraceServiceRequest.FromString(body)
    for group in request.resource_spans:
        resource = _facts(group.resource.attributes)
        for scope in group.scope_spans:
            for span in scope.spans:
                yield _seen(span, resource)


def _seen(span: Any, resource: Json) -> Seen:
    return Seen(
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=resource["service.name"],
        resource=resource,
        facts=_facts(span.attributes),
        events=tuple(
            Event(event.name, event.time_unix_nano / 1e9, _facts(event.attributes))
            for event in span.events
        ),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        started=span.start_time_unix_nano / 1e9,
        ended=span.end_time_unix_nano / 1e9,
        error=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
    )


def _facts(attributes: Any) -> Json:
    return {pair.key: _value(pair.value) for pair in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None
