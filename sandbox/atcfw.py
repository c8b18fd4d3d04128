"""DNS security: all parts of the services under /api/atcfw/v1 and /api/atcdfp/v1."""

from __future__ import annotations

from sandbox import codes, content, named_lists, networks, policies, proxies, resolver
from sandbox.proxies import ATCDFP
from sandbox.security import ATCFW

PARTS = (policies, codes, named_lists, networks, content, resolver, proxies)
SERVICES = (ATCFW, ATCDFP)
RESOURCES = tuple(resource for part in PARTS for resource in part.RESOURCES)
OPERATIONS = {key: operation for part in PARTS for key, operation in part.OPERATIONS.items()}
