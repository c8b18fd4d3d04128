"""The cloud resolver: its feeds and points of presence, redirects, approvals, host names."""

from __future__ import annotations

from sandbox.account import Account
from sandbox.calls import Answer, Call, Operation, answer
from sandbox.errors import invalid
from sandbox.paging import page, trimmed
from sandbox.resource import READ, Resource
from sandbox.rules import FEEDS, POLICIES, REDIRECTS, holders, stored
from sandbox.schema import Row, checked, fields, is_ipv4, is_ipv6
from sandbox.security import (
    ATCFW,
    COLLECTION,
    ITEM,
    LIST_QUERY,
    NAME_QUERY,
    TAGGED_QUERY,
    TEXT_SIGNS,
    by_name,
    delete_many,
    is_item,
    timed,
)

APPROVALS = "app_approvals"
REGIONS = "pop_regions"
FEED = """
    name: string
    key: string
    description: string
    source: string
    threat_level: string
    confidence_level: string
"""
REGION = "id: integer\nregion: string\nlocation: string\naddresses: strings"
REDIRECT = """
    id: integer readonly
    name: string required size=1..256
    data: string required size=1..256
    policy_ids: integers readonly
    policy_names: strings readonly
    created_time: datetime readonly
    updated_time: datetime readonly
"""
APPROVAL = fields("app_name: string required\nstatus: string")
REPLACEMENT = fields("approvals: objects required\nfields: object")
CHANGE = fields("inserted_approvals: objects\nremoved_approvals: objects\nfields: object")


def regions(call: Call) -> Answer:
    """List the points of presence: the only list with a total."""
    found = page(REGION_RESOURCE, call.account[REGIONS], call.query)
    wanted = call.query.get("_fields")
    rows = [trimmed(REGION_RESOURCE, row, wanted) if wanted else row for row in found.rows]
    return answer(200, {"results": rows, "total_result_count": found.total})


def prepare_redirect(account: Account, row: Row, before: Row | None) -> Row:
    """Refuse what is neither addresses with commas between nor one domain."""
    parts = [one.strip() for one in row["data"].split(",")]
    addresses = all(is_ipv4(one) or is_ipv6(one) for one in parts)
    if not addresses and (len(parts) > 1 or not is_item(parts[0]) or "/" in parts[0]):
        raise invalid(f"data '{row['data']}' is neither addresses nor one domain")
    if not addresses and _is_number(parts[0]):
        raise invalid(f"data '{row['data']}' is not an address")
    return timed(account, row, before)


def _is_number(text: str) -> bool:
    # Four numbers with dots are meant as an address, never as a domain.
    return text.replace(".", "").isdigit()


def present_redirect(account: Account, row: Row) -> Row:
    """Show a redirect with the policies that send clients to it."""
    used = [one for one in account[POLICIES] if row["name"] in _redirects(one)]
    return {
        **row,
        "policy_ids": [one["id"] for one in used],
        "policy_names": [one["name"] for one in used],
    }


def _redirects(row: Row) -> set[str]:
    return {row.get("default_redirect_name", ""), *(one["redirect_name"] for one in row["rules"])}


def deletable_redirect(account: Account, row: Row) -> None:
    """Refuse to delete what rules send clients to; that the service does so is a conclusion."""
    if any(row["name"] in _redirects(one) for _, one in holders(account)):
        raise invalid(f"redirect '{row['name']}' is assigned to a policy or a bypass code")


def settled_redirect(account: Account, before: Row | None, after: Row | None) -> None:
    """Let rules follow a new name."""
    if not before or not after:
        return
    old, new = before["name"], after["name"]
    for path, row in holders(account):
        changed = {
            **row,
            "rules": [_followed(rule, "redirect_name", old, new=new) for rule in row["rules"]],
        }
        stored(account, path, _followed(changed, "default_redirect_name", old, new=new))


def _followed(place: Row, field: str, old: str, *, new: str) -> Row:
    return {**place, field: new} if place.get(field) == old else place


