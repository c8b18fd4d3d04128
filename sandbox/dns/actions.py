"""Calls of DNS that are no create, read, update or delete."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.account import Account, last
from sandbox.calls import Answer, Call, answer
from sandbox.ddi_base import DDI, operation
from sandbox.dns.names import DELEGATION, FORWARD, RECORD, ZONE, domain, punycode, unicode
from sandbox.dns.rdata import text
from sandbox.errors import invalid
from sandbox.references import check_references
from sandbox.schema import Row, checked, fields
from sandbox.shapes import SHAPES

STEP = 1000
LARGEST_SERIAL = 4_294_967_295
FLUSH = fields("""
    flush_subdomains: boolean default=true
    fqdn: string
    ophid: string
    service_id: string
    ttl: integer default=120
    view_name: string
""")
PROTECTION = fields(
    """
    protected_records: objects of=protected_record_item
    zone_id: string required ref=dns/auth_zone
    """,
    SHAPES,
)
INCREMENT = fields("id: string readonly\nserial_increment: integer size=1..4294967295")


def increment(call: Call) -> Answer:
    """Raise the serial number of a zone: the id is that of its SOA record."""
    account = call.account
    body = checked(INCREMENT, call.body, partial=False)
    row = account[RECORD].get(call.ident)
    if row["type"] != "SOA":
        raise invalid(f"{row['id']} is no SOA record")
    serial = row["rdata"]["serial"] + (body.get("serial_increment") or STEP)
    data = {**row["rdata"], "serial": serial % (LARGEST_SERIAL + 1)}
    changed = {**row, "rdata": data, "dns_rdata": text("SOA", data), "updated_at": account.now()}
    account[RECORD].put(call.ident, changed)
    call.wrote(f"increment {row['id']}")
    return answer(DDI.changed, {"result": _shown(changed)})


def _shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "inheritance_sources"}


def flush(call: Call) -> Answer:
    """Tell a host or a service to forget what it has looked up."""
    body = checked(FLUSH, call.body, partial=False)
    if not (body.get("ophid") or body.get("service_id")):
        raise invalid("one of ophid and service_id is expected")
    call.wrote(f"flush {body.get('ophid') or body.get('service_id')} fqdn={body.get('fqdn')}")
    return answer(DDI.created, {})


def protect(call: Call) -> Answer:
    """Set how far records of a zone are protected."""
    account = call.account
    body = checked(PROTECTION, call.body, partial=False)
    check_references(account, PROTECTION, body)
    for item in body.get("protected_records") or []:
        for row in account[RECORD].having("zone", body["zone_id"]):
            if (row["name_in_zone"], row["type"]) == (item.get("rname"), item.get("rtype")):
                protection = {"level": item.get("level")}
                account[RECORD].put(last(row["id"]), {**row, "protection": protection})
    call.wrote(f"protect zone={last(body['zone_id'])}")
    return answer(DDI.created, body)


def convert_name(call: Call) -> Answer:
    """Write a domain name in both its forms."""
    name = domain(call.ident, field="domain_name").rstrip(".")
    result = {"idn": unicode(name.lower()), "punycode": punycode(name)}
    return answer(200, {"result": result})


def convert_mail(call: Call) -> Answer:
    """Write a mail address as the SOA record does."""
    user, at, host = call.ident.partition("@")
    if not at or not user or not host:
        raise invalid(f"'{call.ident}' is no mail address")
    escaped = user.replace(".", "\\.")
    return answer(200, {"rname": f"{escaped}.{host}"})


def children(account: Account) -> Iterator[Row]:
    """Show zones of every kind under the view or zone above them."""
    for path in (ZONE, FORWARD, DELEGATION):
        for row in account[path]:
            for flat in (False, True):
                yield {
                    "id": row["id"],
                    "fqdn": row["fqdn"],
                    "type": path,
                    "parent": row["view"] if flat else row["parent"],
                    "view": row["view"],
                    "flat": flat,
                    "comment": row.get("comment"),
                    "disabled": row["disabled"],
                    "tags": row.get("tags"),
                }


OPERATIONS = {
    **operation(f"{RECORD}/{{id}}/serial_increment", "POST", increment),
    **operation("dns/cache_flush", "POST", flush),
    **operation("dns/configure_record_protection", "POST", protect),
    **operation("dns/convert_domain_name/{id}", "GET", convert_name),
    **operation("dns/convert_rname/{id}", "GET", convert_mail),
}
