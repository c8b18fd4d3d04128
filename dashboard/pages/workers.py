"""Workers: which processes live, what each of them does now, and queues that rest."""

from collections import defaultdict

from starlette.requests import Request

from dashboard.pages.overview import beats, card
from dashboard.pages.page import Page
from dashboard.pages.rows import row
from dashboard.pages.watch import View, Watch
from dashboard.parts import Json
from shared.catalog import Queue
from shared.ledger.glances import MOST_OPEN


async def workers(watch: Watch, _request: Request) -> Json:
    """Return processes and queues."""
    view = await watch.view()
    open_rows = await watch.ask("open", watch.glances.open_rows)
    running: dict[str, list[Json]] = defaultdict(list)
    for glance in open_rows:
        if glance.text("state") == "running":
            lease = glance.seconds("lease")
            left = round(lease - glance.now, 1) if lease else None
            shown = row(glance, watch.ops.settings) | {"lease_seconds": left}
            running[glance.text("owner")].append(shown)
    processes = _processes(watch, view, running)
    known = {one["name"] for one in processes}
    return {
        "processes": processes,
        "queues": [_queue(watch, view, queue) for queue in Queue],
        "orphans": [one for owner, found in running.items() if owner not in known for one in found],
        "looked_at_most": MOST_OPEN,
    }


def _processes(watch: Watch, view: View, running: dict[str, list[Json]]) -> list[Json]:
    found: dict[str, Json] = {}
    for queue in Queue:
        for beat in beats(watch, view, queue):
            process = found.setdefault(beat["name"], beat | {"queues": []})
            process["queues"].append(str(queue))
            process["running"] = running.get(beat["name"], [])
            process["busy"] = len(process["running"])
    return sorted(found.values(), key=lambda one: (not one["alive"], one["queues"], one["name"]))


def _queue(watch: Watch, view: View, queue: Queue) -> Json:
    shown = card(watch, view, queue)
    names = ("name", "ready", "running", "waiting", "dead", "messages", "alive", "paused")
    return {name: shown[name] for name in names} | {"trouble": shown["trouble"]}


PAGE = Page("/workers", "workers.html", "Workers", "worker processes and what each does", workers)
