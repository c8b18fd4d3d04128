"""A browser and a script that act on the ops server, and jobs for them to act on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from redis import Redis
from starlette.testclient import TestClient

from shared.catalog import Queue
from shared.errors import Expired, Poisoned
from shared.ledger import Claim, Job, Ledger, Outcome, Submission, Terms
from shared.logins import grant
from shared.settings import Settings
from shared.stores import connect

TOKEN = "a-token-of-the-tests-0123456789"
ORIGIN = "http://127.0.0.1:9090"
HERE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
Json = dict[str, Any]


def token_file(place: Path) -> Path:
    path = place / "ops.token"
    path.write_text(f"{TOKEN}\n")
    return path


@dataclass
class Browser:
    """What a browser with a page of ours open sends."""

    client: TestClient
    csrf: str = ""

    def log_in(self, **fields: str) -> Any:
        """Log in as the form does; by the token unless told otherwise."""
        answer = self.client.post(
            "/dashboard/login",
            data=fields or {"token": TOKEN},
            headers=HERE,
            follow_redirects=False,
        )
        self.csrf = self.seen_csrf()
        return answer

    def seen_csrf(self) -> str:
        """Return what the pages put into their forms."""
        sessions = self.client.app.state.sessions  # type: ignore[attr-defined]
        cookie = self.client.cookies.get("imq_session")
        if cookie is None:
            return ""
        scope = {
            "type": "http",
            "app": self.client.app,
            "headers": [(b"cookie", f"imq_session={cookie}".encode())],
        }
        from starlette.requests import HTTPConnection

        found = sessions.find(HTTPConnection(scope))
        return sessions.csrf(found) if found else ""

    def act(self, name: str, headers: dict[str, str] | None = None, **fields: Any) -> Any:
        """Post an action, for JSON."""
        return self.client.post(
            f"/dashboard/actions/{name}",
            data={"csrf": self.csrf} | fields,
            headers={"Accept": "application/json"} | (HERE if headers is None else headers),
            follow_redirects=False,
        )


class Jobs:
    """Jobs in the store, in any state."""

    def __init__(self, url: str) -> None:
        self.client: Redis = connect(url, patient=True)
        terms = Terms.from_settings(Settings(redis_url=url))
        self.ledger = Ledger(self.client, terms)
        self.ledger.publish_account("default", "account")

    def one(self, state: str = "accepted", **fields: Any) -> str:
        """Return the id of a new write in this state."""
        job_id = token_hex(16)
        usual: dict[str, Any] = {
            "id": job_id,
            "tool": "create_ip_space",
            "queue": Queue.INFOBLOX,
            "writes": True,
            "account": "account",
            "client": "host",
            "arguments": {"name": "x"},
            "fingerprint": job_id,
            "joins": False,
            "targets": (job_id,),
        }
        call = Submission(**usual | fields)
        assert self.ledger.accept(call).verdict == "new"
        if state != "accepted":
            self._bring(self._claimed(job_id), state)
        return job_id

    def _claimed(self, job_id: str) -> Job:
        claim = self.ledger.claim(job_id, owner="w", dead=DEAD, unknown=DEAD)
        assert isinstance(claim, Claim)
        return claim.job

    def _bring(self, job: Job, state: str) -> None:
        if state == "waiting":
            self.ledger.park(job, wait_seconds=60, note="attempt 1 of 12 answered 409")
        elif state != "running":
            self.ledger.finish(job, ENDS[state])

    def state(self, job_id: str) -> str | None:
        found = self.ledger.read(job_id)
        return found.state if found else None

    def link(self) -> str:
        return grant(self.client, who="shell:somebody")


DEAD = Outcome("dead", problem=Poisoned("every start of this job took its worker down").problem)
ENDS = {
    "dead": DEAD,
    "done": Outcome("done", {"id": "1"}),
    "failed": Outcome("failed", problem=Expired("nothing was sent").problem),
    "cancelled": Outcome("cancelled"),
}


def code_in(page: str) -> str:
    found = re.search(r'name="code" value="([^"]+)"', page)
    assert found
    return found[1]
