"""Bypass codes: whoever has one passes the filter for a while."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.account import Account
from sandbox.errors import invalid
from sandbox.resource import Resource
from sandbox.rules import CODES, POLICIES, check_rules
from sandbox.schema import Row, fields
from sandbox.security import (
    ATCFW,
    COLLECTION,
    ITEM,
    NAMED,
    PAGE_QUERY,
    TEXT_SIGNS,
    by_name,
    delete_many,
    timed,
)

CODE = f"""{NAMED.replace("id: integer", "access_key: string")}
    activation: datetime required
    expiration: datetime required
    rules: objects required
    policy_ids: integers
"""


def prepare(account: Account, row: Row, before: Row | None) -> Row:
    """Check times, rules and policies."""
    ends = _moment(row["expiration"], "expiration")
    if ends <= _moment(row["activation"], "activation"):
        raise invalid("expiration must be after activation")
    if ends.timestamp() <= account.clock.wall():
        raise invalid("expiration cannot be in the past")
    blank = {"description": "", "policy_ids": []}
    row = timed(account, {**blank, **row}, before)
    row["rules"] = check_rules(account, row["rules"], local=False)
    if not {one["id"] for one in account[POLICIES]}.issuperset(row["policy_ids"]):
        raise invalid("policy_ids: unknown id")
    return row


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"invalid value for field '{name}': a date and time is expected") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def deletable(_account: Account, row: Row) -> None:
    """Refuse to delete a code that a policy has."""
    if row["policy_ids"]:
        raise invalid("the bypass code is assigned to a policy")


RESOURCE = Resource(
    ATCFW,
    CODES,
    fields(CODE),
    key="access_key",
    ids="token",
    collection_methods=COLLECTION,
    item_methods=ITEM,
    list_query=PAGE_QUERY | {"_filter"},
    item_query=frozenset({"name"}),
    item_key="results",
    unique=("name",),
    filters={"access_key": TEXT_SIGNS, "name": TEXT_SIGNS, "description": TEXT_SIGNS},
    gone=400,
    secret_ids=True,
    prepare=prepare,
    deletable=deletable,
    natural=lambda row: f"name={row['name']}",
)
RESOURCES = (RESOURCE,)
OPERATIONS = {
    (f"{RESOURCE.template}/{{id}}", "GET"): by_name(RESOURCE),
    (RESOURCE.template, "DELETE"): delete_many(RESOURCE),
}
