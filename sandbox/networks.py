"""Internal domains, which are not filtered, and external networks, which are protected."""

from __future__ import annotations

import ipaddress

from sandbox.account import Account
from sandbox.calls import Answer, Call, Operation
from sandbox.errors import invalid
from sandbox.named_lists import NO_LIMIT, entries_of
from sandbox.paging import whole
from sandbox.policies import NETWORKS
from sandbox.resource import Resource
from sandbox.rules import POLICIES
from sandbox.schema import Row, fields
from sandbox.security import (
    ATCFW,
    COLLECTION,
    FLAG_SIGNS,
    ITEM,
    LIST_QUERY,
    NAME_QUERY,
    NAMED,
    NUMBER_SIGNS,
    PAGE_QUERY,
    TAGGED_QUERY,
    TEXT_SIGNS,
    by_name,
    delete_many,
    found,
    is_item,
    shown,
    timed,
)

DOMAINS = "internal_domain_lists"
RESERVED = frozenset(
    {
        "All Infoblox Endpoints (Default)",
        "All Networks (Default)",
        "All DNS Forwarder Proxies (Default)",
    }
)
WIDEST, NARROWEST = 24, 32
DOMAIN_LIST = f"""{NAMED}
    internal_domains: strings required
    is_default: boolean readonly
    tags: object
"""
NETWORK_LIST = f"""{NAMED}
    items: strings required
    policy_id: integer readonly
"""


def prepare_domains(account: Account, row: Row, before: Row | None) -> Row:
    """Check the entries: valid, each once, and in no other list; a taken name is told first."""
    account[DOMAINS].refuse_duplicate(row, str(before["id"]) if before else None)
    entries = row["internal_domains"]
    if not entries or len(set(entries)) < len(entries):
        raise invalid("internal_domains cannot be empty or given twice")
    for entry in entries:
        if not is_item(entry):
            raise invalid(f"'{entry}' is not a domain name, an address or a network")
    own = before["id"] if before else None
    for other in account[DOMAINS]:
        if other["id"] != own and not set(entries).isdisjoint(other["internal_domains"]):
            raise invalid(f"an entry is already in the list '{other['name']}'")
    fixed = {"is_default": bool(before and before["is_default"])}
    return timed(account, {"description": "", "tags": {}, **row, **fixed}, before)


def deletable_domains(_account: Account, row: Row) -> None:
    """Refuse to delete the list that every endpoint group has."""
    if row["is_default"]:
        raise invalid(f"the list '{row['name']}' is assigned to an endpoint group")


def get_domains(call: Call) -> Answer:
    """Read a list by id or name; pages go through its entries."""
    row = found(DOMAIN_LISTS, call)
    offset = whole(call.query, "_offset", default=0, least=0)
    limit = whole(call.query, "_limit", default=NO_LIMIT, least=1)
    part = row["internal_domains"][offset : offset + limit]
    return shown(DOMAIN_LISTS, call, {**row, "internal_domains": part})


def change_domains(call: Call) -> Answer:
    """Add and remove entries; names the service does not know change nothing."""
    row = call.account[DOMAINS].get(call.ident)
    added, gone = (
        [one["item"] for one in entries_of(call.body.get(f"{word}_items_described") or [])]
        for word in ("inserted", "deleted")
    )
    before = row["internal_domains"]
    left = [one for one in dict.fromkeys([*before, *added]) if one not in gone]
    if left != before:
        changed = prepare_domains(call.account, {**row, "internal_domains": left}, row)
        call.account[DOMAINS].put(call.ident, changed)
        words = [*(f"+{one}" for one in added), *(f"-{one}" for one in gone)]
        call.wrote(f"items of {DOMAINS} {call.ident}: {' '.join(words)}")
    return Answer(201)


def prepare_networks(account: Account, row: Row, before: Row | None) -> Row:
    """Check the networks: of the right size, overlapping with nobody's; the name is told first."""
    account[NETWORKS].refuse_duplicate(row, str(before["id"]) if before else None)
    if row["name"] in RESERVED:
        raise invalid(f"the name '{row['name']}' is reserved")
    if not row["items"]:
        raise invalid("items cannot be empty")
    mine = [_network(item) for item in row["items"]]
    if any(one.overlaps(two) for at, one in enumerate(mine) for two in mine[:at]):
        raise invalid("items overlap")
    for owner in account.peers():
        for other in owner[NETWORKS]:
            same = owner is account and before is not None and other["id"] == before["id"]
            theirs = () if same else [_network(item) for item in other["items"]]
            if any(one.overlaps(two) for one in mine for two in theirs):
                # The service looks at the lists of all its customers.
                raise invalid("items overlap with a network of another list")
    return timed(account, {"description": "", **row}, before)


def _network(item: str) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(item)
    except ValueError:
        raise invalid(f"'{item}' is not a network in CIDR form") from None
    if "/" not in item or not WIDEST <= network.prefixlen <= NARROWEST:
        raise invalid(f"the prefix of '{item}' is not between {WIDEST} and {NARROWEST}")
    return network


def present_networks(account: Account, row: Row) -> Row:
    """Show a list with its policy; 0 is none."""
    holders = [one["id"] for one in account[POLICIES] if row["id"] in one["network_lists"]]
    return {**row, "policy_id": holders[0] if holders else 0}


def deletable_networks(account: Account, row: Row) -> None:
    """Refuse to delete what a policy protects."""
    if present_networks(account, row)["policy_id"]:
        raise invalid(f"network list '{row['name']}' is assigned to a policy")


DOMAIN_LISTS = Resource(
    ATCFW,
    DOMAINS,
    fields(DOMAIN_LIST),
    ids="number",
    collection_methods=COLLECTION,
    item_methods=ITEM,
    list_query=TAGGED_QUERY,
    item_query=NAME_QUERY | PAGE_QUERY,
    item_key="results",
    unique=("name",),
    filters={
        "id": NUMBER_SIGNS,
        "name": TEXT_SIGNS,
        "description": TEXT_SIGNS,
        "is_default": FLAG_SIGNS,
    },
    prepare=prepare_domains,
    deletable=deletable_domains,
    natural=lambda row: f"name={row['name']}",
)
NETWORK_LISTS = Resource(
    ATCFW,
    NETWORKS,
    fields(NETWORK_LIST),
    ids="number",
    collection_methods=COLLECTION,
    item_methods=ITEM,
    list_query=LIST_QUERY,
    item_query=NAME_QUERY,
    item_key="results",
    unique=("name",),
    filters={
        "id": NUMBER_SIGNS,
        "policy_id": NUMBER_SIGNS,
        "name": TEXT_SIGNS,
        "description": TEXT_SIGNS,
    },
    prepare=prepare_networks,
    present=present_networks,
    deletable=deletable_networks,
    natural=lambda row: f"name={row['name']}",
)
RESOURCES = (DOMAIN_LISTS, NETWORK_LISTS)
OPERATIONS = {
    (f"{DOMAIN_LISTS.template}/{{id}}", "GET"): Operation(
        get_domains, service=ATCFW, query=DOMAIN_LISTS.item_query
    ),
    (f"{DOMAIN_LISTS.template}/{{id}}/items", "PATCH"): Operation(
        change_domains, service=ATCFW, has_body=True
    ),
    (DOMAIN_LISTS.template, "DELETE"): delete_many(DOMAIN_LISTS),
    (f"{NETWORK_LISTS.template}/{{id}}", "GET"): by_name(NETWORK_LISTS),
    (NETWORK_LISTS.template, "DELETE"): delete_many(NETWORK_LISTS),
}
