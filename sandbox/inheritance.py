"""Where the values of an object come from, as `_inherit=full` shows it."""

from __future__ import annotations

from sandbox.account import Account, last
from sandbox.resource import Resource
from sandbox.schema import Row

ABOVE = ("parent", "space", "ip_space", "view")
"""The fields that name what an object inherits from, the nearest first."""
INHERITED = (
    *("ddns_client_update", "ddns_conflict_resolution_mode", "ddns_ttl_percent"),
    *("ddns_update_on_renew", "ddns_use_conflict_resolution"),
    *("header_option_filename", "header_option_server_address", "header_option_server_name"),
    *("gss_tsig_enabled", "notify", "use_forwarders_for_subzones"),
)
LABELS = ("name", "fqdn", "address")


def with_sources(account: Account, resource: Resource, row: Row) -> Row:
    """Add to each field that may be inherited what would be inherited, and from whom."""
    stored = row.get("inheritance_sources") or {}
    source = _above(account, resource, row)
    if source is None:
        return row
    shown = {
        name: {
            "action": (stored.get(name) or {}).get("action") or "inherit",
            "source": source["id"],
            "display_name": next((source[one] for one in LABELS if source.get(one)), ""),
            "value": source.get(name),
        }
        for name in INHERITED
        if name in resource.fields
    }
    return {**row, "inheritance_sources": {**stored, **shown}}


def _above(account: Account, resource: Resource, row: Row) -> Row | None:
    for name in ABOVE:
        ident = row.get(name) if name in resource.fields else None
        path = str(ident).rpartition("/")[0]
        if path in account.collections and last(str(ident)) in account[path]:
            return account[path].get(last(str(ident)))
    area = resource.path.partition("/")[0]
    whole = "dns/global" if area == "dns" else "dhcp/global"
    return next(iter(account[whole]), None)
