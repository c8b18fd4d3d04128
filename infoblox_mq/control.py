"""The sandbox's control plane, as the demo and the tests use it."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
_SECONDS = 10.0


class Control:
    """Makes a sandbox misbehave and asks what reached it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def journal(self, *, since: int = 0, method: str = "", path: str = "") -> list[Json]:
        """Return the requests after a number, perhaps only those of a method and path."""
        entries: list[Json] = self._ask("GET", f"/journal?since={since}")["entries"]
        return [
            entry for entry in entries if method in ("", entry["method"]) and path in entry["path"]
        ]

    def counts(self) -> Json:
        """Return how many requests there were, and what was written how often."""
        return self._ask("GET", "/counts")

    def faults(self, kind: str, **rule: Any) -> Json:
        """Let requests go wrong: `match={"method", "path"}`, `times`, `status`, `seconds` ..."""
        return self._ask("POST", "/faults", {"kind": kind, **rule})

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self._ask("DELETE", "/faults")

    def vpn(self, **settings: float) -> Json:
        """Set how the pretend VPN service behaves: `busy_tries`, `busy_seconds` ..."""
        return self._ask("POST", "/vpn", settings)

    def reset(self) -> None:
        """Go back to the seed, with an empty journal and no faults."""
        self._ask("POST", "/reset")

    def _ask(self, method: str, path: str, body: Json | None = None) -> Json:
        # Not requests: it would send this through a proxy that the environment names.
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_SECONDS)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/_sandbox{path}", text)
            response = connection.getresponse()
            answer: Json = json.loads(response.read())
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ValueError(f"the sandbox says {response.status} to {path}: {answer}")
        return answer
