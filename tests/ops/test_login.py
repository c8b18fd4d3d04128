"""Who may act on the ops server, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.pages.session import SESSION_SECONDS
from shared.clock import SystemClock
from shared.errors import NotConfigured
from shared.logins import LOGIN_SECONDS, redeem
from shared.sealing import new_key
from shared.tokens import own_token
from tests.ops.acting import HERE, ORIGIN, TOKEN, Browser, Jobs, code_in, token_file
from tests.ops.conftest import Open
from tests.ops.test_guard import EVERYWHERE, tokens
from tests.support.waiting import until


class LaterClock(SystemClock):
    """The machine's clock, put forward by hand."""

    def __init__(self) -> None:
        self.later = 0.0

    def now(self) -> float:
        return super().now() + self.later

    def steady(self) -> float:
        return super().steady() + self.later


@pytest.fixture
def jobs(url: str) -> Jobs:
    return Jobs(url)


def test_without_a_token_nobody_acts_even_on_this_machine(opened: Open, jobs: Jobs) -> None:
    browser, job_id = Browser(opened()), jobs.one()
    answer = browser.act("cancel", job=job_id, state="accepted")
    assert answer.status_code == 401
    assert "ops" in answer.json()["error"]["advice"]
    assert jobs.state(job_id) == "accepted"
    assert browser.log_in().status_code == 401


def test_a_token_opens_a_session_that_acts(opened: Open, jobs: Jobs, tmp_path: Path) -> None:
    browser, job_id = Browser(opened(own=token_file(tmp_path))), jobs.one()
    answer = browser.log_in(token=TOKEN, back="/dashboard/jobs?state=dead")
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/jobs?state=dead")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "Path=/dashboard", "SameSite=strict"} <= set(cookie.split("; "))
    assert TOKEN not in cookie
    assert browser.act("cancel", job=job_id, state="accepted").json()["done"] == 1
    assert jobs.state(job_id) == "cancelled"


def test_the_cookie_is_secure_where_the_connection_is(opened: Open, tmp_path: Path) -> None:
    client = opened(own=token_file(tmp_path), allowed_origins="https://127.0.0.1:9090")
    answer = client.post(
        "https://127.0.0.1:9090/dashboard/login",
        data={"token": TOKEN},
        headers={"Origin": "https://127.0.0.1:9090"},
        follow_redirects=False,
    )
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/dashboard", "/metrics",
                                  "/dashboard\\@evil.example", "/dashboardx", "javascript:x",
                                  "/dashboard/\r\nX: y", "\t//evil.example"])  # fmt: skip
def test_a_login_leads_nowhere_else(opened: Open, tmp_path: Path, back: str) -> None:
    answer = Browser(opened(own=token_file(tmp_path))).log_in(token=TOKEN, back=back)
    assert answer.headers["location"] == "/dashboard"


def test_a_link_from_the_command_line_works_once(opened: Open, jobs: Jobs) -> None:
    browser, code, job_id = Browser(opened()), jobs.link(), jobs.one()
    page = browser.client.get(f"/dashboard/login?code={code}")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    # Looking does not use it up: a preview of the link is no login.
    assert browser.client.get(f"/dashboard/login?code={code}").status_code == 200
    assert browser.log_in(code=code_in(page.text)).status_code == 303
    browser.act("cancel", job=job_id, state="accepted")
    found = jobs.ledger.read(job_id)
    assert found is not None
    assert found.cancelled_by == "shell:somebody"
    assert Browser(opened()).log_in(code=code).status_code == 401


def test_a_link_is_no_use_after_its_time_and_is_not_in_the_store(jobs: Jobs) -> None:
    code = jobs.link()
    (key,) = jobs.client.scan_iter("imq:login:*")
    assert code not in key
    assert 0 < jobs.client.pttl(key) <= LOGIN_SECONDS * 1000
    jobs.client.pexpire(key, 1)
    until(lambda: not jobs.client.exists(key))
    assert redeem(jobs.client, code) is None


def test_what_is_given_to_the_login_page_stays_text(opened: Open) -> None:
    page = opened().get("/dashboard/login", params={"code": '"><script>x</script>'}).text
    assert "<script>x" not in page


