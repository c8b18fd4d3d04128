"""DNS security: the rows of the `atcfw` queue."""

from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from shared.catalog import (
    Body,
    Contains,
    KeptArgs,
    Kind,
    Operation,
    Queue,
    Recovery,
    Where,
    WriteArgs,
)
from shared.operations.arguments import Fields, Filter, Limit, NamePart, Offset, Tags

row = partial(Operation, queue=Queue.ATCFW, toolset="security")

NAMED_LISTS = "/api/atcfw/v1/named_lists"


class ListSecurityPolicies(KeptArgs):
    """List DNS security policies with their rules and actions."""

    name_filter: Annotated[NamePart, Where("name", "~")] = None
    filter: Filter = None
    fields: Fields = None
    limit: Limit = 100
    offset: Offset = 0


class ListThreatNamedLists(KeptArgs):
    """List custom lists and threat intelligence lists, without their items."""

    name_filter: Annotated[NamePart, Contains("name")] = None
    filter: Filter = None
    fields: Fields = None
    limit: Limit = 100
    offset: Offset = 0


class CreateThreatNamedList(WriteArgs):
    """Create a custom list of domains and addresses that security policies can allow or block."""

    name: Annotated[str, Body(), Field(min_length=1, max_length=256)]
    list_type: Annotated[
        Literal["custom_list"], Body("type"), Field(description="The only kind that can be created")
    ] = "custom_list"
    items: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=256)]],
        Body(),
        Field(min_length=1, max_length=50_000, description="Domains, addresses or networks"),
    ]
    description: Annotated[str | None, Body(), Field(max_length=256)] = None
    threat_level: Annotated[Literal["INFO", "LOW", "MEDIUM", "HIGH"] | None, Body()] = None
    confidence_level: Annotated[Literal["LOW", "MEDIUM", "HIGH"] | None, Body()] = None
    tags: Annotated[Tags, Body()] = None


OPERATIONS = (
    row(
        name="list_security_policies",
        title="List security policies",
        args=ListSecurityPolicies,
        path="/api/atcfw/v1/security_policies",
        reads=("security_policy",),
        cache="security_policy",
    ),
    row(
        name="list_threat_named_lists",
        title="List named lists",
        args=ListThreatNamedLists,
        path=NAMED_LISTS,
        reads=("named_list",),
        cache="named_list",
    ),
    row(
        name="create_threat_named_list",
        title="Create a named list",
        args=CreateThreatNamedList,
        kind=Kind.CREATE,
        method="POST",
        path=NAMED_LISTS,
        single=True,
        changes=("named_list",),
        targets=("name",),
        natural=True,
        recovery=Recovery(NAMED_LISTS, where={"type": "type"}, check={"name": "name"}),
        marker="tags",
    ),
)
