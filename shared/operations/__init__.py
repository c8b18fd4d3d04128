"""The catalog: every tool, one row each, grouped by service."""

from collections.abc import Mapping

from shared.catalog import Operation, by_name
from shared.operations import atcfw, infoblox, insights, niosxaas

CATALOG: Mapping[str, Operation] = by_name(
    row
    for rows in (infoblox.OPERATIONS, niosxaas.OPERATIONS, atcfw.OPERATIONS, insights.OPERATIONS)
    for row in rows
)
