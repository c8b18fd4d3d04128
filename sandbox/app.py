"""The sandbox as an ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox import control
from sandbox.clock import Clock, SystemClock
from sandbox.gateway import Gateway
from sandbox.world import Config, World

__all__ = ["Config", "create_app"]


def create_app(config: Config | None = None, *, clock: Clock | None = None) -> Starlette:
    """Build the pretend API and its control plane around a fresh world."""
    world = World(config or Config(), clock or SystemClock())
    return Starlette(
        routes=[
            Mount("/_sandbox", routes=control.routes(world)),
            # An empty mount keeps the path as it came, slashes included.
            Mount("", app=Gateway(world)),
        ]
    )
