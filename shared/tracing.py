"""Tracing of this process: switched on and off here, and notes on whatever span is current.

Everything does nothing until `start` has found an OTLP endpoint in the environment; only then is
the SDK loaded. Which things are spans is said in `shared/spans.py`.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.trace import Link, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

OURS = "infoblox_mq."
_FLUSH_SECONDS = 1.0
_W3C = TraceContextTextMapPropagator()


@dataclass(slots=True)
class _Process:
    """What this process traces with; OpenTelemetry has one provider per process too."""

    tracer: Tracer | None = None
    provider: "TracerProvider | None" = None
    tells_infoblox: bool = True


_here = _Process()


def tracer() -> Tracer | None:
    """Return what makes spans; None where nothing is traced."""
    return _here.tracer


def wanted(env: Mapping[str, str]) -> bool:
    """Tell whether the environment asks for traces, by the names that OpenTelemetry gives them."""
    endpoint = env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or env.get(
        "OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    disabled = env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    exporters = env.get("OTEL_TRACES_EXPORTER") or "otlp"
    return bool(endpoint) and not disabled and "otlp" in exporters.split(",")


def start(env: Mapping[str, str], *, service: str) -> None:
    """Begin to trace this process if it is wanted; call it after a fork, never before.

    service  the service.name where OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES give none
    """
    if not wanted(env) or _here.tracer is not None:
        return
    from shared.trace_export import provider_for  # noqa: PLC0415 - loads the SDK

    _here.provider = provider_for(env, service=service)
    api.set_tracer_provider(_here.provider)
    _here.tracer = _here.provider.get_tracer("infoblox-mq")
    _here.tells_infoblox = "tracecontext" in (env.get("OTEL_PROPAGATORS") or "tracecontext")


def stop(seconds: float = _FLUSH_SECONDS) -> None:
    """Send what is left, but wait no longer than this: a receiver that hangs holds nobody up."""
    provider, _here.tracer, _here.provider = _here.provider, None, None
    if provider is not None:
        last = threading.Thread(target=provider.shutdown, daemon=True, name="last-spans")
        last.start()
        last.join(seconds)


def follow() -> None:
    """Trace with what the program around us has set up, if it has; it ends that by itself."""
    provider = api.get_tracer_provider()
    if _here.tracer is None and not isinstance(provider, api.ProxyTracerProvider):
        _here.tracer = provider.get_tracer("infoblox-mq")


@contextmanager
def running(env: Mapping[str, str], *, service: str) -> Iterator[None]:
    """Trace this process while the block runs."""
    start(env, service=service)
    try:
        yield
    finally:
        stop()


def ids() -> dict[str, str]:
    """Return trace_id and span_id of the current span in hexadecimal, or nothing without one."""
    if _here.tracer is None:
        return {}
    current = api.get_current_span().get_span_context()
    if not current.is_valid:
        return {}
    return {
        "trace_id": api.format_trace_id(current.trace_id),
        "span_id": api.format_span_id(current.span_id),
    }


def tell(**facts: object) -> None:
    """Add facts of ours to the current span; None is left out."""
    if _here.tracer is not None:
        api.get_current_span().set_attributes(named(facts))


def event(name: str, **facts: object) -> None:
    """Note on the current span that something happened now."""
    if _here.tracer is not None:
        api.get_current_span().add_event(f"{OURS}{name}", named(facts))


def link(trace: str, *, why: str) -> None:
    """Link the current span to the trace of another job."""
    if _here.tracer is not None and (found := linked(context_of(trace), why)):
        api.get_current_span().add_link(found.context, found.attributes)


def failed(code: str) -> None:
    """Mark the current span as failed, by the code of an error; never by its text."""
    if _here.tracer is not None:
        span = api.get_current_span()
        span.set_attribute("error.type", code)
        span.set_status(Status(StatusCode.ERROR, code))


def headers() -> dict[str, str]:
    """Return what tells Infoblox of the current span: the ids, and nothing of the host's own."""
    if _here.tracer is None or not _here.tells_infoblox:
        return {}
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return {name: text for name, text in carrier.items() if name == "traceparent"}


def named(facts: Mapping[str, object]) -> dict[str, Any]:
    """Return facts under names of ours, without those that are None."""
    return {f"{OURS}{name}": fact for name, fact in facts.items() if fact is not None}


def linked(context: Context, why: str) -> Link | None:
    """Return a link to what a context says, if it says anything."""
    found = api.get_current_span(context).get_span_context()
    return Link(found, {f"{OURS}link": why}) if found.is_valid else None


def text_of(context: Context) -> str:
    """Return a context as a record keeps it: traceparent, and tracestate if there is one."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, context)
    return " ".join(carrier.values())


def context_of(trace: str) -> Context:
    """Return the context that a record keeps; an empty one for a record without."""
    parent, _, state = trace.partition(" ")
    return _W3C.extract({"traceparent": parent, "tracestate": state}, Context())
