"""What is answered without a browser: whole pages, their data, errors that say what to do."""

import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from dashboard.pages import page
from dashboard.pages.session import Viewer
from dashboard.pages.statics import contents
from dashboard.pages.vendored import STATIC, manifest
from shared.catalog import Queue
from shared.errors import Refused
from shared.ledger import Ledger, Outcome
from shared.stores import connect
from tests.dashboard.filling import (
    HOSTILE,
    SECRET,
    TRACE,
    claimed,
    ended,
    hostile,
    submission,
    vpn_waiting,
)
from tests.support.waiting import until


class Inline(HTMLParser):
    """Finds what a strict policy forbids: styles, scripts and handlers inside the page."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        wrong = {name for name in names if name == "style" or name.startswith("on")}
        if wrong or tag == "style" or (tag == "script" and "src" not in names):
            self.inline.append(f"<{tag} {attrs}>")


PAGES = ("overview", "vpn", "jobs", "guards", "workers", "dead")
Json = dict[str, Any]


def data(client: TestClient, path: str) -> Json:
    answer = client.get(f"/dashboard/{path}")
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


def acting(client: TestClient, path: str) -> str:
    """Return a page as whoever may act sees it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "viewer", lambda _request: Viewer("me", may_act=True, csrf="c"))
        return client.get(f"/dashboard/{path}").text


def hidden(text: str) -> dict[str, list[str]]:
    """Return the hidden fields of the form in the middle of a page."""
    found: dict[str, list[str]] = {}
    middle = text[text.index("<main") :]
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', middle):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_whole_without_scripts(client: TestClient, ledger: Ledger, name: str) -> None:
    hostile(ledger)
    text = client.get(f"/dashboard/{name}").text
    assert re.search(r"<h1>\w", text)
    assert "no-store" in client.get(f"/dashboard/{name}").headers["cache-control"]
    policy = client.get(f"/dashboard/{name}").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    found = Inline()
    found.feed(text)
    assert found.inline == []


def test_nothing_secret_reaches_a_page_or_its_data(client: TestClient, ledger: Ledger) -> None:
    ids = hostile(ledger)
    paths = [*PAGES, *(f"{name}.json" for name in PAGES)]
    paths += [f"jobs/{one}{end}" for one in ids for end in ("", ".json")]
    for path in paths:
        answer = client.get(f"/dashboard/{path}")
        assert answer.status_code == 200, path
        assert SECRET not in answer.text, path
        if not path.endswith(".json"):
            assert HOSTILE not in answer.text, path


def test_a_page_shows_a_sealed_secret_as_left_out(client: TestClient, ledger: Ledger) -> None:
    payload = {"credentials": {"create": [{"value": {"$sealed": SECRET, "key": "k"}}]}}
    job = vpn_waiting(ledger, {"vpn_payload": payload})
    shown = data(client, f"jobs/{job}.json")["arguments"]
    assert shown["vpn_payload"]["credentials"]["create"] == [{"value": "[redacted]"}]


def test_a_waiting_vpn_operation_tells_all_of_its_try(client: TestClient, ledger: Ledger) -> None:
    job_id = vpn_waiting(ledger, {"vpn_payload": {"universal_service": {"name": "paris"}}})
    (row,) = data(client, "vpn.json")["operations"]
    shown = ("state", "subject", "tries", "most_tries", "last_status", "last_retry_after", "client")
    assert [row[name] for name in shown] == ["waiting", "paris", 1, 12, 409, "20", "someone"]
    assert 570 < row["next_seconds"] <= 600
    found = data(client, f"jobs/{job_id}.json")
    (attempt,) = found["attempts"]
    assert (attempt["status"], attempt["wait_seconds"], attempt["wait_why"]) == (
        409,
        20.0,
        "Retry-After",
    )
    trace = TRACE.split("-")[1]
    assert found["trace_url"] == f"https://traces.example/{trace}"
    assert found["trace_url"] in client.get(f"/dashboard/jobs/{job_id}").text


def test_the_overview_counts_what_is_there(client: TestClient, ledger: Ledger) -> None:
    hostile(ledger)
    ledger.accept(submission("list_subnets", writes=False))

    def cards() -> dict[str, Json]:
        return {one["name"]: one for one in data(client, "overview.json")["queues"]}

    until(lambda: cards()["infoblox"]["ready"], seconds=2, what="a look that is newer")
    infoblox, niosxaas = cards()["infoblox"], cards()["niosxaas"]
    # A read without a worker is refused; the writes of the others have ended.
    assert (infoblox["ready"], infoblox["dead"], infoblox["alive"]) == (1, 1, 0)
    assert (niosxaas["waiting"], niosxaas["trouble"]) == (1, True)
    assert infoblox["in_per_minute"] is None


def test_work_that_waits_for_nobody_is_what_the_overview_begins_with(
    client: TestClient, ledger: Ledger
) -> None:
    ledger.accept(submission("create_a_record"))
    (first, *_) = until(lambda: data(client, "overview.json")["attention"], what="a newer look")
    assert (first["level"], "no worker alive" in first["text"]) == ("bad", True)
    assert "infoblox-mq worker infoblox" in first["advice"]


