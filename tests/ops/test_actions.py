"""What operators may do, what is refused, and what is written down of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.audit import Audit, Deed
from shared.catalog import Queue
from tests.ops.acting import HERE, ORIGIN, TOKEN, Browser, Jobs, token_file
from tests.ops.conftest import Open
from tests.ops.test_guard import EVERYWHERE, tokens


@pytest.fixture
def jobs(url: str) -> Jobs:
    return Jobs(url)


@pytest.fixture
def browser(opened: Open, tmp_path: Path) -> Browser:
    """A browser that has logged in."""
    found = Browser(opened(own=token_file(tmp_path)))
    assert found.log_in().status_code == 303
    return found


@pytest.fixture
def audit(jobs: Jobs) -> Audit:
    return Audit(jobs.client)


# --- who may


@pytest.mark.parametrize(
    ("headers", "csrf", "says"),
    [
        (HERE, "", "not of this session"),
        (HERE, "0" * 64, "not of this session"),
        (HERE, "\u00e4", "not of this session"),
        ({}, None, "from elsewhere"),
        ({"Origin": "http://127.0.0.1:8000"}, None, "from elsewhere"),
        ({"Origin": "http://evil.example"}, None, "origin"),
        ({"Origin": "null"}, None, "origin"),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, None, "from elsewhere"),
        ({"Sec-Fetch-Site": "same-site"}, None, "from elsewhere"),
        ({"Sec-Fetch-Site": "none"}, None, "from elsewhere"),
    ],
)
def test_a_form_that_is_not_from_a_page_of_the_session_does_nothing(
    browser: Browser, jobs: Jobs, headers: dict[str, str], csrf: str | None, says: str
) -> None:
    job_id = jobs.one()
    if csrf is not None:
        browser.csrf = csrf
    answer = browser.act("cancel", headers=headers, job=job_id, state="accepted")
    assert answer.status_code == 403
    assert says in answer.json()["error"]["message"]
    assert jobs.state(job_id) == "accepted"


def test_a_script_acts_by_its_token_and_needs_no_form(
    opened: Open, jobs: Jobs, tmp_path: Path
) -> None:
    ops = opened(own=token_file(tmp_path))
    for token, status in ((TOKEN, 200), (f"{TOKEN}x", 401)):
        answer = ops.post(
            "/dashboard/actions/cancel",
            data={"job": jobs.one(), "state": "accepted"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == status


@pytest.mark.parametrize(("token", "status"), [("watcher", 200), ("host", 403), ("x", 401)])
def test_a_token_without_the_scope_does_nothing(
    opened: Open, jobs: Jobs, tmp_path: Path, token: str, status: int
) -> None:
    ops, job_id = opened(tokens=tokens(tmp_path)), jobs.one()
    answer = ops.post(
        "/dashboard/actions/cancel",
        data={"job": job_id, "state": "accepted"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == status
    assert jobs.state(job_id) == ("cancelled" if status == 200 else "accepted")


def test_by_another_name_nothing_is_done(opened: Open, jobs: Jobs, tmp_path: Path) -> None:
    ops = opened(tokens=tokens(tmp_path), metrics_host=EVERYWHERE, allowed_hosts="ops.example")
    headers = {"Authorization": "Bearer watcher", "Host": "evil.example"}
    answer = ops.post("/dashboard/actions/pause", data={"queue": "infoblox"}, headers=headers)
    assert answer.status_code == 421
    assert jobs.ledger.pauses() == {}


def test_looking_does_nothing(browser: Browser, jobs: Jobs) -> None:
    for name in ("pause", "resume", "cancel"):
        answer = browser.client.get(f"/dashboard/actions/{name}?queue=infoblox&csrf={browser.csrf}")
        assert answer.status_code == 405
    assert jobs.ledger.pauses() == {}


# --- what is wrong with a form


@pytest.mark.parametrize(
    ("name", "fields", "says"),
    [
        ("explode", {}, "there is no action explode"),
        ("cancel", {}, "job: is missing"),
        ("cancel", {"job": "x"}, "state"),
        ("cancel", {"job": "x", "state": "asleep"}, "state"),
        ("cancel", {"job": ["x", "y", "z"], "state": ["done", "dead"]}, "state"),
        ("cancel", {"job": [str(n) for n in range(1001)], "state": "done"}, "at most 1000"),
        ("cancel", {"count": "1", "queue": "nowhere"}, "queue: one of"),
        ("cancel", {"count": "1", "state": "asleep"}, "state: one of"),
        ("cancel", {"count": ["1", "2"]}, "more than once"),
        ("cancel", {"count": "1", "account": "nobody"}, "account: one of default"),
        ("pause", {}, "queue: is missing"),
        ("pause", {"queue": "nowhere"}, "queue: one of"),
        ("reset_breaker", {"service": "infoblox", "account": "nobody"}, "one of default"),
        ("reset_breaker", {"service": "infoblox", "state": "ajar"}, "state: one of"),
        ("drop_cache", {"cache": "nothing"}, "cache: one of"),
    ],
)
def test_a_form_that_says_nothing_sensible_is_refused(
    browser: Browser, jobs: Jobs, audit: Audit, name: str, fields: dict[str, Any], says: str
) -> None:
    answer = browser.act(name, **fields)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]
    assert audit.newest() == []


def test_only_forms_of_a_sensible_size_are_read(browser: Browser) -> None:
    assert browser.act("cancel", job="x" * 300_000).status_code == 400
    many: Any = {f"f{n}": "" for n in range(3000)}
    assert browser.act("cancel", **many).status_code == 400
    answer = browser.client.post("/dashboard/actions/cancel", json={"job": "x"}, headers=HERE)
    assert "Content-Type" in answer.json()["error"]["message"]
    answer = browser.client.post(
        "/dashboard/actions/cancel",
        content=b"\xff=\xff",
        headers=HERE | {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400


# --- jobs


def test_a_job_that_moved_on_is_left_alone_and_its_state_is_told(
    browser: Browser, jobs: Jobs
) -> None:
    job_id = jobs.one("running")
    for name in ("cancel", "try_now", "replay"):
        answer = browser.act(name, job=job_id, state="waiting")
        assert answer.status_code == 409
        (result,) = answer.json()["results"]
        assert (result["verdict"], result["state"]) == ("moved", "running")
        assert "running now" in result["message"]
    assert jobs.state(job_id) == "running"
    assert browser.act("cancel", job=job_id, state="running:9").status_code == 409


@pytest.mark.parametrize("state", ["accepted", "running", "waiting"])
def test_open_jobs_are_not_deleted(browser: Browser, jobs: Jobs, state: str) -> None:
    job_id = jobs.one(state)
    answer = browser.act("delete", job=job_id, state=state)
    assert (answer.status_code, answer.json()["results"][0]["verdict"]) == (409, "open")
    assert jobs.state(job_id) == state


def test_several_jobs_at_once_each_with_what_was_seen_of_it(browser: Browser, jobs: Jobs) -> None:
    dead, done, open_one = jobs.one("dead"), jobs.one("done"), jobs.one()
    answer = browser.act(
        "delete", job=[dead, done, open_one], state=["dead", "failed", "accepted"]
    ).json()
    assert (answer["done"], answer["refused"]) == (1, 2)
    assert [result["verdict"] for result in answer["results"]] == ["deleted", "moved", "open"]
    assert [jobs.state(job_id) for job_id in (dead, done, open_one)] == [None, "done", "accepted"]


def test_a_dead_job_is_done_again_once(browser: Browser, jobs: Jobs) -> None:
    dead = jobs.one("dead")
    (first,) = browser.act("replay", job=dead, state="dead").json()["results"]
    (again,) = browser.act("replay", job=dead, state="dead").json()["results"]
    assert (first["done"], again["done"], again["verdict"]) == (True, False, "replayed_before")
    assert first["new"] == again["new"]
    new = jobs.ledger.read(first["new"])
    assert new is not None
    assert (new.state, new.replays) == ("accepted", (dead,))
    assert new.note == f"replays {dead} for operator"


def test_what_did_its_work_is_not_done_again(browser: Browser, jobs: Jobs) -> None:
    answer = browser.act("replay", job=jobs.one("done"), state="done")
    assert answer.status_code == 409
    assert "It did its work" in answer.json()["results"][0]["message"]
    assert browser.act("replay", job="nothing", state="dead").status_code == 409


def test_a_waiting_job_is_tried_at_once_and_a_worker_is_woken(
    browser: Browser, jobs: Jobs, opened: Open
) -> None:
    job_id = jobs.one("waiting")
    broker = browser.client.app.state.sessions.ops.store.broker  # type: ignore[attr-defined]
    before = broker.waiting(Queue.INFOBLOX)
    assert browser.act("try_now", job=job_id, state="waiting").json()["done"] == 1
    assert broker.waiting(Queue.INFOBLOX) == before + 1


# --- all that match


def test_all_that_match_are_meant_as_they_were_counted(browser: Browser, jobs: Jobs) -> None:
    match = [jobs.one(tool="create_subnet", client="alice") for _ in range(3)]
    others = [jobs.one(tool="create_subnet"), jobs.one("waiting", tool="create_subnet")]
    wanted: dict[str, Any] = {"tool": "create_subnet", "state": "accepted", "text": "ALIC"}
    more = browser.act("cancel", count="2", **wanted)
    assert more.status_code == 409
    assert "1 more match now" in more.json()["error"]["message"]
    fewer = browser.act("cancel", count="5", **wanted)
    assert "2 fewer match now, 3 instead of 5; 0 of them ended" in fewer.json()["error"]["message"]
    assert browser.act("cancel", count="3", queue="infoblox", **wanted).json()["done"] == 3
    assert {jobs.state(job_id) for job_id in match} == {"cancelled"}
    assert {jobs.state(job_id) for job_id in others} == {"accepted", "waiting"}


def test_a_text_is_looked_for_in_arguments_too_and_an_account_is_its_own(
    browser: Browser, jobs: Jobs
) -> None:
    named = jobs.one(arguments={"name": "Branch-Berlin"})
    jobs.one(arguments={"name": "branch-berlin"}, account="another")
    answer = browser.act("cancel", count="1", text="branch-b", account="default").json()
    assert [result["which"] for result in answer["results"]] == [named]


def test_what_ended_meanwhile_is_no_reason_to_refuse(browser: Browser, jobs: Jobs) -> None:
    jobs.one("done", tool="create_subnet")
    left = jobs.one(tool="create_subnet")
    answer = browser.act("cancel", count="2", tool="create_subnet", state="accepted")
    assert answer.json()["done"] == 1
    assert jobs.state(left) == "cancelled"
    # Ended ones do not end again.
    answer = browser.act("delete", count="3", tool="create_subnet", state="done")
    assert "2 fewer match now" in answer.json()["error"]["message"]


# --- queues, breakers, caches


def test_queues_rest_and_go_on(browser: Browser, jobs: Jobs) -> None:
    running = jobs.one("running")
    answer = browser.act("drain", queue=["infoblox", "insights"]).json()
    assert [one["which"] for one in answer["results"]] == ["infoblox", "insights"]
    assert "is paused; 1 still run" in answer["results"][0]["message"]
    assert set(jobs.ledger.pauses()) == {Queue.INFOBLOX, Queue.INSIGHTS}
    assert browser.act("pause", queue="infoblox").status_code == 409
    assert browser.act("resume", queue=["infoblox", "insights"]).json()["done"] == 2
    assert browser.act("resume", queue="infoblox").status_code == 409
    assert jobs.ledger.pauses() == {}
    assert jobs.state(running) == "running"


def test_a_paused_queue_is_said_to_degrade_and_its_jobs_to_be_no_ones_fault(
    browser: Browser, jobs: Jobs
) -> None:
    job_id = jobs.one()
    browser.act("pause", queue="infoblox")
    jobs.client.zadd("imq:due:infoblox", {job_id: 0})
    found = browser.client.get("/health").json()
    assert (found["status"], found["issues"]) == ("degraded", ["the queue infoblox is paused"])


def test_a_breaker_is_closed_by_hand_if_it_is_as_it_was_seen(browser: Browser, jobs: Jobs) -> None:
    from shared.guards import GuardStates

    guards = GuardStates(jobs.client)
    guards.open("account", Queue.ATCFW, seconds=60)
    stale = browser.act("reset_breaker", service="atcfw", account="default", state="half-open")
    assert (stale.status_code, stale.json()["results"][0]["state"]) == (409, "open")
    assert browser.act("reset_breaker", service="atcfw", state="open").json()["done"] == 1
    assert guards.breaker("account", Queue.ATCFW).state == "closed"


def test_caches_are_dropped(browser: Browser, jobs: Jobs) -> None:
    answer = browser.act("drop_cache", cache="ip_space", account="account").json()
    assert answer["summary"] == "drop_cache: ip_space of default forgot 0 answers"
    assert browser.act("drop_cache").json()["results"][0]["which"] == "all caches of default"


# --- what is told and written down


def test_a_page_is_sent_back_and_told_what_was_done(browser: Browser, jobs: Jobs) -> None:
    job_id = jobs.one()
    sent: dict[str, Any] = {
        "job": job_id,
        "state": "accepted",
        "back": "/dashboard/jobs?state=accepted",
    }
    html = HERE | {"Accept": "text/html"}
    answer = browser.act("cancel", headers=html, **sent)
    assert answer.status_code == 303
    assert answer.headers["location"] == sent["back"]
    sessions = browser.client.app.state.sessions  # type: ignore[attr-defined]
    said = browser.client.get("/dashboard/login").request
    assert f"cancel: {job_id} cancelled" in sessions.said(_connection(said, browser))
    away = browser.act("cancel", headers=html, **sent | {"back": "//evil.example"})
    assert away.headers["location"] == "/dashboard"


def test_a_page_whose_session_is_over_is_sent_to_the_login(opened: Open, jobs: Jobs) -> None:
    answer = Browser(opened()).act("pause", headers=HERE | {"Accept": "text/html"}, queue="atcfw")
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/login")
    assert jobs.ledger.pauses() == {}


def test_every_deed_is_written_down(browser: Browser, jobs: Jobs, audit: Audit) -> None:
    dead, open_one = jobs.one("dead"), jobs.one()
    with capture_logs() as lines:
        browser.act("pause", queue="atcfw")
        browser.act("delete", job=[dead, open_one], state=["dead", "accepted"])
    deeds = [
        Deed("operator", "pause", "atcfw", "paused"),
        Deed("operator", "delete", dead, "deleted"),
        Deed("operator", "delete", open_one, "open"),
    ]
    assert [entry.deed for entry in audit.newest()] == deeds[::-1]
    logged = [
        Deed(**{name: line[name] for name in ("who", "what", "which", "result")})
        for line in lines
        if line["event"] == "audit"
    ]
    assert logged == deeds


def test_of_many_the_store_keeps_one_line_and_the_log_all(
    browser: Browser, jobs: Jobs, audit: Audit
) -> None:
    many = [jobs.one() for _ in range(30)]
    with capture_logs() as lines:
        browser.act("cancel", job=many, state="accepted")
    assert sum(line["event"] == "audit" for line in lines) == 30
    (entry,) = audit.newest()
    assert entry.deed.result == "cancel: 30 done, 0 refused"
    assert many[0] in entry.deed.which


def test_the_oldest_deeds_make_room(
    audit: Audit, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.audit.KEPT", 20)
    for number in range(25):
        audit.keep(Deed("w", "x", str(number), "y" * 1000))
    assert jobs.client.xlen("imq:audit") == 20
    (newest,) = audit.newest(limit=1)
    assert (newest.deed.which, len(newest.deed.result)) == ("24", 503)


def test_no_secret_is_told_or_written_down(
    opened: Open, jobs: Jobs, audit: Audit, tmp_path: Path
) -> None:
    browser, code = Browser(opened(own=token_file(tmp_path))), jobs.link()
    job_id = jobs.one("dead", arguments={"psk": "a-secret-of-a-job"})
    with capture_logs() as lines:
        answers = [
            browser.log_in(token=f"{TOKEN}x"),
            browser.log_in(code=code),
            browser.log_in(),
            browser.act("replay", job=job_id, state="dead"),
            browser.act("cancel", job=TOKEN, state="dead", text=code),
        ]
    told = f"{lines}{audit.newest()}" + "".join(answer.text for answer in answers[:4])
    for secret in (TOKEN, code, "a-secret-of-a-job", browser.csrf):
        assert secret not in told.replace(f"'which': '{TOKEN}'", "").replace(f"which='{TOKEN}'", "")


def _connection(said: Any, browser: Browser) -> Any:
    from starlette.requests import HTTPConnection

    headers = [(name.lower().encode(), value.encode()) for name, value in said.headers.items()]
    return HTTPConnection({"type": "http", "app": browser.client.app, "headers": headers})
