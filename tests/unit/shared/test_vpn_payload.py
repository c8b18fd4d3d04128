import copy
import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from shared.operations.vpn_arguments import ConfigureVpnInfrastructure
from shared.operations.vpn_payload import VpnPayload, wire_payload
from shared.schemas import slim

Json = dict[str, Any]
SECRET = "canary-of-a-pre-shared-key"


def credential(label: str, name: str, **more: Any) -> Json:
    return {"id": label, "type": "psk", "name": name, "value": SECRET, **more}


def cloud_tunnel(name: str, path: str, key: str, address: str) -> Json:
    bgp = {"asn": "64512", "hop_limit": 2, "neighbour_ips": [address]}
    tunnel = {"path": path, "credential_id": key, "index": 0, "access_ip": "198.51.100.1"}
    return {"name": name, "physical_tunnels": [{**tunnel, "bgp_configs": [bgp]}]}


def cloud_location(endpoint: str, first_key: str, second_key: str) -> Json:
    return {
        "endpoint_id": endpoint,
        "routing_type": "dynamic",
        "type": "Cloud VPN",
        "name": "SITE",
        "cloud_type": "AWS",
        "cloud_region": "eu-central-1",
        "lan_subnets": [],
        "tunnel_configs": [
            cloud_tunnel("Pri", "primary", first_key, "169.254.21.1"),
            cloud_tunnel("Sec", "secondary", second_key, "169.254.22.1"),
        ],
    }


