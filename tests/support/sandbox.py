"""The real sandbox on a free port, in a thread: once for the whole run, fresh for each test."""

import threading

from infoblox_mq.control import Control
from sandbox.app import Config, create_app
from sandbox.serving import listener, make_server

KEY = "sandbox-key"
OTHER_KEY = "other-sandbox-key"


class Sandbox(Control):
    """`url`, `key`, and the control plane: journal, counts, faults, vpn, reset."""

    key = KEY
    other_key = OTHER_KEY


class SandboxServer:
    """Serves until `close`."""

    def __init__(self) -> None:
        self._socket = listener("127.0.0.1", 0)
        self._server = make_server(create_app(Config(keys=(KEY, OTHER_KEY))))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """End it."""
        self._server.stop()
        self._thread.join()
        self._socket.close()
