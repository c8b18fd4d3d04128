"""Arguments that a tool takes, made from its model: all of them, or those that it must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from shared.catalog import Args, Operation, WriteArgs
from shared.identifiers import ObjectId

# What a type does not tell: values that a rule of the tool allows, by the name of the argument.
SAID: dict[str, Any] = {
    "address": "10.0.1.0",
    "address_filter": "10.0.1.0",
    "address_state": "free",
    "asn": "65000",
    "cidr": 24,
    "content": "bWFj",
    "config_profile_id": "dhcp/server/5",
    "config_profile_ids": ["dhcp/server/5"],
    "domain": "example.com",
    "domain_name": "b\u00fccher.example",
    "email_address": "john.doe@example.com",
    "end": "10.0.1.20",
    "end_date": "2027-01-02T00:00:00Z",
    "end_time": "2027-01-02T00:00:00Z",
    "expiration": "2027-01-02T00:00:00Z",
    "fields": "id,name",
    "field": "name",
    "filter": 'name=="prod"',
    "fqdn": "example.com.",
    "host_names": [{"name": "web", "zone": "dns/auth_zone/5", "primary_name": True}],
    "inheritance_sources": {},
    "ip_address": "10.0.1.5",
    "ipv6_address": "2001:db8::5",
    "mac_address": "00:11:22:33:44:55",
    "name_in_zone": "www",
    "object_id": "ipam/subnet/5",
    "object_ids": ["ipam/subnet/5"],
    "order_by": "name desc",
    "order_by_tags": "Site",
    "state_filter": "used",
    "range_end": "10.0.1.20",
    "range_start": "10.0.1.10",
    "rdata": {"address": "10.0.1.5"},
    "cloud_region": "eu-central-1",
    "service_location": "AWS Europe (Frankfurt)",
    "start": "10.0.1.10",
    "start_date": "2027-01-01T00:00:00Z",
    "start_time": "2027-01-01T00:00:00Z",
    "tag_filter": 'Site=="Berlin"',
    "tags": {"Site": "Berlin"},
    "type_filter": "A",
}
# Tools with a rule between arguments: what is left out of all of them, or said otherwise.
LEFT_OUT: dict[str, set[str]] = {
    "create_dns_record": {"absolute_name_spec", "options", "view"},
    "add_named_list_items": {"items"},
    "create_dns_zone": {"external_forwarders", "forward_only"},
    "create_threat_named_list": {"items"},
    "get_insight_security_events": {"source_ip"},
    "list_pop_regions": {"location", "region"},
    "list_security_policy_rules": {"category_filter_id", "list_id", "policy_id"},
    "remove_named_list_items": {"items"},
    "update_named_list": {"items"},
    "update_vpn_access_location": {"tunnel_configs"},
    "create_ipam_host": {"addresses"},
    "send_dhcp_lease_command": {"range", "subnet"},
    "provision_host": {"subnet"},
    "decommission_host": {"host_id"},
}
ITEMS = {"items_described": [{"item": "bad.example", "description": "seen"}]}
SAID_OF: dict[str, dict[str, Any]] = {
    "bulk_call": {"calls": [{"tool": "get_subnet", "arguments": {"subnet_id": "5"}}]},
    "decommission_host": {"hostname": "web01"},
    "flush_dns_cache": {"ophid": "5"},
    "provision_host": {"ip_address": "10.0.1.5"},
    "add_named_list_items": ITEMS,
    "create_threat_named_list": ITEMS,
    "create_vpn_location": {"address": {"country": "DE", "city": "Berlin"}},
    "list_td_insight_assets": {"ip_address": ["10.0.1.5", "10.0.1.6"]},
    "remove_named_list_items": ITEMS,
    "update_app_approvals": {"add": [{"app_name": "Slack", "status": "approved"}]},
    "update_internal_domain_list_items": {"add": [{"item": "lab.example"}]},
    "update_named_list_items": {"add": [{"item": "bad.example"}]},
    "create_dns_record": {"type": "A", "zone": "5", "name_in_zone": "www"},
    "send_dhcp_lease_command": {"address": [{"address": "10.0.1.5", "space": "5"}]},
    "bulk_create_mac_address_items": {"addresses": ["00:11:22:33:44:55"]},
    "create_mac_address_item": {"address": "00:11:22:33:44:55"},
    "update_mac_address_item": {"address": "00:11:22:33:44:55"},
    "create_hardware_filter": {"addresses": ["00:11:22:33:44:55"]},
    "update_hardware_filter": {"addresses": ["00:11:22:33:44:55"]},
    "upload_kerberos_keytab": {"type": "KEYTAB"},
}
TEXTS: dict[Any, str] = {
    datetime: "2027-01-01T00:00:00Z",
    AwareDatetime: "2027-01-01T00:00:00Z",
    IPv4Address: "10.0.1.5",
    IPv6Address: "2001:db8::5",
    IPv4Interface: "169.254.21.2/30",
    IPv4Network: "198.18.1.0/24",
}


def arguments(row: Operation, *, everything: bool) -> dict[str, Any]:
    """Return arguments as a host would send them."""
    own = SAID_OF.get(row.name, {})
    left_out = LEFT_OUT.get(row.name, set())
    found = {
        name: own.get(name, _value(name, info))
        for name, info in row.args.model_fields.items()
        if name not in left_out
        and name not in WriteArgs.model_fields
        and (everything or info.is_required() or name in own)
    }
    if "cidr" in row.args.model_fields and "address" in found:
        found["cidr"] = 24
    if row.name.startswith("update_") and not everything:
        found |= dict(list(_changes(row))[:1])
    return found


def _changes(row: Operation) -> Iterator[tuple[str, Any]]:
    for name, info in row.args.model_fields.items():
        if name not in WriteArgs.model_fields and not info.is_required():
            yield name, SAID_OF.get(row.name, {}).get(name, _value(name, info))


def _value(name: str, info: FieldInfo) -> Any:
    if name in SAID:
        return SAID[name]
    return made(info.annotation, list(info.metadata), name)


def made(kind: Any, rules: list[Any], name: str) -> Any:
    """Return a value of a type."""
    origin = get_origin(kind)
    if origin is Annotated:
        kind, *more = get_args(kind)
        return made(kind, [*rules, *more], name)
    if origin in {Union, UnionType}:
        options = [option for option in get_args(kind) if option is not NoneType]
        return made(options[0], rules, name)
    if origin is Literal:
        return get_args(kind)[0]
    if origin in {list, dict}:
        return {"a": "b"} if origin is dict else [made(get_args(kind)[0], [], name)]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return part(kind)
    return _plain(kind, _flat(rules), name)


def part(model: type[BaseModel]) -> dict[str, Any]:
    """Return an object of a payload with every field."""
    return {name: _value(name, info) for name, info in model.model_fields.items()}


def _flat(rules: list[Any]) -> list[Any]:
    return [
        inner
        for rule in rules
        for inner in (rule.metadata if isinstance(rule, FieldInfo) else [rule])
    ]


def _plain(kind: Any, rules: list[Any], name: str) -> Any:
    for rule in rules:
        if isinstance(rule, ObjectId):
            return f"{rule.prefixes[0]}/5"
    if kind is bool:
        return True
    if kind in {int, float}:
        least = [rule.ge for rule in rules if isinstance(rule, Ge)]
        most = [rule.le for rule in rules if isinstance(rule, Le)]
        return least[0] if least else most[0] if most else 5
    if kind is str:
        return "10.0.1.5" if "address" in name else "text"
    return TEXTS.get(kind, "text")


def checked(row: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as the workers get them."""
    model: type[Args] = row.args
    return model.model_validate(given).model_dump(mode="json")
