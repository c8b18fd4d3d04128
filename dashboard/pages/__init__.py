"""The pages for people, under /dashboard."""

from starlette.routing import Route

from dashboard.pages import confirm, dead, guards, job, jobs, overview, vpn, workers
from dashboard.pages.page import BASE, part
from dashboard.pages.statics import static
from dashboard.pages.watch import Watch
from dashboard.parts import Ops, Part

PAGES = tuple(one.PAGE for one in (overview, vpn, jobs, job, guards, workers, dead, confirm))


def pages(ops: Ops) -> Part:
    """Return the pages."""
    watch = Watch(ops)
    made = [part(watch, page) for page in PAGES]
    return Part(
        endpoints=tuple(endpoint for one in made for endpoint in one.endpoints),
        routes=(
            Route(f"{BASE}/static/{{path:path}}", static, methods=["GET"]),
            *(route for one in made for route in one.routes),
        ),
        open_paths=frozenset({f"{BASE}/static/"}),
        background=(watch.sample,),
    )