def test_after_logging_out_the_cookie_is_worth_nothing(
    opened: Open, jobs: Jobs, tmp_path: Path
) -> None:
    key = new_key()
    browser, job_id = Browser(opened(own=token_file(tmp_path), seal_key=key)), jobs.one()
    browser.log_in()
    stolen = browser.client.cookies["imq_session"]
    foreign = browser.client.post("/dashboard/logout", data={"csrf": "x"}, headers=HERE)
    assert foreign.status_code == 403
    browser.client.post(
        "/dashboard/logout", data={"csrf": browser.csrf}, headers=HERE, follow_redirects=False
    )
    assert "imq_session" not in browser.client.cookies
    # Neither here nor on another server with the same key.
    for server in browser.client, opened(own=token_file(tmp_path), seal_key=key):
        server.cookies.set("imq_session", stolen, path="/dashboard")
        answer = Browser(server, browser.csrf).act("cancel", job=job_id, state="accepted")
        assert answer.status_code == 401
    assert jobs.state(job_id) == "accepted"


def test_a_session_outlives_a_restart_where_there_is_a_key_and_ends_by_itself(
    opened: Open, jobs: Jobs, tmp_path: Path
) -> None:
    key, clock, job_id = new_key(), LaterClock(), jobs.one()
    own = token_file(tmp_path)
    browser = Browser(opened(own=own, seal_key=key))
    browser.log_in()
    cookie = browser.client.cookies["imq_session"]
    for later, status in ((SESSION_SECONDS - 60, 409), (SESSION_SECONDS + 60, 401)):
        clock.later = later
        server = opened(own=own, seal_key=key, clock=clock)
        server.cookies.set("imq_session", cookie, path="/dashboard")
        answer = Browser(server, browser.csrf).act("delete", job=job_id, state="accepted")
        assert answer.status_code == status


def test_a_session_ends_with_its_token(opened: Open, tmp_path: Path) -> None:
    key, own = new_key(), token_file(tmp_path)
    browser = Browser(opened(own=own, seal_key=key))
    browser.log_in()
    cookie = browser.client.cookies["imq_session"]
    own.write_text("another-token-0123456789")
    server = opened(own=own, seal_key=key)
    server.cookies.set("imq_session", cookie, path="/dashboard")
    assert Browser(server, browser.csrf).act("pause", queue="infoblox").status_code == 401


def test_a_cookie_made_elsewhere_opens_nothing(opened: Open, tmp_path: Path) -> None:
    own = token_file(tmp_path)
    browser = Browser(opened(own=own))
    browser.log_in()
    other = opened(own=own)
    other.cookies.set("imq_session", browser.client.cookies["imq_session"], path="/dashboard")
    assert Browser(other, browser.csrf).act("pause", queue="infoblox").status_code == 401


def test_after_five_failures_an_address_waits(opened: Open, tmp_path: Path) -> None:
    clock = LaterClock()
    browser = Browser(opened(own=token_file(tmp_path), clock=clock))
    for _ in range(5):
        assert browser.log_in(token="wrong").status_code == 401
    answer = browser.log_in()
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    clock.later = 61
    assert browser.log_in().status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:8000"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_another_page_logs_nobody_in(opened: Open, tmp_path: Path, headers: dict[str, str]) -> None:
    answer = opened(own=token_file(tmp_path)).post(
        "/dashboard/login", data={"token": TOKEN}, headers=headers, follow_redirects=False
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_where_tokens_are_needed_a_browser_is_sent_to_the_login(
    opened: Open, tmp_path: Path
) -> None:
    ops = opened(metrics_host=EVERYWHERE, tokens=tokens(tmp_path), allowed_hosts="127.0.0.1")
    answer = ops.get("/dashboard", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/dashboard/login?back=/dashboard",
    )
    browser = Browser(ops)
    assert browser.log_in(token="host").status_code == 401
    assert browser.log_in(token="watcher").status_code == 303
    # The session is one to the guard too.
    assert ops.get("/dashboard/nothing").status_code == 404


def test_a_token_that_is_not_one_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "t"
    with pytest.raises(NotConfigured, match="OPS_TOKEN_FILE: No such file"):
        own_token(path)
    path.write_text("short")
    with pytest.raises(NotConfigured, match="too short"):
        own_token(path)
