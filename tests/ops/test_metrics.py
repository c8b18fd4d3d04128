"""/metrics and its older faces."""

import re
import subprocess
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from starlette.testclient import TestClient

from dashboard import seed
from shared.catalog import Queue
from shared.counting import CALL_BOUNDS, JOB_BOUNDS, MOST_TRIES, Counts
from shared.ledger import PREFIX, Ledger, Terms
from shared.settings import Settings
from shared.stores import connect
from tests.ops.conftest import Open
from tests.ops.test_prometheus import listed
from tests.support.tools import promtool

NOBODY = "redis://127.0.0.1:1/0"
FIELDS: dict[Any, Any] = {
    "calls|infoblox|GET|200": 33,
    "calls|infoblox|GET|500": 2,
    "calls|atcfw|GET|200": 7,
    "calls|niosxaas|POST|409": 1,
    "calls|niosxaas|POST|unknown": 1,
    "seconds|infoblox|list_ip_spaces|0.1": 50,
    "seconds|infoblox|list_ip_spaces|0.25": 45,
    "seconds|infoblox|list_ip_spaces|5": 5,
    "seconds|infoblox|list_ip_spaces|micros": 20_000_000,
    "accepts|list_ip_spaces|cached": 10,
    "accepts|list_ip_spaces|new": 2,
    "accepts|list_ip_spaces|joined": 4,
    "misses|list_ip_spaces": 2,
    "retries|niosxaas|409": 1,
    "breaker|infoblox|half-open": 1,
    "ended|infoblox|done": 41,
    "job|infoblox|0.1": 40,
    "job|infoblox|+Inf": 1,
    "job|infoblox|micros": 2_000_000_000,
    "tries|configure_vpn_infrastructure|3": 2,
    "tools|list_ip_spaces|done": 12,
    "tool_seconds|done|0.1": 12,
    "tool_seconds|done|micros": 600_000,
    "rate_micros": 1_500_000,
    "rate_parks": 3,
}


@pytest.fixture
def ops(opened: Open, url: str) -> TestClient:
    client: Redis = connect(url, patient=True)
    client.hset(f"{PREFIX}counts", mapping=FIELDS)
    Ledger(client, Terms.from_settings(Settings())).publish_account("default", "0" * 40)
    client.connection_pool.disconnect()
    return opened()


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Any, name: str, **labels: str) -> float:
    return float(found[name, frozenset(labels.items())])


def test_the_names_pass_the_check_of_prometheus(ops: TestClient) -> None:
    text = ops.get("/metrics").text
    check = [promtool(), "check", "metrics"]
    ran = subprocess.run(check, input=text, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_counts_become_counters_and_histograms(ops: TestClient) -> None:
    found = samples(ops.get("/metrics").text)
    calls = "mcp_api_calls_total"
    assert value(found, calls, service="infoblox", method="GET", status="200") == 33
    assert value(found, "mcp_errors_total", service="infoblox", kind="server_error") == 2
    assert value(found, "mcp_errors_total", service="niosxaas", kind="conflict") == 1
    assert value(found, "mcp_errors_total", service="niosxaas", kind="unknown") == 1
    asked = {"service": "infoblox", "operation": "list_ip_spaces"}
    name = "mcp_api_call_duration_seconds"
    assert value(found, f"{name}_count", **asked) == 100
    assert value(found, f"{name}_sum", **asked) == 20
    assert value(found, f"{name}_bucket", le="0.25", **asked) == 95
    assert value(found, f"{name}_bucket", le="+Inf", **asked) == 100
    assert value(found, "mcp_job_duration_seconds_count", queue="infoblox") == 41
    assert value(found, "mcp_calls_joined_total", operation="list_ip_spaces") == 4
    outcome = {"operation": "list_ip_spaces", "outcome": "hit"}
    assert value(found, "mcp_cache_requests_total", **outcome) == 10
    vpn = {"operation": "configure_vpn_infrastructure"}
    assert value(found, "mcp_write_attempts_bucket", le="2", **vpn) == 0
    assert value(found, "mcp_write_attempts_bucket", le="3", **vpn) == 2
    assert value(found, "mcp_write_attempts_sum", **vpn) == 6
    assert value(found, "mcp_rate_limit_wait_seconds_total") == 1.5
    breaker = {"account": "default", "service": "atcfw"}
    assert value(found, "mcp_circuit_breaker_state", state="closed", **breaker) == 1
    assert value(found, "mcp_circuit_breaker_state", state="half_open", **breaker) == 0
    assert value(found, "mcp_store_up") == 1


def test_the_documentation_lists_every_metric_and_no_other(ops: TestClient) -> None:
    told = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(ops.get("/metrics").text)
        if family.name.startswith("mcp_")
    }
    assert told == listed()


def test_states_are_there_for_every_queue_from_the_beginning(ops: TestClient) -> None:
    found = samples(ops.get("/metrics").text)
    for queue in map(str, Queue):
        for state in ("accepted", "running", "waiting", "dead"):
            assert value(found, "mcp_jobs", queue=queue, state=state) == 0
        for name in ("mcp_workers", "mcp_queue_messages", "mcp_queue_oldest_job_age_seconds"):
            assert value(found, name, queue=queue) == 0


