"""VPN operations: what people wait for longest, with every attempt in sight."""

from collections import Counter

from starlette.requests import Request

from dashboard.pages.jobs import CURSOR, named
from dashboard.pages.page import Page
from dashboard.pages.rows import row
from dashboard.pages.watch import Watch
from dashboard.parts import Json
from shared.catalog import Queue
from shared.ledger.glances import Filter
from shared.operations import CATALOG

ROWS = 50
# Writes of this toolset change a VPN, whatever they are called.
TOOLS = frozenset(name for name, one in CATALOG.items() if one.writes and one.toolset == "vpn")
WISH = Filter(queues=(Queue.NIOSXAAS,), tools=TOOLS)


async def vpn(watch: Watch, request: Request) -> Json:
    """Return the newest VPN operations."""
    cursor = request.query_params.get("cursor") or None
    found = await watch.ask(
        ("vpn", cursor), lambda: watch.glances.search(WISH, limit=ROWS, cursor=cursor)
    )
    accounts = await watch.ask("accounts", watch.ops.store.ledger.accounts)
    names = {tag: name for name, tag in accounts.items()}
    operations = [named(row(one, watch.ops.settings), names) for one in found.rows]
    return {
        "operations": operations,
        "states": dict(Counter(one["state"] for one in operations)),
        "next_cursor": found.cursor,
    }


PAGE = Page(
    "/vpn",
    "vpn.html",
    "VPN operations",
    "VPN operations and their next tries",
    vpn,
    parameters=(CURSOR,),
)
