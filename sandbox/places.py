"""Names of the collections behind a VPN, and where the cloud has points of presence."""

from __future__ import annotations

SERVICES = "universalservices"
ENDPOINTS = "endpoints"
SITES = "accesslocations"
CREDENTIALS = "keys"
LOCATIONS = "locations"

CAPABILITIES = frozenset({"dns", "dhcp", "dfp", "security", "ntp"})
SERVICE_LOCATIONS = frozenset(
    {
        "AWS Asia Pacific (Singapore)",
        "AWS Europe (Frankfurt)",
        "AWS Europe (London)",
        "AWS US (N. Virginia)",
        "AWS US (Oregon)",
        "AWS US East (N. Virginia)",
    }
)
