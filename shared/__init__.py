"""What the front end and the workers agree on; for other programs, the door to the queues."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.door import result_backend as result_backend
    from shared.door import submit as submit


def __getattr__(name: str) -> Any:
    """Load the door when it is used: most importers of this package need one small module of it."""
    if name in {"submit", "result_backend"}:
        from shared import door  # noqa: PLC0415 - see above

        return getattr(door, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
