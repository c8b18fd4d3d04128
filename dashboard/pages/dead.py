"""Dead letters: jobs that took down every worker that started them."""

from starlette.requests import Request

from dashboard.pages.jobs import ROWS, named
from dashboard.pages.page import Page
from dashboard.pages.rows import row
from dashboard.pages.watch import Watch
from dashboard.parts import Json


async def dead(watch: Watch, _request: Request) -> Json:
    """Return the newest dead letters of all queues."""
    found = await watch.ask("dead", lambda: watch.glances.dead(limit=ROWS))
    accounts = await watch.ask("accounts", watch.ops.store.ledger.accounts)
    names = {tag: name for name, tag in accounts.items()}
    view = await watch.view()
    return {
        "jobs": [named(row(one, watch.ops.settings), names) for one in found],
        "count": sum(backlog.dead for backlog in view.snapshot.backlogs.values()),
        "poison_starts": watch.ops.settings.poison_starts,
    }


PAGE = Page("/dead", "dead.html", "Dead letters", "jobs that took down their workers", dead)
