"""The DNS collections, as rows of facts."""

from __future__ import annotations

from sandbox.ddi_base import collection, singleton, unless_named_in
from sandbox.dns import actions, copying, layout, records, zones
from sandbox.dns.names import DELEGATION, DNS_HOST, FORWARD, RECORD, SERVER, VIEW, ZONE
from sandbox.resource import Link

RESOURCES = (
    collection(
        VIEW,
        layout.VIEWS,
        inherit=True,
        unique=("name",),
        indexed=("name",),
        bin=True,
        links=(
            Link(ZONE, "view"),
            Link(FORWARD, "view"),
            Link(DELEGATION, "view"),
            Link("dtc/lbdn", "view"),
        ),
    ),
    collection(
        ZONE,
        layout.AUTH_ZONES,
        inherit=True,
        unique=("view", "fqdn"),
        indexed=("view", "fqdn", "parent", "nsgs"),
        bin=True,
        links=(
            Link(ZONE, "parent", "lift"),
            Link(FORWARD, "parent", "lift"),
            Link(DELEGATION, "parent", "along"),
            Link(RECORD, "zone", "along"),
        ),
        prepare=zones.prepare_auth,
        settled=zones.settled,
    ),
    collection(
        FORWARD,
        layout.FORWARD_ZONES,
        unique=("view", "fqdn"),
        indexed=("view", "fqdn", "parent", "nsgs"),
        bin=True,
        prepare=zones.prepare_forward,
    ),
    collection(
        DELEGATION,
        layout.DELEGATIONS,
        unique=("view", "fqdn"),
        indexed=("view", "fqdn", "parent"),
        bin=True,
        prepare=zones.prepare_delegation,
    ),
    collection(
        RECORD,
        layout.RECORDS,
        inherit=True,
        unique=("zone", "name_in_zone", "type", "dns_rdata"),
        indexed=(
            *("zone", "absolute_name_spec", "dns_absolute_name_spec", "dns_rdata", "ipam_host"),
        ),
        bin=True,
        opaque=frozenset({"rdata"}),
        deletable=zones.refuse_system,
        prepare=records.prepare,
        settled=records.settled,
        natural=records.natural,
    ),
    collection(
        "dns/acl",
        layout.ACLS,
        unique=("name",),
        bin=True,
        deletable=unless_named_in("dns/acl", VIEW, SERVER, ZONE, "dns/global"),
    ),
    collection(
        "dns/auth_nsg",
        layout.AUTH_NSGS,
        unique=("name",),
        indexed=("nsgs",),
        bin=True,
        links=(Link(ZONE, "nsgs"), Link("dns/auth_nsg", "nsgs")),
    ),
    collection(
        "dns/forward_nsg",
        layout.FORWARD_NSGS,
        unique=("name",),
        indexed=("nsgs",),
        bin=True,
        links=(Link(FORWARD, "nsgs"), Link("dns/forward_nsg", "nsgs")),
    ),
    collection(
        SERVER,
        layout.SERVERS,
        inherit=True,
        unique=("name",),
        bin=True,
        links=(Link(DNS_HOST, "server"),),
    ),
    collection(DNS_HOST, layout.HOSTS, serves="list get update", inherit=True, indexed=("server",)),
    collection(
        "dtc/lbdn",
        layout.LBDNS,
        inherit=True,
        unique=("view", "name"),
        indexed=("view",),
        prepare=lambda _account, row, _before: {"disabled": False, **row},
    ),
    collection("dns/global", layout.GLOBAL, serves="get update"),
    collection("dns/zone_child", layout.CHILDREN, serves="list", source=actions.children),
)
OPERATIONS = {**actions.OPERATIONS, **copying.OPERATIONS, **singleton("dns/global")}
