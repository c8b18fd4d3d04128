"""Names of the collections behind a VPN, and what the cloud has on offer."""

from __future__ import annotations

SERVICES = "universalservices"
ENDPOINTS = "endpoints"
SITES = "accesslocations"
CREDENTIALS = "keys"
LOCATIONS = "locations"

SIZES = ("S", "M", "L", "XL")
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

PROVIDER_REGIONS = {
    "AWS": (
        ("ap-southeast-1", "Asia Pacific (Singapore)"),
        ("eu-central-1", "Europe (Frankfurt)"),
        ("eu-west-2", "Europe (London)"),
        ("us-east-1", "US East (N. Virginia)"),
        ("us-west-2", "US West (Oregon)"),
    ),
    "GCP": (
        ("europe-west3", "Frankfurt"),
        ("us-east4", "Northern Virginia"),
    ),
}

ROAMING_GROUPS = (1, 2, 3)
"""Groups of roaming devices; another service keeps them, policies only name them."""
