"""Calls through the real front end, without a protocol between: what hosts get, as a dictionary."""

from collections.abc import Mapping
from typing import Any

import anyio

from mcp_front.server import Front
from shared.settings import Settings

Json = dict[str, Any]


def front_settings(env: Mapping[str, str], **changed: object) -> Settings:
    """Return a front end's settings: those of the workers, without the API key."""
    ours = {
        name: value
        for name, value in env.items()
        if name.startswith("INFOBLOX_MQ_") or name == "REDIS_URL"
    }
    given = {f"INFOBLOX_MQ_{name.upper()}": str(value) for name, value in changed.items()}
    return Settings.from_env(ours | given)


def ask(settings: Settings, *calls: tuple[str, Json]) -> list[Json]:
    """Make all calls at once through one front end and return their envelopes, in order."""
    answers: list[Json] = [{} for _ in calls]

    async def one(front: Front, index: int) -> None:
        name, arguments = calls[index]
        answers[index] = dict((await front.call(name, arguments)).envelope)

    async def all_of_them() -> None:
        front = Front(settings)
        try:
            async with front.running(), anyio.create_task_group() as group:
                for index in range(len(calls)):
                    group.start_soon(one, front, index)
        finally:
            front.close()

    anyio.run(all_of_them)
    return answers


def vpn_payload(name: str, *, psk: str = "a-key-of-the-tests-1234") -> Json:
    """Return a valid Cloud VPN payload for a service of this name."""

    def tunnel(which: str, path: str, address: str) -> Json:
        return {
            "name": which,
            "physical_tunnels": [
                {
                    "path": path,
                    "credential_id": f"ref_cred_{path}",
                    "access_ip": address,
                    "bgp_configs": [{"asn": "64512", "neighbour_ips": ["169.254.21.1"]}],
                }
            ],
        }

    return {
        "universal_service": {
            "operation": "CREATE",
            "name": name,
            "capabilities": [{"type": "dns"}],
        },
        "endpoints": {
            "create": [
                {
                    "id": "ref_endpoint_a",
                    "name": f"{name}-endpoint",
                    "size": "S",
                    "service_location": "AWS Europe (Frankfurt)",
                    "service_ip": "10.10.10.3",
                    "neighbour_ips": ["10.10.10.4", "10.10.10.5"],
                    "preferred_provider": "AWS",
                    "routing_type": "dynamic",
                    "routing_config": {"bgp_config": {"asn": "65500"}},
                }
            ]
        },
        "access_locations": {
            "create": [
                {
                    "id": "ref_accessLoc_a",
                    "endpoint_id": "ref_endpoint_a",
                    "name": f"{name}-site",
                    "type": "Cloud VPN",
                    "routing_type": "dynamic",
                    "cloud_type": "AWS",
                    "cloud_region": "eu-central-1",
                    "tunnel_configs": [
                        tunnel("Pri", "primary", "203.0.113.1"),
                        tunnel("Sec", "secondary", "203.0.113.2"),
                    ],
                }
            ]
        },
        "credentials": {
            "create": [
                {
                    "id": f"ref_cred_{path}",
                    "type": "psk",
                    "name": f"{name}-{path}",
                    "value": psk,
                }
                for path in ("primary", "secondary")
            ]
        },
    }
