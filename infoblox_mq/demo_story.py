"""The story of the demo: reads, a write that is seen at once, a crowd, and a VPN under fire."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from mcp import Client

from infoblox_mq.control import Control
from infoblox_mq.processes import members
from infoblox_mq.stack import Stack
from infoblox_mq.teller import Teller
from shared.clock import Clock, SystemClock
from shared.errors import CallError

Json = dict[str, Any]
SUBNETS = "/api/ddi/v1/ipam/subnet"
CONFIGURE = "/consolidated/configure"
SERVICE = "demo-vpn"
CROWD = 50
BUSY_TRIES = 3
KILL_AFTER = 2
SLOW_READ_SECONDS = 2.0
SLOW_ANSWER_SECONDS = 6.0
EVENT_SECONDS = 30.0
_POLL_SECONDS = 0.05
_PSK_BYTES = 24
_NETWORK = "10.213.7.0"


@dataclass
class Story:
    """Plays against a running stack; what is not seen is told to the teller."""

    stack: Stack
    control: Control
    teller: Teller
    clock: Clock = field(default_factory=SystemClock)
    _quiet: bool = False

    async def play(self) -> None:
        """Play all of it with one MCP client over HTTP."""
        async with Client(self.stack.mcp_url) as client:
            space = await self._list_spaces(client)
            await self._create_subnet(client, space)
            await self._crowd(client)
            await self._vpn(client)

    async def _list_spaces(self, client: Client) -> str:
        self.teller.chapter("(a) List the IP spaces")
        envelope = await self._asked(client, "list_ip_spaces")
        spaces = items(envelope)
        self.teller.say("IP spaces: " + ", ".join(space["name"] for space in spaces))
        self.teller.check(
            f"{len(spaces)} IP spaces in {envelope['meta']['elapsed_ms']} ms", good=bool(spaces)
        )
        if not spaces:
            raise CallError("there is no IP space to go on with")
        return str(spaces[0]["id"])

    async def _create_subnet(self, client: Client, space: str) -> None:
        self.teller.chapter(f"(b) Create the subnet {_NETWORK}/24 and list again")
        where = {"address_filter": _NETWORK, "space_filter": space}
        before = items(await self._asked(client, "list_subnets", where))
        made = await self._asked(
            client, "create_subnet", {"address": f"{_NETWORK}/24", "space": space, "name": "demo"}
        )
        after = items(await self._asked(client, "list_subnets", where))
        self.teller.check(f"created: {made['status']}", good=made["status"] == "done")
        self.teller.check(
            f"{len(before)} such subnets before, {len(after)} in the very next list",
            good=(len(before), len(after)) == (0, 1),
        )

    async def _crowd(self, client: Client) -> None:
        self.teller.chapter(f"(c) {CROWD} equal questions at once, to an API that is slow today")
        self.control.faults(
            "slow",
            match={"method": "GET", "path": f"{SUBNETS}$"},
            times=1,
            seconds=SLOW_READ_SECONDS,
        )
        before = len(self.control.journal(method="GET", path=SUBNETS))
        self._quiet = True
        answers = await asyncio.gather(
            *(self._asked(client, "list_subnets", {"limit": 7}) for _ in range(CROWD))
        )
        self._quiet = False
        more = len(self.control.journal(method="GET", path=SUBNETS)) - before
        self.control.clear_faults()
        good = [answer for answer in answers if answer["status"] == "done"]
        alike = all(answer.get("result") == answers[0].get("result") for answer in answers)
        self.teller.check(
            f"{len(good)} of {CROWD} answered, all alike", good=len(good) == CROWD and alike
        )
        self.teller.check(f"API requests for all of them: {more}", good=more == 1)

    async def _vpn(self, client: Client) -> None:
        self.teller.chapter(
            f"(d) Configure a VPN while Infoblox is busy ({BUSY_TRIES} x 409) and its worker dies"
        )
        self.control.vpn(busy_tries=BUSY_TRIES)
        disturbance = asyncio.create_task(self._disturb())
        try:
            psk = token_urlsafe(_PSK_BYTES)
            wish = {"vpn_payload": payload(psk)}
            envelope = await self._to_its_end(client, "configure_vpn_infrastructure", wish)
        finally:
            disturbance.cancel()
            with suppress(asyncio.CancelledError):
                await disturbance
        self.teller.check(f"the job ended {envelope['status']}", good=envelope["status"] == "done")
        self._count_posts()
        found = await self._asked(client, "list_universal_services", {"name_filter": SERVICE})
        names = [row["name"] for row in items(found) if row["name"] == SERVICE]
        self.teller.check(f"services called {SERVICE}: {len(names)}", good=len(names) == 1)
        self.teller.check(
            f"worker started again {self.stack.restarts.get('niosxaas', 0)} times",
            good=self.stack.restarts.get("niosxaas", 0) == 2,  # noqa: PLR2004 - killed twice
        )

        held = [path.name for path in _files(self.stack.plan.directory) if _holds(path, psk)]
        self.teller.check(
            "the pre-shared key is in no file of the store"
            + "".join(f", but in {n}" for n in held),
            good=not held,
        )

    def _count_posts(self) -> None:
        posts = self._posts()
        self.teller.say("requests the API saw: " + ", ".join(_seen(post) for post in posts))
        busy = sum(post["status"] == 409 for post in posts)  # noqa: PLR2004 - HTTP
        applied = sum(post["applied"] for post in posts)
        self.teller.check(f"answered 409: {busy} times", good=busy == BUSY_TRIES)
        self.teller.check(f"requests that were applied: {applied}", good=applied == 1)
        self.teller.check(
            "nothing was sent again after that", good=bool(posts) and posts[-1]["applied"]
        )

    def _posts(self) -> list[Json]:
        return self.control.journal(method="POST", path=CONFIGURE)

    def _answered(self) -> int:
        return sum(post["ended"] is not None for post in self._posts())

    async def _disturb(self) -> None:
        """Kill the worker twice: while the job waits, and while the answer is on its way."""
        await self._until(lambda: self._answered() >= KILL_AFTER)
        # A moment, so that the job is put back and waits for its next try.
        await asyncio.sleep(0.3)
        self._kill("niosxaas", "while the job waits for its next try")
        await self._until(lambda: self._answered() >= BUSY_TRIES)
        self.control.faults(
            "slow",
            match={"method": "POST", "path": CONFIGURE},
            times=1,
            seconds=SLOW_ANSWER_SECONDS,
        )
        await self._until(lambda: any(post["applied"] for post in self._posts()))
        self._kill("niosxaas", "after the API did it, before its answer came")

    def _kill(self, name: str, when: str) -> None:
        leader = self.stack.children[name].pid
        pids = members(leader) if leader else []
        # The process that works first, then dramatiq's master, which would end in good order.
        for pid in reversed(pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.teller.say(f"kill -9 {' '.join(map(str, pids))}: the {name} worker, {when}")
        self.teller.check("there was a worker to kill", good=len(pids) > 1)

    async def _until(self, seen: Callable[[], bool]) -> None:
        until = self.clock.steady() + EVENT_SECONDS
        while not seen():
            if self.clock.steady() > until:
                self.teller.check("the API was asked when it should have been", good=False)
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _to_its_end(self, client: Client, tool: str, arguments: Json) -> Json:
        envelope = await self._asked(client, tool, arguments)
        while envelope["status"] == "running":
            self.teller.say(f"the call was answered: job {envelope['job_id']} goes on")
            wish = {"job_id": envelope["job_id"], "seconds": 25}
            envelope = await self._asked(client, "job_wait", wish)
        return envelope

    async def _asked(self, client: Client, tool: str, arguments: Json | None = None) -> Json:
        answer = await client.call_tool(tool, arguments or {}, progress_callback=self._progress)
        envelope = dict(answer.structured_content or {})
        if "error" in envelope:
            self.teller.say(f"{tool}: {envelope['error']['message']}")
        return envelope

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        # The crowd's would be fifty equal lines.
        if not self._quiet:
            self.teller.say(f"progress: {message}")


def _files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def _holds(path: Path, text: str) -> bool:
    try:
        return text.encode() in path.read_bytes()
    except FileNotFoundError:
        # A file that the store wrote for a moment only.
        return False


def items(envelope: Json) -> list[Json]:
    """Return the rows of a list answer."""
    return list((envelope.get("result") or {}).get("items") or [])


def payload(psk: str) -> Json:
    """Return an AWS Cloud VPN with dynamic routing, as the API's documentation shows it."""
    sides = (("demo-primary", "primary", 21), ("demo-secondary", "secondary", 22))
    return {
        "universal_service": {
            "operation": "CREATE",
            "name": SERVICE,
            "description": "made by infoblox-mq demo",
            "capabilities": [{"type": "dns"}],
        },
        "endpoints": {
            "create": [
                {
                    "id": "ref_endpoint",
                    "name": f"{SERVICE}-fra",
                    "size": "S",
                    "service_location": "AWS Europe (Frankfurt)",
                    "service_ip": "10.213.0.3",
                    "neighbour_ips": ["10.213.0.4", "10.213.0.5"],
                    "preferred_provider": "AWS",
                    "routing_type": "dynamic",
                    "routing_config": {
                        "bgp_config": {"asn": "65500", "hold_down": 90, "keep_alive": 30}
                    },
                }
            ]
        },
        "credentials": {
            "create": [{"id": "ref_psk", "type": "psk", "name": f"{SERVICE}-psk", "value": psk}]
        },
        "access_locations": {
            "create": [
                {
                    "id": "ref_site",
                    "endpoint_id": "ref_endpoint",
                    "type": "Cloud VPN",
                    "name": f"{SERVICE}-aws",
                    "routing_type": "dynamic",
                    "cloud_type": "AWS",
                    "cloud_region": "eu-central-1",
                    "lan_subnets": [],
                    "tunnel_configs": [_tunnel(*side) for side in sides],
                }
            ]
        },
    }


def _tunnel(name: str, path: str, inside: int) -> Json:
    bgp = {"asn": "64512", "hop_limit": 2, "neighbour_ips": [f"169.254.{inside}.1"]}
    tunnel = {
        "path": path,
        "credential_id": "ref_psk",
        "index": 0,
        "access_ip": f"203.0.113.{inside}",
        "bgp_configs": [bgp],
    }
    return {"name": name, "physical_tunnels": [tunnel]}


def _seen(post: Json) -> str:
    return f"{post['status'] or 'no answer'}{' (applied)' if post['applied'] else ''}"
