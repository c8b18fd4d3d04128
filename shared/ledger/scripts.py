"""What the store does in one go: Lua scripts that share one prelude."""

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from redis import Redis

from shared.spans import store

TRANSITIONS = (
    "accept",
    "cancel",
    "claim",
    "delete",
    "drop",
    "finish",
    "hasten",
    "mark",
    "park",
    "pause",
    "renew",
    "resume",
    "sweep",
    "watch",
)
PRELUDE = ("common.lua", "caching.lua")


class Scripts:
    """Runs a script atomically on the server; arguments and answer are JSON objects.

    Usually the transitions of the ledger; other packages have scripts of their own.
    """

    def __init__(
        self,
        client: "Redis",
        prefix: str,
        *,
        package: str = __package__,
        names: Iterable[str] = TRANSITIONS,
    ) -> None:
        base = files(__package__)
        prelude = "".join(base.joinpath(part).read_text() for part in PRELUDE)
        folder = files(package)
        self._prefix = prefix
        self._server = server_of(client)
        self._scripts = {
            name: client.register_script(prelude + folder.joinpath(f"{name}.lua").read_text())
            for name in names
        }

    def run(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Run a script. None is left out: in Lua a JSON null would count as true."""
        given = {key: value for key, value in arguments.items() if value is not None}
        # Lua's parser refuses half a surrogate pair, which an answer may hold.
        encoded = json.dumps(given, ensure_ascii=False).encode("utf-8", "replace")
        with store(name, given.get("act"), self._server):
            raw: Any = self._scripts[name](args=[self._prefix, encoded])
        answer: dict[str, Any] = json.loads(raw)
        return answer


def server_of(client: "Redis") -> dict[str, Any]:
    """Return where a client's store is, by the names of OpenTelemetry; never its password."""
    known: Mapping[str, Any] = client.connection_pool.connection_kwargs
    found = {
        "server.address": known.get("path") or known.get("host"),
        "server.port": known.get("port"),
        "db.namespace": str(known.get("db") or 0),
    }
    return {name: value for name, value in found.items() if value is not None}
