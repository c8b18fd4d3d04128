"""Tracing where there is none, and what of a context is kept."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared import spans, tracing
from tests.unit.fakes import job

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "True"}, False),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "no"}, True),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": ""}, True),
    ],
)
def test_only_an_endpoint_switches_traces_on(env: dict[str, str], wanted: bool) -> None:
    assert tracing.wanted(env) is wanted


def test_without_an_endpoint_nothing_of_the_sdk_is_loaded() -> None:
    code = (
        "import sys; from shared import tracing; import mcp_front.run, workers.app\n"
        "tracing.start({}, service='x'); tracing.stop()\n"
        "print([n for n in sys.modules if n.startswith(('opentelemetry.sdk.trace',"
        " 'opentelemetry.exporter', 'opentelemetry.instrumentation'))])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


def test_untraced_everything_is_nothing() -> None:
    assert tracing.ids() == {}
    assert tracing.headers() == {}
    with (
        spans.send("infoblox", "j1") as sending,
        spans.store("accept", None, {}),
        spans.processing(),
        spans.request("GET", "/api", {}) as request,
    ):
        spans.claimed("infoblox", "j1", trace=TRACE)
        tracing.tell(state="done")
        tracing.event("job_waits", seconds=1)
        tracing.link(TRACE, why="joined")
        tracing.failed("internal")
        request.answered(200, retry_after=None)
        sending.drop()
    assert sending.trace == ""


@pytest.mark.parametrize("text", [TRACE, f"{TRACE} vendor=value"])
def test_a_context_comes_back_as_it_was_kept(text: str) -> None:
    assert tracing.text_of(tracing.context_of(text)) == text


@pytest.mark.parametrize("text", ["", "trace-1", "00-0-0-00", TRACE.replace("0af7", "zzzz")])
def test_a_record_without_a_context_gives_none(text: str) -> None:
    assert tracing.text_of(tracing.context_of(text)) == ""
    assert tracing.linked(tracing.context_of(text), "joined") is None


def test_a_job_knows_the_id_of_its_trace() -> None:
    assert job(trace=TRACE).trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert job(trace=f"{TRACE} vendor=value").trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert job(trace="").trace_id == ""