def replace_approvals(call: Call) -> Answer:
    """Set all approvals: `PUT`."""
    wanted = _approvals(checked(REPLACEMENT, call.body, partial=False)["approvals"])
    return _approved(call, wanted)


def change_approvals(call: Call) -> Answer:
    """Add and remove approvals: `PATCH`."""
    body = checked(CHANGE, call.body, partial=True)
    kept = {row["app_name"]: row for row in call.account[APPROVALS]}
    kept |= _approvals(body.get("inserted_approvals") or [])
    gone = _approvals(body.get("removed_approvals") or [])
    return _approved(call, {name: row for name, row in kept.items() if name not in gone})


def _approvals(given: list[Row]) -> dict[str, Row]:
    rows = [{"status": "approved", **checked(APPROVAL, one, partial=False)} for one in given]
    return {row["app_name"]: row for row in rows}


def _approved(call: Call, wanted: dict[str, Row]) -> Answer:
    collection = call.account[APPROVALS]
    for name in [row["app_name"] for row in collection if row["app_name"] not in wanted]:
        collection.remove(name)
    for name, row in wanted.items():
        collection.put(name, row)
    words = [f"{name}={row['status']}" for name, row in wanted.items()]
    call.wrote(f"{APPROVALS} {','.join(words)}")
    return answer(201, {"results": list(collection)})


def new_host(call: Call) -> Answer:
    """Make a new host name for DNS over HTTPS, another one each time."""
    name = f"{call.account.entropy.token()[:12]}.doh.example.com"
    call.wrote(f"create doh_fqdns {name}")
    return answer(200, {"results": {"policy_id": 0, "doh_fqdn": name}})


def account_facts(call: Call) -> Answer:
    """Tell who the customer is."""
    return answer(200, {"results": {"customer_id": call.account.name}})


FEED_RESOURCE = Resource(
    ATCFW,
    FEEDS,
    fields(FEED),
    key="name",
    item_methods=frozenset(),
    list_query=LIST_QUERY,
    filters={"name": TEXT_SIGNS},
)
REGION_RESOURCE = Resource(
    ATCFW,
    REGIONS,
    fields(REGION),
    item_methods=READ,
    list_query=TAGGED_QUERY,
    filters={"region": "== !=", "location": "~ !~"},
    one_field=True,
)
REDIRECT_RESOURCE = Resource(
    ATCFW,
    REDIRECTS,
    fields(REDIRECT),
    ids="number",
    collection_methods=COLLECTION,
    item_methods=ITEM,
    list_query=LIST_QUERY,
    item_query=NAME_QUERY,
    item_key="results",
    unique=("name",),
    prepare=prepare_redirect,
    present=present_redirect,
    deletable=deletable_redirect,
    settled=settled_redirect,
    natural=lambda row: f"name={row['name']}",
)
APPROVAL_RESOURCE = Resource(
    ATCFW,
    APPROVALS,
    APPROVAL,
    key="app_name",
    item_methods=frozenset(),
    list_query=frozenset({"_filter"}),
)
RESOURCES = (FEED_RESOURCE, REGION_RESOURCE, REDIRECT_RESOURCE, APPROVAL_RESOURCE)
OPERATIONS = {
    (REGION_RESOURCE.template, "GET"): Operation(
        regions, service=ATCFW, query=REGION_RESOURCE.list_query
    ),
    (f"{REDIRECT_RESOURCE.template}/{{id}}", "GET"): by_name(REDIRECT_RESOURCE),
    (REDIRECT_RESOURCE.template, "DELETE"): delete_many(REDIRECT_RESOURCE),
    (APPROVAL_RESOURCE.template, "PUT"): Operation(replace_approvals, service=ATCFW, has_body=True),
    (APPROVAL_RESOURCE.template, "PATCH"): Operation(
        change_approvals, service=ATCFW, has_body=True
    ),
    (f"{ATCFW.prefix}/doh_fqdns", "POST"): Operation(new_host, service=ATCFW),
    (f"{ATCFW.prefix}/account", "GET"): Operation(account_facts, service=ATCFW),
}
