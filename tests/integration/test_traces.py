"""One trace from a host's call to the API, as a receiver of OTLP sees it; and what it costs."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from mcp import Client

from shared.ledger import Ledger
from tests.support.calls import Json, vpn_payload
from tests.support.otlp import Receiver, Seen
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell
from tests.support.waiting import until

Begin = Callable[..., Stack]
CONFIGURE = "/api/universalinfra/v1/consolidated/configure"
SERVICES = "/api/universalinfra/v1/universalservices"
TOOL = "configure_vpn_infrastructure"
PSK = "canary-canary-canary"
HOST_SPAN = "b7ad6b7169203331"
FIRST, SECOND, THIRD, UNSAMPLED, ASKING = (f"{number:032x}" for number in range(0xA0, 0xA5))
# The stack of the tests sweeps and renews seven to ten times as often as the product does.
IDLE_SECONDS = 60.0 if os.environ.get("SOAK") else 8.0
LONGEST_CALL_SECONDS = 4.0
LONGEST_STOP_SECONDS = 5.0
EXPORT_DELAY = {"OTEL_BSP_SCHEDULE_DELAY": "200"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def traced(monkeypatch: pytest.MonkeyPatch, endpoint: str, **env: str) -> None:
    """Switch traces on for the processes that are started from now on."""
    for name, value in ({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint} | EXPORT_DELAY | env).items():
        monkeypatch.setenv(name, value)


def called(url: str, tool: str, arguments: Json, *, trace: str = "", sampled: bool = True) -> Json:
    """Call a tool as a host does that is in the middle of a trace."""
    meta: Any = {"traceparent": f"00-{trace}-{HOST_SPAN}-{int(sampled):02d}"} if trace else None

    async def call() -> Json:
        async with Client(url) as client:
            answer = await client.call_tool(tool, arguments, meta=meta)
            return dict(answer.structured_content or {})

    return anyio.run(call)


def named(spans: list[Seen], name: str) -> list[Seen]:
    return [span for span in spans if span.name == name]


def one(spans: list[Seen], name: str) -> Seen:
    (found,) = named(spans, name)
    return found


def inside(spans: list[Seen], parent: Seen) -> list[str]:
    """Return the names of the children of a span, in order."""
    # A process asks a breaker for its state once, when it first meets it.
    found = [span.name for span in spans if span.parent_id == parent.span_id]
    return [name for name in found if name != "EVALSHA breaker state"]


def waits(ledger: Ledger, *, followers: int = 0) -> bool:
    """Tell whether the newest job waits, and so many calls have joined it."""
    jobs = ledger.listed(limit=1).jobs
    return bool(jobs) and (jobs[0].state, jobs[0].followers) == ("waiting", followers)


def whole(spans: list[Seen]) -> bool:
    """Tell whether the call's own span and the attempt that ended its job are there."""
    ended = [span for span in spans if "infoblox_mq.state" in span.facts]
    return bool(ended) and any(span.kind == "SERVER" for span in spans)


LOOK = ["EVALSHA breaker enter", f"GET {SERVICES}"]
ATTEMPT = [*LOOK, "EVALSHA breaker enter", "EVALSHA mark", f"POST {CONFIGURE}"]


