"""What is special about DNS records: where they live and what they say."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

from sandbox.account import Account, last
from sandbox.errors import conflict, invalid
from sandbox.schema import Fields, Row, checked, fields

DATA: Mapping[str, Fields] = {
    "A": fields("address: ipv4 required"),
    "AAAA": fields("address: ipv6 required"),
    "CAA": fields("""
        flags: integer size=0..255
        tag: string required words=issue|issuewild|iodef
        value: string required"""),
    "CNAME": fields("cname: string required"),
    "DNAME": fields("target: string required"),
    "DHCID": fields("dhcid: string required"),
    "MX": fields("""
        preference: integer required size=0..65535
        exchange: string required"""),
    "NAPTR": fields("""
        order: integer required size=0..65535
        preference: integer required size=0..65535
        flags: string words=U|S|A|P
        services: string required
        regexp: string
        replacement: string required"""),
    "NS": fields("dname: string required"),
    "PTR": fields("dname: string required"),
    "SRV": fields("""
        priority: integer required size=0..65535
        weight: integer size=0..65535
        port: integer required size=0..65535
        target: string required"""),
    "TXT": fields("text: string required"),
}
DEFAULTS: Mapping[str, Row] = {"CAA": {"flags": 0}, "SRV": {"weight": 0}}
NAMES = frozenset({"cname", "dname", "exchange", "target", "replacement"})
OPTIONS = frozenset({"create_ptr", "check_rmz", "address"})
APEX = "@"
ZONES = "dns/auth_zone"
PLACES = ("zone", "name_in_zone", "absolute_name_spec", "view")


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Find the zone, complete the names, and write the data as text."""
    kind = row["type"]
    data = _data(kind, row["rdata"])
    place = _moved(account, row, before) if before else _place(account, row)
    zone = account[ZONES].get(last(place["zone"]))
    name = place["name_in_zone"]
    full = f"{name}.{zone['fqdn']}" if name else zone["fqdn"]
    derived: Row = {
        **place,
        "absolute_name_spec": full,
        "absolute_zone_name": zone["fqdn"],
        "dns_absolute_name_spec": full.lower(),
        "dns_absolute_zone_name": zone["fqdn"].lower(),
        "dns_name_in_zone": name.lower(),
        "dns_rdata": _text(kind, data),
        "rdata": data,
        "view": zone["view"],
        "view_name": account["dns/view"].get(last(zone["view"]))["name"],
        "source": ["STATIC"],
    }
    made = {**row, **derived}
    _refuse_alias_clash(account, made, before)
    return {"disabled": False, "comment": "", **made}


def natural(row: Row) -> str:
    """Name a record by its zone, type, name and data."""
    return (
        f"zone={last(row['zone'])} type={row['type']} name={row['name_in_zone']} "
        f"rdata={row['dns_rdata']}"
    )


def _data(kind: str, rdata: Row) -> Row:
    table = DATA.get(kind)
    if table is None:
        raise invalid(f"invalid value for field 'type': '{kind}' is not supported")
    kept = checked(table, rdata, partial=False)
    ended = {name: _dotted(value) for name, value in kept.items() if name in NAMES}
    return {**DEFAULTS.get(kind, {}), **kept, **ended}


def _dotted(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


_WRITERS: Mapping[str, Callable[[Row], str]] = {
    "TXT": lambda data: f'"{data["text"]}"',
    "CAA": lambda data: f'{data["flags"]} {data["tag"]} "{data["value"]}"',
    "SRV": lambda data: "{priority} {weight} {port} {target}".format(**data),
}


def _text(kind: str, data: Row) -> str:
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(data)
    order = [str(data[name]) for name in DATA[kind] if name in data]
    return " ".join(order)


def _place(account: Account, row: Row) -> Row:
    """Read the one way in which a create says where the record goes."""
    options = row.get("options") or {}
    unknown = set(options) - OPTIONS
    if unknown:
        raise invalid(f"unknown field: options.{min(unknown)}")
    by_zone = row.get("zone") is not None
    by_name = row.get("absolute_name_spec") is not None
    by_address = row["type"] == "PTR" and "address" in options
    if by_zone + by_name + by_address != 1:
        raise invalid("exactly one of zone, absolute_name_spec and options.address is expected")
    if by_zone:
        return _in_zone(account, row)
    if row.get("view") is None:
        raise invalid("required field missing: view")
    name = row["absolute_name_spec"] if by_name else _reverse(options["address"])
    return _below(account, row["view"], name)


def _in_zone(account: Account, row: Row) -> Row:
    zone = account[ZONES].get(last(row["zone"]))
    if row.get("view") not in {None, zone["view"]}:
        raise invalid(f"zone '{zone['id']}' belongs to another view")
    name = row.get("name_in_zone")
    if name is None:
        raise invalid("required field missing: name_in_zone")
    return {"zone": zone["id"], "name_in_zone": "" if name == APEX else name.rstrip(".")}


def _reverse(address: object) -> str:
    try:
        return f"{ipaddress.ip_address(str(address)).reverse_pointer}."
    except ValueError:
        raise invalid("invalid value for field 'options.address'") from None


def _below(account: Account, view: str, name: str) -> Row:
    name = _dotted(name)
    zones = [row for row in account[ZONES] if row["view"] == view and _is_in(name, row["fqdn"])]
    if not zones:
        raise invalid(f"no zone of the view holds '{name}'")
    zone = max(zones, key=lambda row: len(row["fqdn"]))
    return {"zone": zone["id"], "name_in_zone": name[: -len(zone["fqdn"])].rstrip(".")}


def _is_in(name: str, fqdn: str) -> bool:
    return name.lower() == fqdn.lower() or name.lower().endswith(f".{fqdn.lower()}")


def _moved(account: Account, row: Row, before: Row) -> Row:
    """Follow a rename inside the zone; both names together must agree."""
    renamed = row["name_in_zone"] != before["name_in_zone"]
    respelt = row["absolute_name_spec"] not in {None, before["absolute_name_spec"]}
    if not respelt:
        return _in_zone(account, row)
    place = _below(account, before["view"], row["absolute_name_spec"])
    if place["zone"] != before["zone"] or (renamed and place != _in_zone(account, row)):
        raise invalid("absolute_name_spec and name_in_zone contradict each other")
    return place


def _refuse_alias_clash(account: Account, row: Row, before: Row | None) -> None:
    """Keep an alias alone at its name."""
    own = before["id"] if before else None
    for other in account["dns/record"]:
        if other["id"] == own or other["zone"] != row["zone"]:
            continue
        if other["name_in_zone"].lower() != row["name_in_zone"].lower():
            continue
        if "CNAME" in {other["type"], row["type"]} and other["dns_rdata"] != row["dns_rdata"]:
            raise conflict(f"A conflicting record already exists for '{row['absolute_name_spec']}'")
