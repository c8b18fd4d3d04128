"""A VPN to wish for, and what an account has of VPNs."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.seed_vpn import payload

INFRA = "/api/universalinfra/v1"
CONFIGURE = f"{INFRA}/consolidated/configure"
KEYS = "/api/iam/v2/keys"
PLACES = "/api/infra/v1/locations"
SECRET = "correct horse battery staple"


def wish(**service: Any) -> dict[str, Any]:
    """Write the payload of a service with one endpoint, one key and one cloud VPN."""
    body = copy.deepcopy(payload(psk=SECRET))
    body["universal_service"].update({"name": "branch-dns", **service})
    body["credentials"]["create"][0]["name"] = "branch-psk"
    return body


def counted(api: Any) -> list[int]:
    """Count services, endpoints, access locations, keys and locations."""
    names = ("universalservices", "endpoints", "accesslocations")
    return [len(api.rows(path)) for path in (*(f"{INFRA}/{name}" for name in names), KEYS, PLACES)]