def test_a_vpn_of_three_attempts_is_one_trace(
    stack: Begin, sandbox: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced(monkeypatch, receiver.endpoint, OTEL_RESOURCE_ATTRIBUTES="deployment.environment=lab")
    here = stack("niosxaas")
    _refuse_twice(sandbox)
    url = here.front()
    answer, second, third = _called_thrice(url, here)
    assert (answer["status"], answer["meta"]["attempts"]) == ("done", 3)
    spans = receiver.wait(FIRST, whole)
    _check_front(spans, answer["job_id"])
    _check_attempts(spans)
    _check_requests(spans, sandbox)
    assert second["meta"]["joined"] is True
    _check_joined(receiver.wait(SECOND, len), one(spans, "send niosxaas"))
    _check_behind(receiver, spans, ids=(third["job_id"], answer["job_id"]))
    _check_unsampled(url, receiver, answer["job_id"])
    credential = answer["result"]["credentials"][0]["id"]
    _check_route(url, receiver, credential)
    assert receiver.received.paths == {"/v1/traces"}
    for secret in (PSK, sandbox.key, credential, "traced-primary"):
        assert secret.encode() not in b"".join(receiver.received.raw)
    assert f"trace_id={FIRST}" in next(line for line in here.logs if "job_started" in line)
    _check_idle(receiver)


def _refuse_twice(sandbox: Sandbox) -> None:
    # The first time it says what nobody else may say, as a careless service would.
    told = {"error": [{"message": f"busy with {PSK} of {sandbox.key}"}]}
    sandbox.faults(
        "status",
        match={"method": "POST", "path": CONFIGURE},
        status=409,
        headers={"Retry-After": "3"},
        body=told,
        times=1,
    )
    sandbox.vpn(busy_tries=1)


def _called_thrice(url: str, here: Stack) -> tuple[Json, Json, Json]:
    """Configure a VPN; while it waits, ask for the same again, and for another of its name."""
    arguments = {"vpn_payload": vpn_payload("traced", psk=PSK)}
    same_name = {"vpn_payload": vpn_payload("traced", psk=f"{PSK}-2")}
    with ThreadPoolExecutor() as pool:
        first = pool.submit(called, url, TOOL, arguments, trace=FIRST)
        until(lambda: waits(here.ledger()), what="the first attempt")
        second = pool.submit(called, url, TOOL, arguments, trace=SECOND)
        until(lambda: waits(here.ledger(), followers=1), what="the one that joins")
        third = pool.submit(called, url, TOOL, same_name, trace=THIRD)
        return first.result(), second.result(), third.result()


def _check_route(url: str, receiver: Receiver, credential: str) -> None:
    """A request is told by its route, never by the id in its path."""
    called(url, "get_vpn_credential", {"credential_id": credential}, trace=ASKING)
    one(receiver.wait(ASKING, whole), "GET /api/iam/v2/keys/{id}")


def _check_front(spans: list[Seen], job_id: str) -> None:
    server, send = one(spans, f"tools/call {TOOL}"), one(spans, "send niosxaas")
    assert (server.kind, server.parent_id, server.service) == (
        "SERVER",
        HOST_SPAN,
        "infoblox-mq-front",
    )
    assert server.resource["deployment.environment"] == "lab"
    assert server.facts["gen_ai.tool.name"] == TOOL
    assert server.facts["infoblox_mq.job_id"] == job_id
    assert server.facts["infoblox_mq.status"] == "done"
    assert [span.kind for span in spans].count("SERVER") == 1
    assert sorted(inside(spans, server)) == ["EVALSHA accept", "send niosxaas"]
    assert send.kind == "PRODUCER"
    assert send.facts == {
        "messaging.system": "dramatiq",
        "messaging.destination.name": "niosxaas",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.message.id": job_id,
        "infoblox_mq.job_id": job_id,
    }
    accept = one(spans, "EVALSHA accept")
    assert accept.kind == "CLIENT"
    assert accept.facts["db.system.name"] == "redis"
    assert accept.facts["db.stored_procedure.name"] == "accept"


def _check_attempts(spans: list[Seen]) -> None:
    send, attempts = one(spans, "send niosxaas"), named(spans, "process niosxaas")
    assert [span.facts["infoblox_mq.attempt"] for span in attempts] == [1, 2, 3]
    for span in attempts:
        assert (span.kind, span.service) == ("CONSUMER", "infoblox-mq-worker")
        assert span.parent_id == send.span_id
        assert span.links == ((FIRST, send.span_id),)
        assert span.facts["messaging.operation.type"] == "process"
        assert span.facts["messaging.message.id"] == send.facts["messaging.message.id"]
        assert span.facts["infoblox_mq.tool"] == TOOL
        assert not span.error
    # A 409 may be our own doing, so it is looked up before the job waits.
    assert [inside(spans, span) for span in attempts[:2]] == [[*ATTEMPT, *LOOK, "EVALSHA park"]] * 2
    assert inside(spans, attempts[2]) == [*ATTEMPT, "EVALSHA finish"]
    waits = [span.event("job_waits").facts for span in attempts[:2]]
    assert (waits[0]["infoblox_mq.because"], waits[0]["infoblox_mq.retry_after"]) == (
        "Retry-After",
        "3",
    )
    assert waits[0]["infoblox_mq.why"] == "attempt 1 of 12 answered 409"
    assert waits[0]["infoblox_mq.seconds"] >= 3
    assert waits[1]["infoblox_mq.because"] == "back-off"
    assert attempts[1].started - attempts[0].ended >= 2
    assert attempts[2].facts["infoblox_mq.state"] == "done"


def _check_requests(spans: list[Seen], sandbox: Sandbox) -> None:
    posts = named(spans, f"POST {CONFIGURE}")
    assert [span.facts["http.response.status_code"] for span in posts] == [409, 409, 200]
    assert [span.error for span in posts] == [True, True, False]
    assert posts[0].kind == "CLIENT"
    assert posts[0].facts["url.full"] == CONFIGURE
    assert posts[0].facts["http.response.header.retry-after"] == ["3"]
    seen = [entry["traceparent"] for entry in sandbox.journal(method="POST", path=CONFIGURE)[:3]]
    assert seen == [f"00-{FIRST}-{span.span_id}-01" for span in posts]


def _check_joined(spans: list[Seen], leader: Seen) -> None:
    """The second call has a trace of its own, which knows whose job it waited for."""
    server = one(spans, f"tools/call {TOOL}")
    assert server.links == ((FIRST, leader.span_id),)
    assert server.facts["infoblox_mq.joined"] is True
    assert inside(spans, server) == ["EVALSHA accept"]
    assert len(spans) == 2


def _check_behind(receiver: Receiver, first: list[Seen], *, ids: tuple[str, str]) -> None:
    """A job that waits for another one says for which and how long; both traces lead on."""
    third_id, first_id = ids
    attempts = named(receiver.wait(THIRD, whole), "process niosxaas")
    wait = attempts[0].event("job_waits").facts
    assert (wait["infoblox_mq.behind"], wait["infoblox_mq.jobs_ahead"]) == (first_id, 1)
    assert attempts[0].links[1] == (FIRST, one(first, "send niosxaas").span_id)
    assert attempts[1].event("was_behind").facts["infoblox_mq.seconds"] > 0
    ended = named(first, "process niosxaas")[-1]
    assert ended.event("wakes").facts["infoblox_mq.job"] == third_id
    assert attempts[-1].error
    assert attempts[-1].facts["error.type"] == "conflict"


def _check_unsampled(url: str, receiver: Receiver, job_id: str) -> None:
    """A host that does not keep a trace is not given one; its job still knows the trace."""
    answer = called(url, "list_universal_services", {}, trace=UNSAMPLED, sampled=False)
    shown = called(url, "job_status", {"job_id": answer["job_id"]})
    assert shown["result"]["trace_id"] == UNSAMPLED
    assert called(url, "job_status", {"job_id": job_id})["result"]["trace_id"] == FIRST
    assert receiver.spans(UNSAMPLED) == []


def _check_idle(receiver: Receiver) -> None:
    """Workers that poll, renew and sweep tell nothing."""
    threading.Event().wait(1)
    before = len(receiver.received.spans)
    threading.Event().wait(IDLE_SECONDS)
    new = [span.name for span in receiver.received.spans[before:]]
    tell(spans_in_idle_seconds=len(new))
    assert new == []


def test_a_trace_survives_a_killed_worker(
    stack: Begin, sandbox: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced(monkeypatch, receiver.endpoint, OTEL_SERVICE_NAME="ours")
    quick = {"connect_timeout_seconds": 0.3, "vpn_read_timeout_seconds": 0.7, "lease_seconds": 1.5}
    here = stack("niosxaas", fault_points="send.after_post=exit", **quick)
    url = here.front()
    with ThreadPoolExecutor() as pool:
        arguments = {"vpn_payload": vpn_payload("traced")}
        answer = pool.submit(called, url, TOOL, arguments, trace=FIRST)
        until(lambda: len(here.pids("niosxaas")) < 2, seconds=20, what="the death of the worker")
        here.kill("niosxaas")
        here.env["INFOBLOX_MQ_FAULT_POINTS"] = ""
        here.start("niosxaas")
        assert answer.result()["status"] == "done"
    spans = receiver.wait(FIRST, whole)
    assert {span.service for span in spans} == {"ours"}
    # What the dead one did not get to tell, the one that took over tells.
    attempt = one(spans, "process niosxaas")
    taken = attempt.event("taken_over").facts
    assert attempt.facts["infoblox_mq.start"] == 2
    assert taken["infoblox_mq.lost_by"]
    assert taken["infoblox_mq.in_doubt"] is True
    assert attempt.parent_id == one(spans, "send niosxaas").span_id
    posts = sandbox.journal(method="POST", path=CONFIGURE)
    assert [entry["traceparent"].split("-")[1] for entry in posts] == [FIRST]


def test_a_receiver_that_is_not_there_slows_nothing(
    stack: Begin, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker finds nobody, and the front end one that takes its spans and never answers."""
    receiver.hang()
    traced(monkeypatch, "http://127.0.0.1:9", OTEL_EXPORTER_OTLP_TIMEOUT="1")
    here = stack("infoblox")
    here.env |= {
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "60",
    }
    url = here.front()
    seconds = []
    for number in range(15):
        begun = time.monotonic()
        answer = called(url, "list_ip_spaces", {"offset": number}, trace=FIRST)
        seconds.append(time.monotonic() - begun)
        assert answer["status"] == "done"
    until(lambda: receiver.received.asked, what="a batch that hangs")
    until(lambda: unsent(here) == 1, what="the word of those that do not arrive")
    begun = time.monotonic()
    here.stop("front")
    took = time.monotonic() - begun
    tell(longest_call=f"{max(seconds):.2f} s", stop=f"{took:.1f} s")
    assert max(seconds) < LONGEST_CALL_SECONDS
    assert took < LONGEST_STOP_SECONDS
    assert unsent(here) == 1


def test_what_was_traced_last_is_sent_before_a_process_ends(
    stack: Begin, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced(monkeypatch, receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY="60000")
    here = stack("infoblox")
    both = [
        subprocess.Popen([sys.executable, *code], env=here.env, stdout=subprocess.DEVNULL)
        for code in (["-m", "infoblox_mq", "call", "list_ip_spaces"], ["-c", PROGRAM])
    ]
    assert [process.wait() for process in both] == [0, 0]
    assert {span.service for span in receiver.received.spans} == {"infoblox-mq-cli", "a program"}
    here.stop("infoblox")
    call = one(receiver.received.spans, "tools/call list_ip_spaces")
    work = one(receiver.received.spans, "its work")
    for root, service in ((call, "infoblox-mq-cli"), (work, "a program")):
        assert (root.service, root.parent_id) == (service, "")
        spans = receiver.spans(root.trace_id)
        assert inside(spans, root) == ["send infoblox", "EVALSHA accept"]
        process = one(spans, "process infoblox")
        assert process.parent_id == one(spans, "send infoblox").span_id


PROGRAM = """
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "a program"}))
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)

import shared

with provider.get_tracer("its own").start_as_current_span("its work"):
    shared.submit("list_ip_spaces", {"offset": 1}).get_result(block=True, timeout=20_000)
"""


def unsent(here: Stack) -> int:
    """Return how often it was said that traces do not arrive."""
    return sum("traces_not_delivered" in line for line in list(here.logs))
