"""Running the ops server."""

from collections.abc import Callable

from dashboard.app import create_app
from dashboard.parts import Ops
from dashboard.store import Store
from shared.clock import Clock, SystemClock
from shared.errors import NotConfigured
from shared.exposure import require_guarded
from shared.logs import get_logger
from shared.serving import HttpServer, listen
from shared.settings import Settings
from shared.tokens import own_token, read_tokens

log = get_logger(__name__)


def serve(
    settings: Settings,
    *,
    announce: Callable[[str], None] | None = None,
    clock: Clock | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `announce` gets the real address.

    A store that is away is no reason not to start: that is what health has to tell.
    """
    require_guarded(settings, "metrics_host", gain="read every job")
    if settings.redis_url is None:
        raise NotConfigured("REDIS_URL: the ops server needs the store that it tells about")
    tokens = read_tokens(settings.tokens_file) if settings.tokens_file else None
    clock = clock or SystemClock()
    listener = listen(
        settings.metrics_host, settings.metrics_port, variables="METRICS_HOST, METRICS_PORT"
    )
    store = Store(settings.redis_url, settings, clock)
    own = own_token(settings.ops_token_file) if settings.ops_token_file else None

    def leaving() -> bool:
        return server.should_exit

    app = create_app(Ops(settings, store, clock, clock.steady(), tokens, own, leaving))
    server = HttpServer(app, announce or _log_address)
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()


def _log_address(url: str) -> None:
    log.info("ops_server_started", url=url)
