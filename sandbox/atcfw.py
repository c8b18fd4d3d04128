"""DNS security: policies and lists under /api/atcfw/v1."""

from __future__ import annotations

import re

from sandbox.account import Account, Collection
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.crud import shown_row
from sandbox.errors import invalid, missing, named
from sandbox.paging import whole
from sandbox.resource import Resource, Service
from sandbox.schema import Row, fields, is_network

ATCFW = Service("/api/atcfw/v1", named, created=201, changed=201, deleted=204, bare_delete=False)
LIST_QUERY = frozenset(
    {"_filter", "_fields", "_offset", "_limit", "_page_token", "_tfilter", "_torder_by"}
)
LISTS = "named_lists"
CREATABLE = "custom_list"
NO_ID = "0"
TEXT_SIGNS = "!= == ~ !~ > < <= >="
NUMBER_SIGNS = "!= == > < <= >="
_DOMAIN = re.compile(r"(?i)^(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$")

POLICY = """
    id: integer readonly
    name: string required size=1..256
    description: string size=0..256
    is_default: boolean readonly
    default_action: string words=action_allow|action_log|action_redirect|action_block
    default_redirect_name: string
    rules: objects
    network_lists: integers
    dfps: integers
    dfp_services: strings
    roaming_device_groups: integers
    user_groups: strings
    access_codes: strings
    net_address_dfps: objects
    precedence: integer
    ecs: boolean
    onprem_resolve: boolean
    safe_search: boolean
    block_dns_rebind_attack: boolean
    tags: object
    scope_expr: string readonly
    migration_status: object readonly
    created_time: datetime readonly
    updated_time: datetime readonly
"""
NAMED_LIST = """
    id: integer readonly
    name: string required size=1..256
    type: string required words=custom_list|threat_insight|fast_flux|dga|dnsm|\
threat_insight_nde|default_allow|default_block
    description: string size=0..256
    item_count: integer readonly
    items: strings
    items_described: objects
    threat_level: string words=INFO|LOW|MEDIUM|HIGH
    confidence_level: string words=LOW|MEDIUM|HIGH
    policies: strings readonly
    tags: object
    created_time: datetime readonly
    updated_time: datetime readonly
"""


def prepare_list(account: Account, row: Row, before: Row | None) -> Row:
    """Check the items of a list and write them in both of their forms."""
    if row["type"] != CREATABLE:
        raise invalid(f"a list of type {row['type']} cannot be created")
    described = _described(row)
    now = account.now()
    return {
        "description": "",
        "threat_level": "INFO",
        "confidence_level": "HIGH",
        "tags": {},
        **row,
        "items": [one["item"] for one in described],
        "items_described": described,
        "item_count": len(described),
        "policies": [],
        "created_time": before["created_time"] if before else now,
        "updated_time": now,
    }


def _described(row: Row) -> list[Row]:
    if row.get("items") is not None and row.get("items_described") is not None:
        raise invalid("items and items_described exclude each other")
    plain = [{"item": item, "description": ""} for item in row.get("items") or []]
    given = row.get("items_described") or plain
    if not given:
        raise invalid("items cannot be empty")
    return [_item(one) for one in given]


def _item(one: Row) -> Row:
    unknown = set(one) - {"item", "description", "status", "status_details"}
    if unknown:
        raise invalid(f"unknown field: items_described.{min(unknown)}")
    item = one.get("item")
    if not isinstance(item, str) or not (is_network(item) or _DOMAIN.match(item)):
        raise invalid(f"item '{item}' is not a domain name, an address or a network")
    return {"item": item, "description": str(one.get("description", "")), "status": "ACTIVE"}


def get_list(call: Call) -> Answer:
    """Read one list with a page of its items, by number or by name and type."""
    row = _found(call)
    items = whole(call.query, "_offset", default=0, least=0)
    limit = whole(call.query, "_limit", default=max(len(row["items"]), 1), least=1)
    part = slice(items, items + limit)
    paged = {**row, "items": row["items"][part], "items_described": row["items_described"][part]}
    wanted = call.query.get("_fields")
    shown = shown_row(NAMED_LISTS, paged, wanted, inherit=False, listed=False)
    return answer(200, {"results": shown})


def _found(call: Call) -> Row:
    lists: Collection = call.account[LISTS]
    if call.ident != NO_ID:
        if not call.ident.isdigit():
            raise invalid(f"invalid list id: {call.ident}")
        return lists.get(call.ident)
    name, kind = call.query.get("name"), call.query.get("type")
    if not name or not kind:
        raise invalid("name and type are needed with list id 0")
    for row in lists:
        if (row["name"], row["type"]) == (name, kind):
            return row
    raise missing(f"named list '{name}' of type {kind} is not found")


POLICIES = Resource(
    ATCFW,
    "security_policies",
    fields(POLICY),
    ids="number",
    list_query=LIST_QUERY | {"include_access_codes"},
    item_query=frozenset({"_fields"}),
    item_key="results",
    unique=("name",),
    filters={"id": NUMBER_SIGNS, "name": TEXT_SIGNS, "description": TEXT_SIGNS},
)
NAMED_LISTS = Resource(
    ATCFW,
    LISTS,
    fields(NAMED_LIST),
    ids="number",
    collection_methods=frozenset({"GET", "POST"}),
    item_methods=frozenset(),
    list_query=LIST_QUERY,
    item_key="results",
    unique=("name",),
    omitted_in_lists=frozenset({"items", "items_described"}),
    filters={"type": "== !=", "items": "~ !~", "items_described": "=="},
    prepare=prepare_list,
    natural=lambda row: f"name={row['name']} type={row['type']}",
)
RESOURCES = (POLICIES, NAMED_LISTS)
OPERATIONS = {
    (f"{NAMED_LISTS.template}/{{id}}", "GET"): Operation(
        get_list,
        service=ATCFW,
        query=frozenset(["name", "type", "_fields", "_offset", "_limit", "_page_token"]),
    )
}
