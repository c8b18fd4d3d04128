"""The ops server on a free port, in a thread."""

import threading
from typing import Self

from dashboard.app import create_app
from dashboard.parts import Ops
from dashboard.store import Store
from shared.clock import SystemClock
from shared.serving import HttpServer, listen
from shared.settings import Settings


class Served:
    """Serves while it is entered; `url` is its address."""

    def __init__(self, settings: Settings) -> None:
        assert settings.redis_url
        clock = SystemClock()
        store = Store(settings.redis_url, settings, clock)
        ops = Ops(settings, store, clock, clock.steady(), leaving=lambda: self._server.should_exit)
        self._ready = threading.Event()
        self.url = ""
        self._server = HttpServer(create_app(ops), self._announced)
        self._socket = listen("127.0.0.1", 0, variables="-")
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    def _announced(self, url: str) -> None:
        self.url = url
        self._ready.set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
