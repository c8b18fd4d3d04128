"""A real Prometheus scrapes a stack that works, and everything the documentation lists has data."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from infoblox_mq import ports
from shared.settings import Settings
from tests.deploy.grafana import panel_expressions
from tests.support.calls import ask, front_settings, vpn_payload
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.tools import prometheus, promtool
from tests.support.waiting import until

Begin = Callable[..., Stack]
RULES = Path(__file__).parents[2] / "deploy/prometheus/rules.yml"
PAGE = Path(__file__).parents[2] / "docs/monitoring.md"
# Only while a VPN configuration waits; that is asked for in between.
PASSING = {"mcp_vpn_next_attempt_timestamp_seconds"}


@pytest.fixture
def scraper(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Start a Prometheus on a target and return its address."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(target: str) -> str:
        config = tmp_path / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
            f"rule_files: ['{RULES}']\n"
            f"scrape_configs: [{{job_name: mq, static_configs: [{{targets: ['{target}']}}]}}]\n"
        )
        checked = [promtool(), "check", "config", str(config)]
        subprocess.run(checked, check=True, capture_output=True)
        where = f"127.0.0.1:{ports.chosen('127.0.0.1', 0, remedy='')}"
        command = [prometheus(), f"--config.file={config}", f"--web.listen-address={where}"]
        with (tmp_path / "prometheus.log").open("wb") as log:
            data = f"--storage.tsdb.path={tmp_path / 'data'}"
            begun.append(subprocess.Popen([*command, data], stdout=log, stderr=log))
        until(lambda: ports.answers(f"http://{where}/-/ready"), seconds=30, what="Prometheus")
        return f"http://{where}"

    yield start
    for process in begun:
        process.terminate()
        process.wait(20)


def query(where: str, expression: str) -> list[Any]:
    with urlopen(f"{where}/api/v1/query?query={quote(expression)}", timeout=10) as answer:  # noqa: S310
        found: list[Any] = json.load(answer)["data"]["result"]
    return found


def listed() -> set[str]:
    """Return the names of the table of metrics."""
    (table,) = re.findall(r"^## Metrics$(.*)^### Older names$", PAGE.read_text(), re.M | re.S)
    return set(re.findall(r"^\| `(mcp_\w+)` \|", table, re.MULTILINE))


@pytest.mark.slow
def test_prometheus_gets_every_metric_of_a_stack_that_works(
    stack: Begin, sandbox: Sandbox, scraper: Callable[[str], str]
) -> None:
    here = stack("infoblox", "niosxaas", breaker_failures=2, rate_per_second=20, rate_burst=1)
    where = here.ops()
    server = scraper(where.removeprefix("http://"))
    settings = front_settings(here.env, wait_seconds=5)
    work(here, sandbox, settings)
    until(lambda: query(server, "mcp_circuit_breaker_changes_total"), what="the breaker's change")
    assert query(server, "up")[0]["value"][1] == "1"
    assert listed() > PASSING

    def lacking() -> set[str]:
        names = {one["metric"]["__name__"] for one in query(server, '{__name__=~"mcp_.*"}')}
        plain = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names} | names
        return listed() - plain - PASSING

    until(lambda: not lacking(), seconds=15, what="data for every metric of the list")
    panels = [line for line in panel_expressions() if not any(name in line for name in PASSING)]

    def empty() -> list[str]:
        return [line for line in panels if not query(server, line)]

    until(lambda: not empty(), seconds=20, what="data for every panel of the dashboard")
    before = float(query(server, "sum(mcp_api_calls_total)")[0]["value"][1])
    sandbox.clear_faults()
    here.restart("infoblox")
    ask(settings, ("list_universal_services", {"limit": 2}))
    more = f"sum(mcp_api_calls_total) > {before}"
    until(lambda: query(server, more), what="a count that goes on")
    assert query(server, "resets(mcp_api_calls_total[1m]) > 0") == []
    text = urlopen(f"{where}/metrics", timeout=10).read()  # noqa: S310 - our own
    linted = subprocess.run([promtool(), "check", "metrics"], input=text, check=False)
    assert linted.returncode == 0


def work(here: Stack, sandbox: Sandbox, settings: Settings) -> None:
    """Let everything happen once: retries, kept answers, waits for the rate, an open breaker."""
    sandbox.vpn(busy_tries=1)
    ask(settings, ("configure_vpn_infrastructure", {"vpn_payload": vpn_payload("seen")}))
    for times in (2, 1):
        ask(settings, *[("list_ip_spaces", {"limit": 3})] * times)
    ask(settings, *[("list_subnets", {"limit": number + 1}) for number in range(40)])
    until(lambda: not here.ledger().open_jobs(limit=1), what="the end of all jobs")
    sandbox.faults("status", status=503, match={"path": "/subnet"})
    ask(settings, *[("list_subnets", {"limit": number + 101}) for number in range(3)])
