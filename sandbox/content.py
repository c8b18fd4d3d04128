"""Filters by content and by application."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.account import Account
from sandbox.catalogue import APPLICATIONS
from sandbox.errors import invalid
from sandbox.resource import Resource
from sandbox.rules import refuse_used, rename, users
from sandbox.schema import Row, checked, fields
from sandbox.security import (
    ATCFW,
    COLLECTION,
    ITEM,
    NAME_QUERY,
    NAMED,
    TAGGED_QUERY,
    TEXT_SIGNS,
    by_name,
    delete_many,
    timed,
)

CATEGORIES = "content_categories"
CATEGORY_FILTER = f"""{NAMED}
    categories: strings required
    policies: strings readonly
    tags: object
"""
APPLICATION_FILTER = f"""{NAMED}
    criteria: objects required
    policies: strings readonly
    readonly: boolean readonly
    tags: object
"""
CRITERION = fields("id: string\nname: string\ncategory: string\nsubcategory: string")
BLANK: Row = {"description": "", "tags": {}}


def prepare_categories(account: Account, row: Row, before: Row | None) -> Row:
    """Refuse categories that the catalogue does not have."""
    known = {one["category_name"] for one in account[CATEGORIES]}
    if not row["categories"] or not known.issuperset(row["categories"]):
        raise invalid("categories cannot be empty or unknown")
    return timed(account, {**BLANK, **row}, before)


def prepare_applications(account: Account, row: Row, before: Row | None) -> Row:
    """Find the ids of applications given by name."""
    if before and before["readonly"]:
        raise invalid(f"application filter '{row['name']}' is read-only")
    if not row["criteria"]:
        raise invalid("criteria cannot be empty")
    criteria = [_criterion(one) for one in row["criteria"]]
    return timed(account, {**BLANK, **row, "criteria": criteria, "readonly": False}, before)


def _criterion(one: Row) -> Row:
    kept = checked(CRITERION, one, partial=True)
    if not any(kept.get(name) for name in ("name", "category", "subcategory")):
        raise invalid("a criterion needs a name, a category or a subcategory")
    name = kept.get("name")
    if not name:
        return kept
    if name not in APPLICATIONS:
        raise invalid(f"application '{name}' is not known")
    return {**kept, "id": APPLICATIONS[name]}


def _hooks(kind: str) -> tuple[Callable[[Account, Row], Row], Callable[[Account, Row], None]]:
    def present(account: Account, row: Row) -> Row:
        return {**row, "policies": users(account, kind, row["name"])}

    def deletable(account: Account, row: Row) -> None:
        if row.get("readonly"):
            raise invalid(f"{kind} '{row['name']}' is read-only")
        refuse_used(account, kind, row["name"])

    return present, deletable


def _followed(kind: str) -> Callable[[Account, Row | None, Row | None], None]:
    def settled(account: Account, before: Row | None, after: Row | None) -> None:
        if before and after:
            rename(account, kind, old=before["name"], new=after["name"])

    return settled


def _filters(path: str, table: str, *, kind: str, gone: int, prepare: Prepare) -> Resource:
    present, deletable = _hooks(kind)
    return Resource(
        ATCFW,
        path,
        fields(table),
        ids="number",
        collection_methods=COLLECTION,
        item_methods=ITEM,
        list_query=TAGGED_QUERY,
        item_query=NAME_QUERY,
        item_key="results",
        # That the names of application filters are unique is a conclusion.
        unique=("name",),
        filters={"name": TEXT_SIGNS},
        gone=gone,
        prepare=prepare,
        present=present,
        deletable=deletable,
        settled=_followed(kind),
        natural=lambda row: f"name={row['name']}",
    )


Prepare = Callable[[Account, Row, Row | None], Row]
CATEGORY_FILTERS = _filters(
    "category_filters",
    CATEGORY_FILTER,
    kind="category_filter",
    gone=400,
    prepare=prepare_categories,
)
APPLICATION_FILTERS = _filters(
    "application_filters",
    APPLICATION_FILTER,
    kind="application_filter",
    gone=404,
    prepare=prepare_applications,
)
CONTENT = Resource(
    ATCFW,
    CATEGORIES,
    fields("category_code: integer\ncategory_name: string\nfunctional_group: string"),
    key="category_code",
    item_methods=frozenset(),
    list_query=frozenset({"_fields"}),
)
RESOURCES = (CATEGORY_FILTERS, APPLICATION_FILTERS, CONTENT)
OPERATIONS = {
    key: operation
    for resource in (CATEGORY_FILTERS, APPLICATION_FILTERS)
    for key, operation in (
        ((f"{resource.template}/{{id}}", "GET"), by_name(resource)),
        ((resource.template, "DELETE"), delete_many(resource)),
    )
}
