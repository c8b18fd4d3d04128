"""The templates. Everything that is put into one is escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboard.parts import Json


@cache
def environment() -> Environment:
    """Return the environment; what a template misspells is an error."""
    return Environment(
        loader=PackageLoader("dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def whole(template: str, context: Json) -> str:
    """Return a page."""
    return environment().get_template(template).render(context)