def test_jobs_are_filtered_and_paged_without_gaps(client: TestClient, ledger: Ledger) -> None:
    ids = [ended(ledger, Outcome("done"), arguments={"name": f"n{at}"}) for at in range(120)]
    ids.append(ended(ledger, Outcome("failed", problem=Refused("no").problem)))
    ids.append(claimed(ledger, submission("create_subnet", Queue.NIOSXAAS)).id)
    seen: list[str] = []
    query = ""
    while True:
        page = data(client, f"jobs.json{query}")
        seen += [job["id"] for job in page["jobs"]]
        if page["next_cursor"] is None:
            break
        query = f"?cursor={page['next_cursor']}"
    assert seen == ids[::-1]

    def matching(query: str) -> list[str]:
        return [job["id"] for job in data(client, f"jobs.json?{query}")["jobs"]]

    assert matching("state=failed") == [ids[-2]]
    assert matching("queue=niosxaas") == [ids[-1]]
    assert matching("tool=create_subnet") == [ids[-1]]
    assert matching("text=N119") == [ids[119]]
    assert matching(f"text={ids[5]}") == [ids[5]]
    assert matching("text=nothing-like-it") == []


@pytest.mark.parametrize(
    "path",
    ["jobs?cursor=nonsense", "jobs?queue=none", "jobs?state=fine", "jobs?account=x", "confirm"],
)
def test_a_query_that_makes_no_sense_is_refused_with_advice(client: TestClient, path: str) -> None:
    answer = client.get(f"/dashboard/{path}")
    assert answer.status_code == 400
    assert 'class="nothing bad"' in answer.text


@pytest.mark.parametrize("job", ["0" * 32, "no..job", "a b"])
def test_a_job_that_is_not_there_is_said_so(client: TestClient, job: str) -> None:
    assert client.get(f"/dashboard/jobs/{job}.json").status_code == 404
    answer = client.get(f"/dashboard/jobs/{job}")
    assert answer.status_code == 404
    assert "Records of reads are kept for minutes" in answer.text


def test_the_question_before_a_deed_names_the_states_it_saw(
    client: TestClient, ledger: Ledger
) -> None:
    waiting = vpn_waiting(ledger, {})
    done = ended(ledger, Outcome("done"))
    chosen = f"confirm?action=cancel&job={waiting}&job={done}"
    text = acting(client, f"{chosen}&back=/dashboard/vpn")
    # What has ended is not cancelled, so it is not asked about.
    assert hidden(text) == {
        "csrf": ["c"],
        "back": ["/dashboard/vpn"],
        "job": [waiting],
        "state": ["waiting:1"],
    }
    assert 'action="/dashboard/actions/cancel"' in text
    assert hidden(acting(client, f"{chosen}&back=//evil.example/x"))["back"] == ["/dashboard/jobs"]
    # Whoever only looks is told how to log in.
    assert "Log in with a token" in client.get(f"/dashboard/{chosen}").text


def test_all_that_match_are_counted_by_state(client: TestClient, ledger: Ledger) -> None:
    for _ in range(3):
        ended(ledger, Outcome("done"))
    ended(ledger, Outcome("cancelled"))
    asked = client.get("/dashboard/confirm?action=delete&all=1").text
    choices = re.findall(r'state (\w+)">\w+</span> <strong>(\d+)', asked)
    assert choices == [("done", "3"), ("cancelled", "1")]
    form = hidden(acting(client, "confirm?action=delete&all=1&state=done"))
    assert (form["count"], form["state"], form["queue"]) == (["3"], ["done"], [""])
    none = acting(client, "confirm?action=cancel&all=1&state=done")
    assert "Nothing to do" in none


def test_a_worker_that_tells_about_itself_is_shown(client: TestClient, ledger: Ledger) -> None:
    facts = {"version": "1.2.3", "threads": 4, "since": 0.0}
    ledger.sweep(Queue.ATCFW, worker="host:12:aa", queued=0, facts=facts)
    (one,) = until(lambda: data(client, "workers.json")["processes"], what="a newer look")
    shown = ("host", "pid", "queues", "alive", "version", "threads", "busy")
    assert [one[name] for name in shown] == ["host", "12", ["atcfw"], True, "1.2.3", 4, 0]


def test_without_the_store_a_page_says_what_to_do(client: TestClient, url: str) -> None:
    redis: Redis = connect(url, patient=True)
    redis.config_set("maxclients", 1)
    try:
        redis.client_kill_filter(_type="normal", skipme=True)
        answer = client.get("/dashboard/vpn")
        assert answer.status_code == 503
        assert "infoblox-mq doctor" in answer.text
        assert client.get("/dashboard/vpn.json").json()["error"]["code"] == "unavailable"
    finally:
        redis.config_set("maxclients", 10_000)
        redis.connection_pool.disconnect()


def test_every_page_is_in_the_list_of_endpoints(client: TestClient) -> None:
    listed = client.get("/").json()["endpoints"]
    for name in PAGES:
        assert f"/dashboard/{name}" in listed
        assert f"/dashboard/{name}.json" in listed


def test_what_was_made_by_others_is_what_they_published() -> None:
    listed = manifest()
    for one in listed:
        found = STATIC.joinpath("vendor", one.file).read_bytes()
        assert hashlib.sha256(found).hexdigest() == one.sha256, one.file
        assert STATIC.joinpath("vendor", one.license_file).read_text().strip(), one.file
    stray = {path.removeprefix("vendor/") for path in contents() if path.startswith("vendor/")}
    known = {one.file for one in listed} | {one.license_file for one in listed}
    assert stray == known | {"manifest.json"}


def test_files_are_kept_by_browsers_until_they_change(client: TestClient) -> None:
    text = client.get("/dashboard/overview").text
    for address in re.findall(r'(?:src|href)="(/dashboard/static/[^"]+)"', text):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        mark = answer.headers["etag"]
        assert client.get(address, headers={"If-None-Match": mark}).status_code == 304
    assert client.get("/dashboard/static/../app.py").status_code == 404
    assert client.get("/dashboard/static/nothing.js").status_code == 404
