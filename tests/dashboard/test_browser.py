"""Real pages in a real Chromium: nothing to complain about, and nothing that runs but ours."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from shared.ledger import Ledger, Terms
from shared.settings import Settings
from shared.stores import connect
from tests.dashboard.conftest import Look
from tests.dashboard.filling import HOSTILE, hostile
from tests.dashboard.served import Served
from tests.support.waiting import until

NAMES = ("overview", "vpn", "jobs", "guards", "workers", "dead")
RULES = {"resultTypes": ["violations"]}


def live(page: Page) -> None:
    """Wait until the page has been exchanged at least once."""
    expect(page.locator("#pulse")).to_have_attribute("data-is", "live", timeout=10_000)


@pytest.fixture(scope="module")
def filled(module_store: str) -> Iterator[tuple[str, list[str]]]:
    """An ops server over a store with hostile jobs."""
    settings = Settings(redis_url=module_store)
    redis = connect(module_store, patient=True)
    ids = hostile(Ledger(redis, Terms.from_settings(settings)))
    with Served(settings) as served:
        yield served.url, ids
    redis.connection_pool.disconnect()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_clean(filled: tuple[str, list[str]], look: Look, scheme: str) -> None:
    url, ids = filled
    looked = look(url, color_scheme=scheme)
    page = looked.page
    looked.page.on("dialog", lambda dialog: looked.complaints.append(f"ran: {dialog.message}"))
    paths = [*NAMES, *(f"jobs/{one}" for one in ids), "confirm?action=delete&all=1&state=done"]
    axe = Axe()
    for path in paths:
        looked.open(f"/dashboard/{path}")
        if not path.startswith("confirm"):
            live(page)
        # Markup in any field is text: it made no element, and is there to be read.
        assert page.locator("main script, main img").count() == 0, path
        # The pages of jobs are alike: two of them stand for all.
        if "/" not in path or path.endswith(tuple(ids[:2])):
            found = axe.run(page, options=RULES).response["violations"]
            said = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
            assert said == [], path
    assert looked.complaints == []
    assert looked.foreign == []


@pytest.mark.slow
def test_markup_is_shown_letter_by_letter(filled: tuple[str, list[str]], look: Look) -> None:
    url, ids = filled
    page = look(url).open(f"/dashboard/jobs/{ids[0]}")
    live(page)
    expect(page.locator("h1")).to_have_text(HOSTILE)
    expect(page.locator(".steps li span")).to_have_text(HOSTILE)
    expect(page.locator("tbody td").last).to_have_text(HOSTILE)
    assert "7*7" in page.title()


@pytest.mark.slow
def test_a_hidden_tab_rests_and_says_so(filled: tuple[str, list[str]], look: Look) -> None:
    looked = look(filled[0])
    page = looked.open("/dashboard/overview")
    live(page)
    closed: list[str] = []
    page.on("requestfinished", lambda request: closed.append(request.url))
    page.on("requestfailed", lambda request: closed.append(request.url))
    page.evaluate(HIDE, True)
    expect(page.locator("#pulse")).to_have_text("paused")
    until(lambda: page.title() and any("/live/" in one for one in closed), what="its end")
    page.evaluate(HIDE, False)
    expect(page.locator("#pulse")).to_have_text("live")
    assert looked.complaints == []


HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.slow
def test_keys_narrow_screens_and_colours(filled: tuple[str, list[str]], look: Look) -> None:
    page = look(filled[0], viewport={"width": 390, "height": 800}).open("/dashboard/jobs")
    live(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tr[data-href]").nth(1).locator("a").first).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page).to_have_url(re.compile("/dashboard/workers$"))
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


@pytest.mark.slow
def test_what_was_opened_and_chosen_stays_while_the_page_changes(
    filled: tuple[str, list[str]], look: Look
) -> None:
    url, ids = filled
    page = look(url).open(f"/dashboard/jobs/{ids[0]}")
    live(page)
    arguments = page.locator("details")
    was_open = arguments.evaluate("one => one.open")
    arguments.locator("summary").click()
    before = page.locator("p.lead").inner_text()
    expect(page.locator("p.lead")).not_to_have_text(before)
    assert arguments.evaluate("one => one.open") is not was_open


def test_a_chart_is_drawn(filled: tuple[str, list[str]], look: Look) -> None:
    page = look(filled[0]).open("/dashboard/overview")
    live(page)
    chart = page.locator("spark-line").first
    expect(chart.locator("canvas")).to_be_visible()
    box = chart.locator("canvas").bounding_box()
    assert box
    assert box["width"] > 200
