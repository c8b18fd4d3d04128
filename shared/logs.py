"""Structured logs on standard error: coloured text for people, JSON lines for machines."""

import logging
import sys
from typing import Any, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from shared import tracing
from shared.hiding import hush_line

REDACTED = "[redacted]"
_SECRET_PARTS = ("psk", "password", "secret", "token", "api_key", "authorization", "credential")


def redact(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Blank every field, at any depth, whose name says that it holds a secret."""
    for name, value in event.items():
        # A traceback is no field; what it says is blanked by value.
        if name != "exc_info":
            event[name] = _redacted(name, value)
    return event


def _redacted(name: str, value: object) -> object:
    if any(part in name.lower() for part in _SECRET_PARTS):
        return REDACTED
    if isinstance(value, dict):
        return {key: _redacted(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", inner) for inner in value]
    return value


def name_trace(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Add trace_id and span_id of the current span, where this process is traced."""
    event.update(tracing.ids())
    return event


def _hushed(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    """Blank secrets by their value: the line is text by now, tracebacks and all."""
    return hush_line(cast(str, line))


def configure(*, json_lines: bool, level: str) -> None:
    """Set up logging once per process; nothing ever goes to standard output."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        name_trace,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
                _hushed,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    # These name requests with their ids, or say at every start what nobody asked.
    for noisy in ("urllib3", "mcp", "httpx2", "asyncio", "dramatiq"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


def get_logger(name: str) -> FilteringBoundLogger:
    """Return a logger; its events are names, its facts are fields."""
    return cast(FilteringBoundLogger, structlog.get_logger(name))


def bind(**fields: Any) -> None:
    """Add fields to every line of this thread or task."""
    structlog.contextvars.bind_contextvars(**fields)


def unbind(*names: str) -> None:
    """Take fields off every further line of this thread or task."""
    structlog.contextvars.unbind_contextvars(*names)


def clear() -> None:
    """Forget the fields of this thread or task."""
    structlog.contextvars.clear_contextvars()
