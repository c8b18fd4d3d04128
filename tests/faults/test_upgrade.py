"""Releases that follow one another under load: forwards, back, and forwards again.

The next release is this one with a higher format of records; it reads ours, we do not read its.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.ledger import FORMAT, Ledger
from shared.ledger import ledger as transitions
from tests.support import next_release
from tests.support.calls import ask, front_settings
from tests.support.load import Call, Load, counted
from tests.support.sandbox import Sandbox
from tests.support.stack import Stack
from tests.support.waiting import until

Begin = Callable[..., Stack]
RECORDS = "/api/ddi/v1/dns/record"
FOLDER = str(Path(next_release.__path__[0]))


def replaced(here: Stack, *, by_next: bool) -> None:
    """End the worker in good order and start one of the other release."""
    here.env["PYTHONPATH"] = FOLDER
    here.env["PRETENDED_FORMAT"] = str(FORMAT + by_next)
    here.stop("infoblox")
    here.start("infoblox")
    here.ready()


def ended(ledger: Ledger, job_id: str) -> str | None:
    """Return the state a job has ended in."""
    job = ledger.read(job_id)
    return job.state if job and job.final else None


def put_back(here: Stack, load: Load, monkeypatch: pytest.MonkeyPatch, call: Call) -> str:
    """Go to the next release and back while calls come in; return what it left behind."""
    # Workers first, then front ends; and the other way round on the way back.
    replaced(here, by_next=True)
    monkeypatch.setattr(transitions, "FORMAT", FORMAT + 1)
    more(load, than=20)
    monkeypatch.setattr(transitions, "FORMAT", FORMAT)
    replaced(here, by_next=False)
    more(load, than=len(load.answers) + 10)
    monkeypatch.setattr(transitions, "FORMAT", FORMAT + 1)
    (left,) = ask(front_settings(here.env, wait_seconds=1), call)
    monkeypatch.setattr(transitions, "FORMAT", FORMAT)
    assert left["status"] == "running", left
    return str(left["job_id"])


def more(load: Load, *, than: int) -> None:
    """Wait until so many calls were answered."""
    until(lambda: len(load.answers) > than, seconds=30, what=f"more than {than} answers")


def note_of(ledger: Ledger, job_id: str) -> str:
    job = ledger.read(job_id)
    return job.note if job else ""


def test_an_upgrade_and_a_way_back_under_load_lose_and_double_nothing(
    stack: Begin, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = stack("infoblox", lease_seconds=1.5, queue_limit=1000)
    ledger = here.ledger()
    settings = front_settings(here.env, wait_seconds=60)
    (zones,) = ask(settings, ("list_dns_zones", {"zone_type": "auth", "limit": 1}))
    zone = zones["result"]["items"][0]["id"]

    def make(number: int) -> Call:
        address = f"10.250.{number // 250}.{number % 250}"
        return "create_a_record", {"name": f"u{number}", "zone": zone, "ip_address": address}

    with Load(settings, counted(make), every_seconds=0.05) as load:
        left = put_back(here, load, monkeypatch, make(9_999))
        until(lambda: "release" in note_of(ledger, left), what="the reason of its wait")
        replaced(here, by_next=True)
    until(lambda: ended(ledger, left), seconds=30, what="the end of what was left behind")
    assert ended(ledger, left) == "done"
    answers = [answer.envelope for answer in load.answers]
    # On a busy machine the store may answer too late to accept a call: then it is no job.
    taken = [one for one in answers if one.get("error", {}).get("code") != "unavailable"]
    assert not [one for one in taken if one["status"] != "done"]
    names = [
        entry["natural_key"]
        for entry in sandbox.journal(method="POST", path=RECORDS)
        if entry["applied"]
    ]
    assert len(names) == len(set(names))
    assert len(names) >= len(taken) + 1
