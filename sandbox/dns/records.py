"""What is special about DNS records: where they live, how long they are kept, what clashes."""

from __future__ import annotations

import ipaddress

from sandbox.account import Account, last
from sandbox.dns import rdata
from sandbox.dns.names import RECORD, VIEW, ZONE, domain, dotted, punycode
from sandbox.errors import conflict, invalid
from sandbox.schema import Row

__all__ = ["RECORD", "natural", "prepare", "settled"]

OPTIONS = frozenset({"create_ptr", "check_rmz", "address"})
APEX = "@"
DEFAULT_TTL = 28800


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Find the zone, complete the names, and write the data as text."""
    kind = row["type"]
    data = rdata.checked_data(kind, row["rdata"])
    place = _moved(account, row, before) if before else _place(account, row)
    zone = account[ZONE].get(last(place["zone"]))
    made = {**row, **place, **_names(zone, place["name_in_zone"])}
    made |= {
        "dns_rdata": rdata.text(kind, data),
        "rdata": data,
        "view": zone["view"],
        "view_name": account[VIEW].get(last(zone["view"]))["name"],
        "source": before["source"] if before else ["STATIC"],
        **_lifetime(zone, row, before),
    }
    _refuse_clash(account, made, own=before["id"] if before else None)
    if before is None:
        _check_reverse(account, made)
    return {"disabled": False, "comment": "", **made}


def _names(zone: Row, name: str) -> Row:
    full = f"{name}.{zone['fqdn']}" if name else zone["fqdn"]
    return {
        "absolute_name_spec": full,
        "absolute_zone_name": zone["fqdn"],
        "dns_absolute_name_spec": punycode(full),
        "dns_absolute_zone_name": punycode(zone["fqdn"]),
        "dns_name_in_zone": punycode(name),
    }


def _lifetime(zone: Row, row: Row, before: Row | None) -> Row:
    """Settle the time to live: its own, or that of the zone."""
    default = (zone.get("zone_authority") or {}).get("default_ttl", DEFAULT_TTL)
    source = (row.get("inheritance_sources") or {}).get("ttl") or {}
    action = source.get("action")
    changed = before is not None and row.get("ttl") != before["ttl"]
    if action is None or (changed and action == "inherit"):
        action = "inherit" if row.get("ttl") is None else "override"
    given = {"action": action, "source": zone["id"], "display_name": zone["fqdn"], "value": default}
    ttl = default if action == "inherit" or row.get("ttl") is None else row["ttl"]
    return {"ttl": ttl, "inheritance_sources": {"ttl": given}}


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Make the pointer that goes with a new address record."""
    if before is not None or after is None or not _wants_pointer(after):
        return
    zone = _zone_above(account, after["view"], _reverse(after["rdata"]["address"]))
    if zone is None:
        return
    wish = {
        **_below(account, after["view"], _reverse(after["rdata"]["address"])),
        "type": "PTR",
        "rdata": {"dname": after["absolute_name_spec"]},
        "ttl": after["ttl"],
        "tags": {},
        "created_at": after["created_at"],
        "updated_at": after["updated_at"],
    }
    row = prepare(account, wish, None)
    if account[RECORD].taken(row) is None:
        account.add(RECORD, row)


def _wants_pointer(row: Row) -> bool:
    return row["type"] in {"A", "AAAA"} and bool((row.get("options") or {}).get("create_ptr"))


def _check_reverse(account: Account, row: Row) -> None:
    options = row.get("options") or {}
    if not (_wants_pointer(row) and options.get("check_rmz")):
        return
    if _zone_above(account, row["view"], _reverse(row["rdata"]["address"])) is None:
        raise invalid(f"no reverse zone of the view holds {row['rdata']['address']}")


def natural(row: Row) -> str:
    """Name a record by its zone, type, name and data."""
    return (
        f"zone={last(row['zone'])} type={row['type']} name={row['name_in_zone']} "
        f"rdata={row['dns_rdata']}"
    )


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
    zone = account[ZONE].get(last(row["zone"]))
    if row.get("view") not in {None, zone["view"]}:
        raise invalid(f"zone '{zone['id']}' belongs to another view")
    name = row.get("name_in_zone")
    if name is None:
        raise invalid("required field missing: name_in_zone")
    if name == APEX:
        return {"zone": zone["id"], "name_in_zone": ""}
    return {"zone": zone["id"], "name_in_zone": domain(name, field="name_in_zone").rstrip(".")}


def _reverse(address: object) -> str:
    try:
        return f"{ipaddress.ip_address(str(address)).reverse_pointer}."
    except ValueError:
        raise invalid("invalid value for field 'options.address'") from None


def _below(account: Account, view: str, name: str) -> Row:
    name = dotted(name)
    zone = _zone_above(account, view, name)
    if zone is None:
        raise invalid(f"no zone of the view holds '{name}'")
    return {"zone": zone["id"], "name_in_zone": name[: -len(zone["fqdn"])].rstrip(".")}


def _zone_above(account: Account, view: str, name: str) -> Row | None:
    """Find the zone that holds a name: the longest one."""
    labels = name.split(".")
    for start in range(len(labels) - 1):
        zone = account[ZONE].holder(view, ".".join(labels[start:]))
        if zone is not None:
            return zone
    return None


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


def _refuse_clash(account: Account, row: Row, *, own: str | None) -> None:
    """Keep an alias alone at its name, and the start of authority alone in its zone."""
    for other in account[RECORD].having("dns_absolute_name_spec", row["dns_absolute_name_spec"]):
        if other["id"] == own or other["zone"] != row["zone"]:
            continue
        kinds = {other["type"], row["type"]}
        same = other["dns_rdata"] == row["dns_rdata"] and len(kinds) == 1
        if ("CNAME" in kinds and not same) or kinds == {"SOA"}:
            raise conflict(f"A conflicting record already exists for '{row['absolute_name_spec']}'")
