"""Pages that are open while things happen: nobody reloads them."""

import asyncio
import re
import threading
import time
from collections.abc import Callable

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from playwright.sync_api import expect

from tests.dashboard.conftest import Look
from tests.support.calls import Json, ask, front_settings, vpn_payload
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.told import tell

Begin = Callable[..., Stack]
MARK = "() => { window.loadedOnce = true; }"
MARKED = "() => window.loadedOnce === true"


def over_mcp(url: str, tool: str, arguments: Json) -> threading.Thread:
    """Call a tool as an MCP host does, beside the test."""

    async def call() -> None:
        async with (
            streamable_http_client(url) as streams,
            ClientSession(streams[0], streams[1]) as session,
        ):
            await session.initialize()
            await session.call_tool(tool, arguments)

    thread = threading.Thread(target=lambda: asyncio.run(call()))
    thread.start()
    return thread


@pytest.mark.slow
def test_a_vpn_operation_and_its_attempts_appear_on_open_pages(
    stack: Begin, sandbox: Sandbox, look: Look
) -> None:
    here = stack("niosxaas", vpn_backoff_base_seconds=2)
    front, url = here.front(), here.ops()
    sandbox.vpn(busy_tries=2)
    looked = look(url)
    page = looked.open("/dashboard/vpn")
    expect(page.locator("main")).to_contain_text("No VPN operation in the last day")
    page.evaluate(MARK)
    arguments = {"vpn_payload": vpn_payload("paris")}
    call = over_mcp(front, "configure_vpn_infrastructure", arguments)
    row = page.locator("tr[data-href]", has_text="paris")
    expect(row).to_contain_text("1 of 12", timeout=10_000)
    expect(row).to_contain_text("409")
    assert page.evaluate(MARKED)

    row.locator("a").click()
    page.wait_for_url("**/jobs/*")
    page.evaluate(MARK)
    attempts = page.locator("section", has=page.locator("#t-life")).locator("tbody tr")
    expect(attempts).to_have_count(3, timeout=20_000)
    expect(attempts.nth(0)).to_contain_text(re.compile("409.*back-off", re.DOTALL))
    expect(attempts.nth(2)).to_contain_text(re.compile("20[0-9]"))
    expect(page.locator(".title .state")).to_have_text("done")
    assert page.evaluate(MARKED)
    call.join()
    assert looked.complaints == []


@pytest.mark.slow
def test_the_overview_is_right_within_two_seconds(stack: Begin, look: Look) -> None:
    here = stack("niosxaas")
    page = look(here.ops()).open("/dashboard/overview")
    expect(page.locator("#pulse")).to_have_text("live")
    card = page.locator("#q-niosxaas")
    expect(card.locator(".alive")).to_have_text("1 worker")
    here.kill("niosxaas")
    expect(card.locator(".alive")).to_have_text("no worker", timeout=10_000)
    settings = front_settings(here.env, wait_seconds=0.2)
    tool, arguments = "configure_vpn_infrastructure", {"vpn_payload": vpn_payload("late")}
    asked: list[float] = []

    def write() -> None:
        ask(settings, (tool, arguments))
        asked.append(time.monotonic())

    thread = threading.Thread(target=write)
    thread.start()
    expect(card.locator(".ready dd")).to_have_text("1", timeout=20_000)
    seen = time.monotonic()
    thread.join()
    late = seen - asked[0]
    expect(card).to_have_class(re.compile("trouble"))
    expect(page.locator(".attention")).to_contain_text("no worker alive")
    tell(overview_late_seconds=round(late, 2))
    assert late < 2.0


@pytest.mark.slow
def test_a_page_says_that_the_store_is_away_and_recovers(stack: Begin, look: Look) -> None:
    here = stack()
    looked = look(here.ops())
    page = looked.open("/dashboard/overview")
    expect(page.locator("#pulse")).to_have_text("live")
    page.evaluate(MARK)
    here.valkey.kill()
    expect(page.locator("#away")).to_contain_text("does not answer", timeout=5_000)
    expect(page.locator("#pulse")).to_have_text("store away")
    # What was there before is still there to be read.
    expect(page.locator("#q-niosxaas")).to_be_visible()
    here.valkey.start()
    expect(page.locator("#pulse")).to_have_text("live", timeout=10_000)
    expect(page.locator("#away")).to_be_hidden()
    assert page.evaluate(MARKED)
    assert looked.complaints == []
