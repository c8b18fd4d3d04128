"""DNS forwarding proxies under /api/atcdfp/v1."""

from __future__ import annotations

from sandbox.account import Account
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import invalid, missing, named
from sandbox.networks import DOMAINS
from sandbox.policies import PROXIES
from sandbox.resolver import REGIONS
from sandbox.resource import Resource, Service
from sandbox.rules import POLICIES
from sandbox.schema import Row, checked, fields
from sandbox.security import LIST_QUERY, NUMBER_SIGNS, TEXT_SIGNS, shown

ATCDFP = Service("/api/atcdfp/v1", named, created=201, changed=201, bare_delete=False)
PROXY = """
    id: integer readonly
    service_id: string
    service_name: string
    name: string
    ophid: string readonly
    site_id: string
    policy_id: integer readonly
    pop_region_id: integer
    forwarding_policy: string words=ib_cloud_first|external_first|external_only
    resolvers_all: objects
    internal_domain_lists: integers
    host: objects
    net_addr_policy_ids: objects readonly
    elb_ip_list: strings readonly
    created_time: datetime readonly
    updated_time: datetime readonly
"""
RESOLVER = fields("""
    address: string required
    is_fallback: boolean
    is_local: boolean
    protocols: strings
""")
PROTOCOLS = frozenset({"DO53", "DOT"})
CHECK = fields("account_id: integer\nconfig_check_type: string\nnotify: boolean")
DEFAULTS: Row = {"forwarding_policy": "ib_cloud_first", "resolvers_all": []}


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Check resolvers, internal domains and point of presence; the service keeps its names."""
    kept = {name: (before or {}).get(name) for name in ("service_id", "service_name", "name")}
    row = {**DEFAULTS, "internal_domain_lists": [], **kept, **row}
    if before and row["service_id"] != before["service_id"]:
        raise invalid("field 'service_id' cannot be changed")
    for one in row["resolvers_all"]:
        if not PROTOCOLS.issuperset(checked(RESOLVER, one, partial=False).get("protocols") or []):
            raise invalid("protocols of a resolver are DO53 and DOT")
    if not {one["id"] for one in account[DOMAINS]}.issuperset(row["internal_domain_lists"]):
        raise invalid("internal_domain_lists: unknown id")
    place = row.get("pop_region_id")
    if place is not None and str(place) not in account[REGIONS]:
        raise invalid("pop_region_id: unknown id")
    return {**row, "updated_time": account.now()}


def present(account: Account, row: Row) -> Row:
    """Show a proxy with the policy in force: the default one where no other has it."""
    holders = [one["id"] for one in account[POLICIES] if row["id"] in one["dfps"]]
    default = [one["id"] for one in account[POLICIES] if one["is_default"]]
    return {**row, "policy_id": (holders + default)[0]}


def get(call: Call) -> Answer:
    """Read a proxy by service, or by number or name where that is asked for."""
    number, name = call.query.get("id", "0"), call.query.get("name")
    wanted = {"service_id": call.ident} if call.ident != "0" else {"id": number}
    if wanted == {"id": "0"}:
        wanted = {"name": name or ""}
    for row in call.account[PROXIES]:
        if all(str(row[key]) == value for key, value in wanted.items()):
            return shown(RESOURCE, call, row)
    raise missing(f"{PROXIES} {call.ident} is not found")


def check(call: Call) -> Answer:
    """Check the configuration: nothing is ever wrong with it."""
    kind = checked(CHECK, call.body, partial=True).get("config_check_type") or "all"
    row = {
        "config_check_type": kind,
        "resource_uri": "",
        "result_code": "OK",
        "additional_info": "",
    }
    return answer(201, {"results": [row]})


RESOURCE = Resource(
    ATCDFP,
    PROXIES,
    fields(PROXY),
    key="service_id",
    item_methods=frozenset({"GET", "PUT"}),
    list_query=LIST_QUERY,
    item_query=frozenset({"id", "name", "_fields"}),
    item_key="results",
    filters={
        "service_name": TEXT_SIGNS,
        "policy_id": NUMBER_SIGNS,
        "internal_domain_lists": TEXT_SIGNS,
    },
    prepare=prepare,
    present=present,
)
RESOURCES = (RESOURCE,)
OPERATIONS = {
    (f"{RESOURCE.template}/{{id}}", "GET"): Operation(
        get, service=ATCDFP, query=RESOURCE.item_query
    ),
    (f"{ATCDFP.prefix}/config/check", "POST"): Operation(check, service=ATCDFP, has_body=True),
}
