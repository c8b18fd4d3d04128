"""A pretend Infoblox cloud API that keeps its own state and can disagree with any client."""

from sandbox.app import Config, create_app
from sandbox.serving import serve

__all__ = ["Config", "create_app", "serve"]