def test_without_the_store_the_page_says_that_and_no_counter_falls(opened: Open) -> None:
    answer = opened(store=NOBODY).get("/metrics")
    assert answer.status_code == 200
    found = samples(answer.text)
    assert value(found, "mcp_store_up") == 0
    assert not any(name.endswith("_total") and "process" not in name for name, _ in found)
    assert opened(store=NOBODY).get("/metrics/json").status_code == 503


def test_prometheus_gets_the_format_it_asks_for(ops: TestClient) -> None:
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = ops.get("/metrics", headers=wanted)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_the_json_has_the_shape_of_the_older_server(ops: TestClient) -> None:
    found = ops.get("/metrics/json").json()
    assert found["api_calls"]["total"] == 44
    assert found["api_calls"]["by_service"]["infoblox_client"] == {
        "total": 35,
        "by_status": {"200": 33, "500": 2},
    }
    assert found["cache"] == {
        "total_hits": 10,
        "total_misses": 2,
        "hit_rate_percent": 83.33,
        "by_method": {
            "infoblox_client.list_ip_spaces": {
                "hits": 10,
                "misses": 2,
                "hit_rate_percent": 83.33,
            }
        },
    }
    (latency,) = found["latency"].values()
    assert next(iter(found["latency"])).startswith("infoblox_client//api/ddi/v1/ipam/ip_space")
    assert latency == {
        "count": 100,
        "min_ms": 50.0,
        "max_ms": 5000.0,
        "p50_ms": 100.0,
        "p95_ms": 250.0,
        "p99_ms": 4500.0,
        "avg_ms": 200.0,
    }
    assert found["circuit_breakers"]["infoblox_api"]["state"] == "closed"
    assert found["errors"] == {
        "total": 4,
        "by_type": {
            "infoblox_client/server_error": 2,
            "niosxaas_client/conflict": 1,
            "niosxaas_client/unknown": 1,
        },
    }
    assert found["timestamp"] > "2020"


OLD_NAMES = """
    mcp_uptime_seconds mcp_api_calls_total mcp_api_calls_by_service_total mcp_cache_hits_total
    mcp_cache_misses_total mcp_cache_hit_rate mcp_cache_hit_rate_by_method mcp_latency_p50_ms
    mcp_latency_p95_ms mcp_latency_p99_ms mcp_latency_avg_ms mcp_circuit_breaker_state
    mcp_errors_total mcp_errors_by_type_total
"""


def test_the_older_names_are_served_on_demand(ops: TestClient) -> None:
    text = ops.get("/metrics", params={"names": "seed"}).text
    assert set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)) == set(OLD_NAMES.split())
    found = samples(text)
    assert value(found, "mcp_api_calls_total") == 44
    assert value(found, "mcp_circuit_breaker_state", service="infoblox_api") == 0


def test_the_summary_is_the_text_of_the_older_server(ops: TestClient) -> None:
    text = seed.summary(ops.get("/metrics/json").json())
    for line in (
        "INFOBLOX MCP SERVER - METRICS SUMMARY",
        "  Total: 44",
        "  infoblox_client: 35 calls",
        "    - 200: 33",
        "  Hit Rate: 83.33%",
        "    p50: 100.0ms, p95: 250.0ms, p99: 4500.0ms",
        "  infoblox_api: closed",
        "Errors: 4 total",
    ):
        assert line in text.splitlines()


def test_both_languages_have_the_same_bounds() -> None:
    from importlib.resources import files

    lua = files("shared.ledger").joinpath("common.lua").read_text()
    (bounds,) = re.findall(r"local JOB_BOUNDS = \{(.*)\}", lua)
    assert tuple(map(float, bounds.split(","))) == JOB_BOUNDS
    assert f"local MOST_TRIES = {MOST_TRIES}" in lua


def test_a_quantile_of_nothing_and_of_the_last_bucket_has_an_answer() -> None:
    counts = Counts({"seconds|a|b|+Inf": 1, "seconds|a|b|micros": 90_000_000})
    (found,) = counts.histograms("seconds").values()
    assert found.quantile(0.99) == CALL_BOUNDS[-1]


def test_a_scrape_costs_the_same_however_many_jobs_there_are(ops: TestClient, url: str) -> None:
    client: Redis = connect(url, patient=True)

    def commands() -> int:
        before: Any = client.info("stats")
        assert ops.get("/metrics").status_code == 200
        after: Any = client.info("stats")
        return int(after["total_commands_processed"]) - int(before["total_commands_processed"])

    few = commands()
    pipeline = client.pipeline()
    for number in range(500):
        job: dict[Any, Any] = {"state": "accepted", "accepted": 1, "tool": "list_subnets"}
        pipeline.hset(f"{PREFIX}job:{number}", mapping=job)
        pipeline.zadd(f"{PREFIX}due:infoblox", {str(number): 1})
    pipeline.execute()
    calls_inside_scripts = 500
    assert commands() <= few + calls_inside_scripts + 10
    found = samples(ops.get("/metrics").text)
    assert value(found, "mcp_jobs", queue="infoblox", state="accepted") == 500
    client.connection_pool.disconnect()
