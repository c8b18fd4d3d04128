"""Security policies, and the list of all their rules."""

from __future__ import annotations

import copy
from dataclasses import replace

from sandbox.account import Account
from sandbox.calls import Answer, Call, Operation
from sandbox.crud import FLAGS, listing
from sandbox.errors import invalid
from sandbox.places import ROAMING_GROUPS
from sandbox.resource import Resource
from sandbox.rules import (
    CODES,
    POLICIES,
    check_redirect,
    check_rules,
    require_feeds,
    shown_rules,
    stored,
)
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
    TAGGED_QUERY,
    TEXT_SIGNS,
    by_name,
    computed,
    delete_many,
    timed,
)

NETWORKS = "network_lists"
PROXIES = "dfp_services"
WITH_CODES = "include_access_codes"
NEEDED = ("rules", "dfps", "network_lists", "roaming_device_groups")
"""What a replacement must carry beside the name."""
SCOPE = ("dfps", "network_lists", "roaming_device_groups", "user_groups", "net_address_dfps")
POLICY = f"""{NAMED}
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
"""
RULE_ROW = fields("""
    type: string
    data: string
    action: string
    redirect_name: string
    description: string
    list_id: integer
    category_filter_id: integer
    policy_id: integer
    policy_name: string
""")


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Check rules and scope; a new policy without rules gets those of the default policy."""
    if before:
        _require(row)
    blank = _kept(before) if before else _blank(account)
    defaults = copy.deepcopy(DEFAULTS)
    row = timed(account, {**defaults, **blank, **_with_proxies(account, row)}, before)
    row["rules"] = check_rules(account, row["rules"], local=bool(row["onprem_resolve"]))
    require_feeds(account, row["rules"])
    check_redirect(account, row["default_redirect_name"])
    if before and before["is_default"] and any(row[name] != before[name] for name in SCOPE):
        raise invalid("the scope of the default policy cannot be changed")
    _check_scope(account, row, before)
    return row


def _require(row: Row) -> None:
    for name in NEEDED:
        if row.get(name) is None:
            raise invalid(f"required field missing: {name}")


DEFAULTS: Row = {
    "description": "",
    "default_action": "action_allow",
    "default_redirect_name": "",
    "network_lists": [],
    "dfps": [],
    "roaming_device_groups": [],
    "user_groups": [],
    "net_address_dfps": [],
    "ecs": False,
    "onprem_resolve": False,
    "safe_search": False,
    "tags": {},
}


def _blank(account: Account) -> Row:
    default = next(row for row in account[POLICIES] if row["is_default"])
    return {
        "is_default": False,
        "rules": [dict(rule) for rule in default["rules"]],
        "precedence": len(account[POLICIES]) + 1,
    }


def _kept(before: Row) -> Row:
    return {name: before[name] for name in ("is_default", "precedence")}


def _with_proxies(account: Account, row: Row) -> Row:
    """Turn proxies given by service into numbers; numbers win where both are given."""
    kept = {name: value for name, value in row.items() if name != "dfp_services"}
    if row.get("dfp_services") and not row.get("dfps"):
        known = {one["service_id"]: one["id"] for one in account[PROXIES]}
        # An id that nobody knows is refused with the others.
        kept["dfps"] = [known.get(one, -1) for one in row["dfp_services"]]
    return kept


def _check_scope(account: Account, row: Row, before: Row | None) -> None:
    known = {
        "network_lists": {one["id"] for one in account[NETWORKS]},
        "dfps": {one["id"] for one in account[PROXIES]},
        "roaming_device_groups": set(ROAMING_GROUPS),
        "access_codes": {one["access_key"] for one in account[CODES]},
    }
    own = before["id"] if before else None
    others = [one for one in account[POLICIES] if one["id"] != own and not one["is_default"]]
    for name, ids in known.items():
        given = row.get(name) or []
        if not ids.issuperset(given):
            raise invalid(f"{name}: unknown id")
        taken = {one for other in others for one in other.get(name, [])}
        if not taken.isdisjoint(given):
            raise invalid(f"{name}: already assigned to another policy")


def settled(account: Account, before: Row | None, after: Row | None) -> None:
    """Give the bypass codes of a policy its number: the codes keep them, the policy does not."""
    number = (after or before or {})["id"]
    wanted = (after or {}).get("access_codes") or []
    if after:
        kept = {name: value for name, value in after.items() if name != "access_codes"}
        stored(account, POLICIES, kept)
    for code in list(account[CODES]):
        numbers = [one for one in code["policy_ids"] if one != number]
        if code["access_key"] in wanted:
            numbers.append(number)
        stored(account, CODES, {**code, "policy_ids": numbers})


def deletable(_account: Account, row: Row) -> None:
    """Refuse to delete the default policy."""
    if row["is_default"]:
        raise invalid("the default policy cannot be deleted")


def present(account: Account, row: Row) -> Row:
    """Show a policy with what refers to it."""
    services = {one["id"]: one["service_id"] for one in account[PROXIES]}
    codes = [one["access_key"] for one in account[CODES] if row["id"] in one["policy_ids"]]
    return {
        **row,
        "rules": shown_rules(account, row),
        "dfp_services": [services[one] for one in row["dfps"]],
        "access_codes": codes,
    }


def policies(call: Call) -> Answer:
    """List policies; their bypass codes only when asked for."""
    text = call.query.get(WITH_CODES, "false")
    if text not in FLAGS:
        raise invalid(f"Invalid {WITH_CODES}: true or false is expected")
    hidden = frozenset() if FLAGS[text] else frozenset({"access_codes"})
    return listing(replace(RESOURCE, omitted_in_lists=hidden), call)


def all_rules(call: Call) -> Answer:
    """List the rules of all policies."""
    account = call.account
    rows = [rule for row in account[POLICIES] for rule in shown_rules(account, row)]
    return computed(RULES, call, rows)


RESOURCE = Resource(
    ATCFW,
    POLICIES,
    fields(POLICY),
    ids="number",
    collection_methods=COLLECTION,
    item_methods=ITEM,
    list_query=TAGGED_QUERY | {WITH_CODES},
    item_query=NAME_QUERY,
    item_key="results",
    unique=("name",),
    filters={
        "id": NUMBER_SIGNS,
        "name": TEXT_SIGNS,
        "description": TEXT_SIGNS,
        "is_default": FLAG_SIGNS,
    },
    gone=400,
    prepare=prepare,
    settled=settled,
    deletable=deletable,
    present=present,
    natural=lambda row: f"name={row['name']}",
)
RULES = Resource(
    ATCFW,
    "security_policy_rules",
    RULE_ROW,
    list_query=LIST_QUERY,
    filters={"policy_id": "==", "list_id": "==", "category_filter_id": "=="},
    one_field=True,
)
RESOURCES = (RESOURCE,)
OPERATIONS = {
    (RESOURCE.template, "GET"): Operation(policies, service=ATCFW, query=RESOURCE.list_query),
    (f"{RESOURCE.template}/{{id}}", "GET"): by_name(RESOURCE),
    (RESOURCE.template, "DELETE"): delete_many(RESOURCE),
    (RULES.template, "GET"): Operation(all_rules, service=ATCFW, query=RULES.list_query),
}