def aws_dynamic_create() -> Json:
    return {
        "universal_service": {
            "operation": "CREATE",
            "name": "Instrqt-SaaS",
            "capabilities": [{"type": "dns"}],
            "tags": {"owner": "someone@example.com"},
        },
        "access_locations": {
            "create": [
                {
                    "id": "ref_accessLoc_SITE",
                    **cloud_location("ref_endpoint_Test", "ref_cred_test1", "ref_cred_test2"),
                }
            ],
            "update": [],
            "delete": [],
        },
        "endpoints": {
            "create": [
                {
                    "id": "ref_endpoint_Test",
                    "name": "Test",
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
            ],
            "update": [],
            "delete": [],
        },
        "credentials": {
            "create": [
                credential("ref_cred_test1", "test1", cred_data={}),
                credential("ref_cred_test2", "test2", cred_data={}),
            ],
            "update": [],
        },
        "locations": {"create": [], "update": []},
    }


def dhcp_site_static_create() -> Json:
    key = {"credential_id": "ref_cred_site"}
    return {
        "universal_service": {
            "operation": "CREATE",
            "name": "branch",
            "description": "DEPLOY",
            "capabilities": [{"type": "dhcp", "profile_id": ""}],
        },
        "credentials": {
            "create": [credential("ref_cred_site", "branch-psk", description="AUTOMATION-KEY")]
        },
        "locations": {
            "create": [
                {
                    "id": "ref_loc_site",
                    "name": "branch-loc",
                    "address": {"country": "US", "postal_code": "10001"},
                    "latitude": 40.7,
                    "longitude": -74.0,
                }
            ]
        },
        "endpoints": {
            "create": [
                {
                    "id": "ref_endpoint_site",
                    "name": "branch-ep",
                    "size": "S",
                    "service_location": "AWS US (N. Virginia)",
                    "service_ip": "10.10.10.1",
                    "neighbour_ips": ["10.10.10.2", "10.10.10.3"],
                    "preferred_provider": "AWS",
                    "routing_type": "static",
                }
            ]
        },
        "access_locations": {
            "create": [
                {
                    "endpoint_id": "ref_endpoint_site",
                    **key,
                    "location_id": "ref_loc_site",
                    "wan_ip_addresses": ["203.0.113.1"],
                    "routing_type": "static",
                    "tunnel_configs": [
                        {
                            "name": "branch-tunnel",
                            "identity_type": "KeyID",
                            "wan_ip": "203.0.113.1",
                            "physical_tunnels": [
                                {"path": "primary", **key},
                                {"path": "secondary", **key},
                            ],
                        }
                    ],
                }
            ]
        },
    }


def site_two_physical_tunnels() -> Json:
    tunnel = {"credential_id": "ref_cred", "access_ip": "203.0.113.1"}
    return {
        "universal_service": {
            "operation": "CREATE",
            "name": "example-xaas",
            "capabilities": [{"type": "dns"}],
        },
        "locations": {
            "create": [
                {
                    "id": "ref_loc",
                    "name": "example-edge-ashburn",
                    "address": {
                        "city": "Ashburn",
                        "state": "Virginia",
                        "country": "United States of America",
                        "postal_code": "20147",
                    },
                }
            ]
        },
        "endpoints": {
            "create": [
                {
                    "id": "ref_ep",
                    "name": "example-xaas-sd",
                    "size": "S",
                    "service_location": "AWS US East (N. Virginia)",
                    "service_ip": "192.0.2.10",
                    "neighbour_ips": ["192.0.2.11", "192.0.2.12"],
                    "preferred_provider": "AWS",
                    "routing_type": "static",
                }
            ]
        },
        "access_locations": {
            "create": [
                {
                    "endpoint_id": "ref_ep",
                    "id": "ref_al",
                    "location_id": "ref_loc",
                    "routing_type": "static",
                    "type": "Site",
                    "name": "example-al",
                    "lan_subnets": ["192.0.2.0/24"],
                    "tunnel_configs": [
                        {
                            "name": "example-conn",
                            "wan_ip": "203.0.113.1",
                            "physical_tunnels": [
                                {"path": "primary", "index": 0, **tunnel},
                                {"path": "secondary", "index": 1, **tunnel},
                            ],
                        }
                    ],
                }
            ]
        },
    }


def site_with_credential() -> Json:
    return site_two_physical_tunnels() | {"credentials": {"create": [credential("ref_cred", "x")]}}


def update_primary_tunnel() -> Json:
    location = cloud_location("endpoint1", "11111111-aaaa", "22222222-bbbb") | {"id": "location1"}
    for number, config in enumerate(location["tunnel_configs"]):
        config["id"] = f"tunnel{number}"
        config["physical_tunnels"][0]["bgp_configs"] = [
            {
                "id": f"bgp{number}",
                "asn": 64512,
                "hop_limit": 2,
                "cloud_cidr": f"169.254.2{number}.0/30",
            }
        ]
    endpoint = aws_dynamic_create()["endpoints"]["create"][0] | {"id": "endpoint1", "tags": {}}
    return {
        "universal_service": {
            "operation": "UPDATE",
            "id": "service1",
            "name": "Instrqt-SaaS",
            "description": "",
            "capabilities": [
                {"type": "dns", "profile_id": ""},
                {"type": "dfp", "profile_id": "4711"},
            ],
            "tags": {},
        },
        "access_locations": {"create": [], "update": [location], "delete": []},
        "endpoints": {"create": [], "update": [endpoint], "delete": []},
        "credentials": {"create": [], "update": []},
        "locations": {"create": [], "update": []},
    }


def delete_access_location() -> Json:
    payload = update_primary_tunnel()
    payload["access_locations"] = {"create": [], "update": [], "delete": ["location1"]}
    payload["endpoints"]["update"] = []
    return payload


def create_access_location_again() -> Json:
    return {
        "universal_service": {"operation": "UPDATE", "id": "service1"},
        "access_locations": {
            "create": [cloud_location("endpoint1", "ref_cred_1", "ref_cred_2")],
            "update": [],
            "delete": [],
        },
        "credentials": {
            "create": [
                credential("ref_cred_1", "pri-a1b2c3", cred_data={}),
                credential("ref_cred_2", "sec-a1b2c3", cred_data={}),
            ],
            "update": [],
        },
    }


def to_an_existing_endpoint() -> Json:
    return changed(aws_dynamic_create, "access_locations.create.0.endpoint_id", "existing1")


def credential_only_create() -> Json:
    nothing: Json = {"create": [], "update": [], "delete": []}
    return {
        "universal_service": {
            "operation": "CREATE",
            "name": "Test-API-Key-VPN",
            "capabilities": [{"type": "dns"}],
            "tags": {"test": "api_key_auth"},
        },
        "credentials": {"create": [credential("ref_cred_test", "test-cred")], "update": []},
        "endpoints": nothing,
        "access_locations": nothing,
        "locations": {"create": [], "update": []},
    }


GOOD: list[Callable[[], Json]] = [
    aws_dynamic_create,
    dhcp_site_static_create,
    site_with_credential,
    update_primary_tunnel,
    delete_access_location,
    create_access_location_again,
]


def problems(payload: object) -> dict[str, str]:
    """Return the message of each place that is refused."""
    try:
        VpnPayload.model_validate(payload)
    except ValidationError as error:
        return {".".join(map(str, item["loc"])): item["msg"] for item in error.errors()}
    return {}


def changed(make: Callable[[], Json], place: str, value: object = ...) -> Json:
    """Return an example with one value set, or left out."""
    payload: Any = copy.deepcopy(make())
    *parents, last = [int(part) if part.isdecimal() else part for part in place.split(".")]
    owner = payload
    for part in parents:
        owner = owner[part]
    if value is ...:
        del owner[last]
    else:
        owner[last] = value
    return dict(payload)


@pytest.mark.parametrize("make", GOOD)
def test_a_good_example_is_accepted(make: Callable[[], Json]) -> None:
    assert problems(make()) == {}


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: without_empty(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in ([], {})}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def with_texts(value: Any) -> Any:
    """Write every AS number as the API wants it, and the default beside it."""
    if isinstance(value, dict):
        found = {name: with_texts(item) for name, item in value.items()}
        return found | ({"asn": str(found["asn"])} if "asn" in found else {})
    return [with_texts(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("make", GOOD)
def test_what_is_sent_is_what_was_given(make: Callable[[], Json]) -> None:
    stored = VpnPayload.model_validate(make()).model_dump(mode="json")
    assert without_empty(wire_payload(stored)) == without_empty(with_texts(make()))


def test_what_is_sent_is_json_without_nulls() -> None:
    stored = VpnPayload.model_validate(dhcp_site_static_create()).model_dump(mode="json")
    assert "null" in json.dumps(stored)
    assert "null" not in json.dumps(wire_payload(stored))


def test_empty_lists_and_texts_are_sent() -> None:
    stored = VpnPayload.model_validate(update_primary_tunnel()).model_dump(mode="json")
    sent = wire_payload(stored)
    assert sent["universal_service"]["description"] == ""
    assert sent["access_locations"]["delete"] == []


def test_the_stored_payload_is_accepted_again() -> None:
    stored = VpnPayload.model_validate(aws_dynamic_create()).model_dump(mode="json")
    assert problems(stored) == {}


def test_full_ids_become_bare() -> None:
    payload = update_primary_tunnel()
    payload["universal_service"]["id"] = "infra/universal_service/service1"
    payload["access_locations"]["delete"] = ["infra/access_location/gone"]
    location = payload["access_locations"]["update"][0]
    location |= {"id": "infra/access_location/location1", "endpoint_id": "infra/endpoint/endpoint1"}
    sent = wire_payload(VpnPayload.model_validate(payload).model_dump(mode="json"))
    assert sent["universal_service"]["id"] == "service1"
    assert sent["access_locations"]["delete"] == ["gone"]
    assert sent["access_locations"]["update"][0]["id"] == "location1"
    assert sent["access_locations"]["update"][0]["endpoint_id"] == "endpoint1"


AWS = "access_locations.create.0"
TUNNELS = f"{AWS}.tunnel_configs"
ENDPOINT = "endpoints.create.0"
CHANGED = "access_locations.update.0"
BGP = f"{TUNNELS}.0.physical_tunnels.0.bgp_configs.0"
TWO = "exactly two tunnel_configs"
ONE = "exactly one tunnel_config"

BAD: list[tuple[Callable[[], Json], str, object, str, str]] = [
    (update_primary_tunnel, "universal_service.id", ..., "", "UPDATE needs id"),
    (aws_dynamic_create, "universal_service.name", ..., "", "CREATE needs name"),
    (aws_dynamic_create, "universal_service.name", " ", "", "at least 1 character"),
    (aws_dynamic_create, "universal_service.capabilities", ..., "", "CREATE needs capabilities"),
    (aws_dynamic_create, "universal_service.capabilities", [], "", "at least 1 item"),
    (aws_dynamic_create, "universal_service.operation", "create", "", "'CREATE' or 'UPDATE'"),
    (to_an_existing_endpoint, "endpoints", None, "endpoints.create", "at least one endpoint"),
    (
        aws_dynamic_create,
        "access_locations",
        {},
        "access_locations.create",
        "at least one access location",
    ),
    (aws_dynamic_create, "universal_service.capabilities.0.type", "DNS", "", "'dns'"),
    (
        update_primary_tunnel,
        "universal_service.capabilities.1.profile_id",
        "",
        "",
        "dfp needs profile_id",
    ),
    (
        update_primary_tunnel,
        "universal_service.capabilities.1.profile_id",
        ...,
        "",
        "dfp needs profile_id",
    ),
    (aws_dynamic_create, f"{AWS}.endpoint_id", "ref_other", "", "not in endpoints.create"),
    (aws_dynamic_create, f"{AWS}.endpoint_id", "dns/record/x", "", "infra/endpoint"),
    (dhcp_site_static_create, f"{AWS}.location_id", "ref_x", "", "not in locations.create"),
    (dhcp_site_static_create, f"{AWS}.credential_id", "ref_x", "", "not in credentials.create"),
    (
        aws_dynamic_create,
        f"{TUNNELS}.1.physical_tunnels.0.credential_id",
        "ref_endpoint_Test",
        "",
        "not in credentials.create",
    ),
    (aws_dynamic_create, f"{AWS}.id", "ref_endpoint_Test", "", "used twice"),
    (to_an_existing_endpoint, f"{ENDPOINT}.id", "endpoint1", "", "ref_"),
    (
        aws_dynamic_create,
        TUNNELS,
        aws_dynamic_create()["access_locations"]["create"][0]["tunnel_configs"][:1],
        "",
        TWO,
    ),
    (aws_dynamic_create, f"{TUNNELS}.1.physical_tunnels.0.path", "primary", TUNNELS, TWO),
    (site_with_credential, f"{AWS}.location_id", ..., "", "Site needs location_id"),
    (
        site_with_credential,
        f"{TUNNELS}.0.physical_tunnels",
        [{"path": "primary", "credential_id": "ref_cred"}],
        TUNNELS,
        ONE,
    ),
    (
        site_with_credential,
        f"{TUNNELS}.0.physical_tunnels.1.path",
        "primary",
        TUNNELS,
        ONE,
    ),
    (site_with_credential, "locations.create.0.address.country", ..., "", "Field required"),
    (aws_dynamic_create, f"{ENDPOINT}.neighbour_ips", ["10.10.10.4"], "", "two different"),
    (aws_dynamic_create, f"{ENDPOINT}.neighbour_ips", [], "", "two different"),
    (aws_dynamic_create, f"{ENDPOINT}.neighbour_ips", ["10.1.1.1"] * 2, "", "two different"),
    (
        aws_dynamic_create,
        f"{ENDPOINT}.neighbour_ips",
        ["10.10.10.3", "10.10.10.4"],
        "",
        "neither may be service_ip",
    ),
    (
        update_primary_tunnel,
        "endpoints.update.0.neighbour_ips",
        ["10.10.10.3", "10.10.10.4"],
        "",
        "neither may be service_ip",
    ),
    (aws_dynamic_create, f"{BGP}.asn", "0", "", "1 to 4294967295"),
    (aws_dynamic_create, f"{BGP}.asn", 4_294_967_296, "", "1 to 4294967295"),
    (aws_dynamic_create, f"{BGP}.asn", "AS64512", "", "1 to 4294967295"),
    (aws_dynamic_create, f"{BGP}.asn", True, "", "valid string"),
    (aws_dynamic_create, f"{ENDPOINT}.service_location", "eu-central-1", "", "is a region id"),
    (
        update_primary_tunnel,
        "endpoints.update.0.service_location",
        "us-gov-west-1",
        "",
        "is a region id",
    ),
    (
        aws_dynamic_create,
        f"{AWS}.cloud_region",
        "AWS Europe (Frankfurt)",
        "",
        "is not a region id",
    ),
    (aws_dynamic_create, f"{ENDPOINT}.name", ..., "", "Field required"),
    (aws_dynamic_create, f"{TUNNELS}.0.name", "", "", "at least 1 character"),
    (update_primary_tunnel, f"{CHANGED}.id", ..., "", "Field required"),
    (update_primary_tunnel, f"{CHANGED}.tunnel_configs.0.id", ..., "", "update needs the id"),
    (
        update_primary_tunnel,
        f"{CHANGED}.tunnel_configs.1.physical_tunnels.0.bgp_configs.0.id",
        ...,
        "",
        "update needs the id",
    ),
    (aws_dynamic_create, "credentials.create.0.value", ..., "", "Field required"),
    (aws_dynamic_create, "credentials.create.0.value", "x" * 15, "", "at least 16"),
    (aws_dynamic_create, "credentials.create.0.value", "x" * 257, "", "at most 256"),
    (aws_dynamic_create, "credentials.create.0.cred_data", {"k": "v"}, "", "at most 0"),
    (aws_dynamic_create, "credentials.create.0.secret", "v", "", "not permitted"),
]


@pytest.mark.parametrize(("make", "place", "value", "refused", "message"), BAD)
def test_a_change_that_breaks_one_rule_is_refused_there(
    make: Callable[[], Json], place: str, value: object, refused: str, message: str
) -> None:
    found = problems(changed(make, place, value))
    assert list(found) == [refused or place]
    assert message in found[refused or place]


@pytest.mark.parametrize(
    ("make", "place", "value"),
    [
        (aws_dynamic_create, f"{AWS}.endpoint_id", "existing1"),
        (aws_dynamic_create, f"{BGP}.asn", 4_294_967_295),
        (aws_dynamic_create, f"{ENDPOINT}.service_location", "AWS Asia Pacific (Tokyo) 1"),
        (aws_dynamic_create, f"{AWS}.cloud_region", "us-gov-west-1"),
        (aws_dynamic_create, "credentials.create.0.value", "x" * 16),
        (aws_dynamic_create, "credentials.create.0.value", "x" * 256),
        (aws_dynamic_create, f"{AWS}.id", ...),
        (update_primary_tunnel, "endpoints.update.0.neighbour_ips", []),
        (update_primary_tunnel, "endpoints.update.0.neighbour_ips", ...),
        (update_primary_tunnel, "universal_service.capabilities.1.profile_id", 4711),
        (site_with_credential, f"{AWS}.location_id", "infra/location/existing1"),
    ],
)
def test_a_change_within_the_rules_is_accepted(
    make: Callable[[], Json], place: str, value: object
) -> None:
    assert problems(changed(make, place, value)) == {}


def test_a_credential_alone_is_no_deployment() -> None:
    assert list(problems(credential_only_create())) == [
        "endpoints.create",
        "access_locations.create",
    ]


def test_a_site_whose_credential_is_missing_is_refused_at_both_tunnels() -> None:
    place = "access_locations.create.0.tunnel_configs.0.physical_tunnels"
    assert list(problems(site_two_physical_tunnels())) == [
        f"{place}.0.credential_id",
        f"{place}.1.credential_id",
    ]


def test_every_problem_is_reported_at_once() -> None:
    payload = changed(aws_dynamic_create, f"{AWS}.endpoint_id", "ref_other")
    payload["endpoints"]["create"][0] |= {"size": "XXL", "neighbour_ips": ["10.10.10.4"]}
    payload["universal_service"]["capabilities"] = [{"type": "dfp"}]
    payload["universal_service"]["colour"] = "blue"
    assert set(problems(payload)) == {
        "access_locations.create.0.endpoint_id",
        "endpoints.create.0.size",
        "endpoints.create.0.neighbour_ips",
        "universal_service.capabilities.0.profile_id",
        "universal_service.colour",
    }


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "text",
        {},
        {"universal_service": []},
        {"universal_service": {}, "endpoints": 5},
        {"access_locations": {"create": [5, {"tunnel_configs": 5, "endpoint_id": {"a": 1}}]}},
        {"endpoints": {"create": [{"id": [], "neighbour_ips": [{}, 5]}]}},
    ],
)
def test_any_other_shape_is_refused_in_words(payload: object) -> None:
    assert problems(payload)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("credentials.create.0.name", ...),
        ("credentials.create.0.colour", "blue"),
        ("credentials.create.0.value", SECRET[:15]),
        ("credentials.create.0.value", [SECRET]),
        ("credentials.create.0", SECRET),
        ("credentials.create.0.cred_data", {"key": SECRET}),
        ("universal_service.name", ...),
        ("universal_service", SECRET),
        ("endpoints.create", []),
    ],
)
def test_the_secret_shows_in_no_error(place: str, value: object) -> None:
    arguments = {"vpn_payload": changed(aws_dynamic_create, place, value)}
    with pytest.raises(ValidationError) as caught:
        ConfigureVpnInfrastructure.model_validate(arguments)
    shown = f"{caught.value!r} {caught.value.errors()} {caught.value.json()}"
    shown += "".join(traceback.format_exception(caught.value))
    assert SECRET[:15] not in shown


def test_the_secret_shows_in_no_repr_but_is_sent() -> None:
    payload = VpnPayload.model_validate(aws_dynamic_create())
    assert SECRET not in f"{payload!r} {payload}"
    sent = wire_payload(payload.model_dump(mode="json"))
    assert sent["credentials"]["create"][0]["value"] == SECRET


def test_the_schema_is_small_and_says_what_is_needed() -> None:
    schema = json.dumps(slim(VpnPayload.model_json_schema()))
    assert len(schema) < 12_000
    assert "AWS Europe (Frankfurt)" in schema
    assert '"null"' not in schema
    assert SECRET not in schema
