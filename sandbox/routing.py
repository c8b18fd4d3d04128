"""From method and path to an operation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox import (
    atcfw,
    config_insights,
    consolidated,
    ddi,
    direct,
    insights,
    keys,
    recycling,
    td_insights,
    universal,
)
from sandbox.calls import Operation
from sandbox.crud import operations
from sandbox.errors import Refused, listed
from sandbox.resource import Resource, Service

ITEM = "/{id}"
UNKNOWN = Service("", listed)
SERVICES = (
    *(ddi.DDI, recycling.BIN, *atcfw.SERVICES, universal.INFRA, universal.PLACES, keys.IAM),
    *(insights.SOC, td_insights.TD, config_insights.CONFIG),
)
PARTS = (ddi, recycling, atcfw, universal, insights, td_insights, config_insights)
RESOURCES = {row.path: row for part in (*PARTS, keys) for row in part.RESOURCES}
SECRETS = frozenset(f"{row.template}{ITEM}" for row in RESOURCES.values() if row.secret_ids)
SPECIAL = {
    template: operation
    for part in (*PARTS, direct, consolidated)
    for template, operation in part.OPERATIONS.items()
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a path leads: its template, its methods, the id in it."""

    template: str
    methods: dict[str, Operation]
    ident: str


class Router:
    """All operations by template."""

    def __init__(self, resources: Iterable[Resource] = tuple(RESOURCES.values())) -> None:
        """Collect the generic and the special operations."""
        self._table: dict[str, dict[str, Operation]] = {}
        for resource in resources:
            for (template, method), operation in operations(resource).items():
                self._table.setdefault(template, {})[method] = operation
        for (template, method), operation in SPECIAL.items():
            self._table.setdefault(template, {})[method] = operation

    def find(self, path: str) -> Target | None:
        """Find the template of a path."""
        exact = self._table.get(path)
        if exact is not None and ITEM not in path:
            return Target(path, exact, "")
        steps = path.split("/")
        # An id is the last step, or the one before a word such as `items`.
        for at in (len(steps) - 1, len(steps) - 2):
            template = "/".join([*steps[:at], "{id}", *steps[at + 1 :]])
            methods = self._table.get(template)
            if methods is not None and steps[at]:
                return Target(template, methods, steps[at])
        return None


def service_of(path: str) -> Service:
    """Find the service whose error shape a path gets."""
    for service in SERVICES:
        if path.startswith(f"{service.prefix}/"):
            return service
    if path.startswith("/api/ddi/"):
        return ddi.DDI
    return UNKNOWN


def operation(target: Target | None, method: str, path: str) -> Operation:
    """Choose the operation, or refuse as this service refuses."""
    service = service_of(path)
    if path in universal.NOT_FOR_KEYS:
        raise Refused(501, "Not Implemented")
    if target is None:
        raise Refused(service.unknown_path, f"no such path: {path}")
    found = target.methods.get(method)
    if found is None:
        raise Refused(service.wrong_method, f"{method} is not available here")
    return found
