"""What is special about zones: their names, what is above them, the records they start with."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.dns import records
from sandbox.dns.names import DELEGATION, FORWARD, RECORD, VIEW, ZONE, domain, dotted, punycode
from sandbox.errors import conflict, invalid
from sandbox.schema import Row

REVERSE = {"in-addr.arpa.": "ipv4_reverse", "ip6.arpa.": "ipv6_reverse"}
DEFAULT_VIEW = "default"
SYSTEM = ["SYSTEM"]


def prepare_auth(account: Account, row: Row, before: Row | None) -> Row:
    """Complete an authoritative zone."""
    made = _prepared(account, row, before, path=ZONE)
    plain = made["primary_type"] == "external" and not made.get("external_primaries")
    if plain and not made.get("nsgs") and before is None:
        raise invalid("primary_type external needs external_primaries or nsgs")
    return made


def prepare_forward(account: Account, row: Row, before: Row | None) -> Row:
    """Complete a forward zone."""
    return {"forward_only": False, **_prepared(account, row, before, path=FORWARD)}


def prepare_delegation(account: Account, row: Row, before: Row | None) -> Row:
    """Complete a delegation; it must lie in a zone of the view."""
    if not row.get("delegation_servers"):
        raise invalid("required field missing: delegation_servers")
    made = _prepared(account, row, before, path=DELEGATION)
    if last(made["parent"]) not in account[ZONE]:
        raise invalid(f"no zone of the view holds '{made['fqdn']}'")
    return {name: value for name, value in made.items() if name not in {"mapping", "warnings"}}


def _prepared(account: Account, row: Row, before: Row | None, *, path: str) -> Row:
    name = dotted(domain(row["fqdn"], field="fqdn")) if row["fqdn"] != "." else "."
    view = row.get("view") or _default_view(account)
    if before is None:
        _refuse_taken(account, view, name, path=path)
    above = zone_above(account, view, name)
    endings = (kind for ending, kind in REVERSE.items() if name.endswith(ending))
    return {
        "comment": "",
        "disabled": False,
        "warnings": [],
        **row,
        "fqdn": name,
        "protocol_fqdn": punycode(name),
        "view": view,
        "parent": above["id"] if above else view,
        "mapping": next(endings, "forward"),
    }


def _default_view(account: Account) -> str:
    view = account[VIEW].holder(DEFAULT_VIEW)
    if view is None:
        raise invalid("required field missing: view")
    return str(view["id"])


def _refuse_taken(account: Account, view: str, name: str, *, path: str) -> None:
    """Keep a name for one kind of zone."""
    for other in {ZONE, FORWARD, DELEGATION} - {path}:
        if account[other].holder(view, name) is not None:
            raise conflict(f"The view has a {other} '{name}' already")


def zone_above(account: Account, view: str, name: str) -> Row | None:
    """Find the closest zone around a name, itself left out."""
    labels = name.split(".")
    for start in range(1, len(labels) - 1):
        found = account[ZONE].holder(view, ".".join(labels[start:]))
        if found is not None:
            return found
    return None


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Give a new zone its first records, and the zones below it their new parent."""
    if before is not None or after is None:
        return
    if not account[RECORD].count("zone", after["id"]):
        plant_records(account, after)
    for path in (ZONE, FORWARD, DELEGATION):
        for row in account[path].having("parent", after["parent"]):
            if row["id"] != after["id"] and row["fqdn"].endswith(f".{after['fqdn']}"):
                account[path].put(last(row["id"]), {**row, "parent": after["id"]})


def plant_records(account: Account, zone: Row) -> None:
    """Add the records that every zone has."""
    authority = zone.get("zone_authority") or {}
    server = authority.get("mname") or "ns.b1ddi.example."
    start: Row = {
        "mname": server,
        "rname": authority.get("rname") or f"hostmaster.{zone['fqdn'].lstrip('.')}",
        "serial": zone.get("initial_soa_serial") or 1,
    }
    for kind, data in (("SOA", start), ("NS", {"dname": server})):
        wish = {"zone": zone["id"], "name_in_zone": "", "type": kind, "rdata": data, "tags": {}}
        stamps = {"created_at": zone["created_at"], "updated_at": zone["updated_at"]}
        row = records.prepare(account, {**wish, **stamps}, None)
        account.add(RECORD, {**row, "source": SYSTEM})


def refuse_system(_account: Account, row: Row) -> None:
    """Keep the records that a zone cannot be without."""
    if row["source"] == SYSTEM:
        raise invalid(f"the {row['type']} record of the zone is made by the system")
