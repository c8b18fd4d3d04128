"""The cloud-hosted services the pretend company already has, and the keys of its account."""

from __future__ import annotations

from sandbox import apply
from sandbox.account import Account
from sandbox.payload import entries_of, service_of
from sandbox.places import CREDENTIALS, LOCATIONS
from sandbox.schema import Row

REQUEST = "seed"
BRANCHES = (
    ("ashburn", "iad", "198.51.100.20", {"city": "Ashburn", "state": "Virginia", "country": "US"}),
    ("denver", "iad", "198.51.100.36", {"city": "Denver", "state": "Colorado", "country": "US"}),
    ("leeds", "lon", "198.51.100.52", {"city": "Leeds", "country": "GB"}),
)
"""Each branch with its endpoint, its address on the Internet and its postal address."""
KEYS = (
    ("aws-discovery", "aws", "id_and_secret", True),
    ("azure-discovery", "azure", "id_and_secret", True),
    ("ipam-sync", "csp", "api_key", True),
    ("warehouse-psk-2024", "psk", "psk", False),
)


def plant(account: Account) -> None:
    """Make two services, all of it up already, and keys that no tunnel uses."""
    for body in (payload(psk=account.entropy.token()), branches(account)):
        apply.apply(account, service_of(body), entries_of(body), known=None, request_id=REQUEST)
    account.vpn.births.clear()
    for name, source, kind, active in KEYS:
        account.add(CREDENTIALS, _key(account, name, source, kind=kind, active=active))
    for name, city in (("frankfurt-hq", "Frankfurt"), ("hamburg-office", "Hamburg")):
        address = {"city": city, "country": "DE"}
        account.add(LOCATIONS, {"name": name, "address": address})


def _key(account: Account, name: str, source: str, *, kind: str, active: bool) -> Row:
    # How an API key looks in this list is a guess; that it is there is not.
    data = {
        "psk": {"psk": account.entropy.token()},
        "id_and_secret": {"key_id": account.entropy.uuid(), "secret": account.entropy.token()},
        "api_key": {},
    }
    return {
        "account_id": account.name,
        "name": name,
        "description": "",
        "source_id": source,
        "key_type": kind,
        "key_data": data[kind],
        "active": active,
    }


def payload(*, psk: str) -> Row:
    """Write the consolidated payload of the headquarters: a cloud VPN with two tunnels."""
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


def branches(account: Account) -> Row:
    """Write the consolidated payload of the branches: sites with static routes."""
    guard = next(row for row in account["security_policies"] if row["name"] == "Branch offices")
    policy = {"type": "dfp", "profile_id": str(guard["id"])}
    psk = account.entropy.token()
    return {
        "universal_service": {
            "operation": "CREATE",
            "name": "branch-services",
            "description": "DNS, DHCP and protection for the branch offices",
            "capabilities": [{"type": "dns"}, {"type": "dhcp"}, policy],
            "tags": {"Owner": "network-team"},
        },
        "endpoints": {
            "create": [
                _endpoint("iad", "AWS US (N. Virginia)", "M"),
                _endpoint("lon", "AWS Europe (London)", "S"),
            ]
        },
        "credentials": {
            "create": [{"id": "ref_cred", "type": "psk", "name": "branches-psk", "value": psk}]
        },
        "locations": {
            "create": [
                {"id": f"ref_loc_{name}", "name": f"{name}-branch", "address": address}
                for name, _, _, address in BRANCHES
            ]
        },
        "access_locations": {"create": [_branch(number) for number in range(len(BRANCHES))]},
    }


def _endpoint(where: str, place: str, size: str) -> Row:
    return {
        "id": f"ref_endpoint_{where}",
        "name": f"branches-{where}",
        "size": size,
        "service_location": place,
        "service_ip": f"10.20.{1 if where == 'iad' else 2}.3",
        "neighbour_ips": [],
        "preferred_provider": "AWS",
        "routing_type": "static",
    }


def _branch(number: int) -> Row:
    name, endpoint, outside, _ = BRANCHES[number]
    pair = [
        {"path": path, "credential_id": "ref_cred", "index": index, "access_ip": outside}
        for index, path in enumerate(("primary", "secondary"))
    ]
    return {
        "endpoint_id": f"ref_endpoint_{endpoint}",
        "location_id": f"ref_loc_{name}",
        "type": "Site",
        "name": name,
        "routing_type": "static",
        "wan_ip_addresses": [outside],
        "lan_subnets": [f"10.{64 + number}.0.0/16"],
        "tunnel_configs": [{"name": f"{name}-vpn", "wan_ip": outside, "physical_tunnels": pair}],
    }
