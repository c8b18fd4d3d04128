"""The cloud-hosted service the pretend company already has."""

from __future__ import annotations

from sandbox import apply
from sandbox.account import Account
from sandbox.payload import entries_of, service_of
from sandbox.schema import Row

REQUEST = "seed"


def plant(account: Account) -> None:
    """Make one service with an endpoint and a cloud VPN, all of it up already."""
    body = payload(psk=account.entropy.token())
    apply.apply(account, service_of(body), entries_of(body), known=None, request_id=REQUEST)
    account.vpn.births.clear()


def payload(*, psk: str) -> Row:
    """Write the consolidated payload of the service."""
    sides = (("Pri", "primary", "203.0.113.10", 21), ("Sec", "secondary", "203.0.113.11", 22))
    return {
        "universal_service": {
            "operation": "CREATE",
            "name": "hq-dns",
            "description": "DNS from the cloud for the headquarters",
            "capabilities": [{"type": "dns"}],
            "tags": {"Owner": "network-team"},
        },
        "endpoints": {
            "create": [
                {
                    "id": "ref_endpoint_fra",
                    "name": "hq-dns-fra",
                    "size": "S",
                    "service_location": "AWS Europe (Frankfurt)",
                    "service_ip": "10.10.10.3",
                    "neighbour_ips": ["10.10.10.4", "10.10.10.5"],
                    "preferred_provider": "AWS",
                    "routing_type": "dynamic",
                    "routing_config": {
                        "bgp_config": {"asn": "65500", "hold_down": 90, "keep_alive": 30}
                    },
                }
            ]
        },
        "credentials": {
            "create": [{"id": "ref_cred_hq", "type": "psk", "name": "hq-dns-psk", "value": psk}]
        },
        "access_locations": {
            "create": [
                {
                    "id": "ref_accessLoc_hq",
                    "endpoint_id": "ref_endpoint_fra",
                    "type": "Cloud VPN",
                    "name": "hq-aws",
                    "routing_type": "dynamic",
                    "cloud_type": "AWS",
                    "cloud_region": "eu-central-1",
                    "lan_subnets": [],
                    "tunnel_configs": [_tunnel(*side) for side in sides],
                }
            ]
        },
    }


def _tunnel(name: str, path: str, address: str, inside: int) -> Row:  # noqa: PLR0917
    bgp = {"asn": "64512", "hop_limit": 2, "neighbour_ips": [f"169.254.{inside}.1"]}
    physical = {
        "path": path,
        "credential_id": "ref_cred_hq",
        "index": 0,
        "access_ip": address,
        "bgp_configs": [bgp],
    }
    return {"name": name, "physical_tunnels": [physical]}
