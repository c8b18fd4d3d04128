"""Everything under /api/ddi/v1, collected from its areas."""

from __future__ import annotations

from sandbox.ddi_base import DDI
from sandbox.dhcp import tables as dhcp
from sandbox.dns import keys
from sandbox.dns import tables as dns
from sandbox.federation import tables as federation
from sandbox.ipam import tables as ipam

__all__ = ["DDI", "OPERATIONS", "RESOURCES"]

AREAS = (ipam, dns, dhcp, federation, keys)
RESOURCES = tuple(row for area in AREAS for row in area.RESOURCES)
OPERATIONS = {call: run for area in AREAS for call, run in area.OPERATIONS.items()}
