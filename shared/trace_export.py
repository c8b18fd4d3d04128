"""The SDK's side of traces: who we are, and how spans leave. Loaded only where it is wanted."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from shared.logs import get_logger

# Shorter than the SDK's five seconds: what a killed worker had not sent is lost.
_DELAY_MS = 1000

log = get_logger(__name__)


class Told(SpanExporter):
    """Sends batches, and says once that they do not arrive, and once that they do again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._arrive = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; one that cannot be sent is lost."""
        result = self._exporter.export(spans)
        arrive = result is SpanExportResult.SUCCESS
        if self._arrive and not arrive:
            log.warning("traces_not_delivered", spans=len(spans))
        elif arrive and not self._arrive:
            log.info("traces_delivered_again")
        self._arrive = arrive
        return result

    def shutdown(self) -> None:
        """Give up a batch that is tried again."""
        self._exporter.shutdown()


def provider_for(env: Mapping[str, str], *, service: str) -> TracerProvider:
    """Return a provider that sends in the background; sampler and limits are the environment's.

    It is not ended at exit by itself: a receiver that hangs would hold the process up.
    """
    if env.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf") != "http/protobuf":
        log.warning("traces_sent_over_http", asked=env["OTEL_EXPORTER_OTLP_PROTOCOL"])
    # The library would tell each try of each batch.
    for name in ("exporter", "sdk._shared_internal"):
        logging.getLogger(f"opentelemetry.{name}").setLevel(logging.CRITICAL)
    provider = TracerProvider(resource=_ourselves(service), shutdown_on_exit=False)
    delay = None if env.get("OTEL_BSP_SCHEDULE_DELAY") else _DELAY_MS
    provider.add_span_processor(
        BatchSpanProcessor(Told(OTLPSpanExporter()), schedule_delay_millis=delay)
    )
    return provider


def _ourselves(service: str) -> Resource:
    ours = {"service.name": service, "service.namespace": "infoblox-mq"}
    with suppress(PackageNotFoundError):
        ours["service.version"] = version("infoblox-mq")
    return Resource.create(ours).merge(OTELResourceDetector().detect())
