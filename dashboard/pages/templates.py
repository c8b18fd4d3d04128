"""The templates. Everything that is put into one is escaped."""

import json
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboard.pages import drawing, formats, statics
from dashboard.parts import Json


@cache
def environment() -> Environment:
    """Return the environment; what a template misspells is an error."""
    found = Environment(
        loader=PackageLoader("dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.filters.update(formats.FILTERS, pretty=_pretty)
    found.globals.update(static=statics.address, path=drawing.path, pips=drawing.pips)
    return found


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False)


def whole(template: str, context: Json) -> str:
    """Return a page."""
    return environment().get_template(_template(template, context)).render(context)


def content(template: str, context: Json) -> str:
    """Return the middle of a page: what changes while one looks."""
    found = environment().get_template(_template(template, context))
    block: Any = found.blocks["content"]
    return "".join(block(found.new_context(context)))


def _template(template: str, context: Json) -> str:
    return "problem.html" if "problem" in context else template
