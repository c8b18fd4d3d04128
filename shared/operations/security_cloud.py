"""The cloud resolver: feeds, points of presence, redirects, approvals, host names."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.catalog import Args, Body, Kind, Operation, Where, WriteArgs
from shared.operations.arguments import (
    Filter,
    Name,
    NameNeeded,
    Sayable,
    need,
    part_of,
)
from shared.operations.cloud_resource import CutList, SecurityResource, TaggedCloudList
from shared.operations.resource import always
from shared.recovery import Kept

FEED = SecurityResource(
    kind="threat_feeds",
    called="a threat feed",
    noun="threat_feed",
    tagged=False,
    cache="catalogue",
    # The key of its zone transfers.
    hidden=("key",),
)
REGION = SecurityResource(
    kind="pop_regions",
    called="a point of presence",
    plural="points of presence",
    id_name="region_id",
    cache="catalogue",
    noun="pop_region",
    # One is wrapped otherwise than the objects of this service, but perhaps not always.
    envelope="result|results",
    selects=False,
)
REDIRECT = SecurityResource(
    kind="custom_redirects",
    called="a custom redirect",
    id_name="redirect_id",
    noun="custom_redirect",
    also=("security_policy",),
    tagged=False,
    keeps=Kept(dict.fromkeys(("name", "data"), ())),
)
APPROVAL = SecurityResource(
    kind="app_approvals", called="an application approval", noun="app_approval", tagged=False
)
HOST_NAME = SecurityResource(kind="doh_fqdns", called="a DoH name", noun="doh_fqdn", tagged=False)
ACCOUNT = SecurityResource(kind="account", called="the account", tagged=False)
Data = Annotated[
    str, Field(min_length=1, max_length=256, description="Addresses, comma between, or one domain")
]


class RedirectFields(WriteArgs):
    """What can be said of a custom redirect."""

    name: Name = None
    data: Data | None = None


class CreateCustomRedirect(RedirectFields):
    """Create a custom redirect that rules can send clients to. If the answer is lost and one of
    this name is there then, it ends `unknown`: look with list_custom_redirects."""

    name: NameNeeded
    data: Data


class Approval(Args):
    """What is thought of an application."""

    app_name: NameNeeded
    status: str = need("Such as approved", min_length=1, max_length=64)


class Application(Args):
    """An application, by its name."""

    app_name: NameNeeded


class ReplaceAppApprovals(WriteArgs):
    """Replace all application approvals by these."""

    approvals: Annotated[list[Approval], Field(max_length=1000)]


class UpdateAppApprovals(WriteArgs):
    """Add and remove application approvals."""

    add: Annotated[list[Approval] | None, Body("inserted_approvals")] = None
    remove: Annotated[list[Application] | None, Body("removed_approvals")] = None

    @model_validator(mode="after")
    def changes_something(self) -> Self:
        """Refuse a change of nothing."""
        if not (self.add or self.remove):
            raise ValueError("give add or remove")
        return self


class Approvals(CutList):
    """All of them come at once."""

    filter: Filter = None


class Regions(TaggedCloudList):
    """Points of presence are found by one field at a time."""

    region: Annotated[Sayable | None, Where("region", "=="), Field(max_length=64)] = None
    location: Annotated[
        Sayable | None, Where("location", "~"), Field(max_length=64, description="Part of it")
    ] = None

    @model_validator(mode="after")
    def asks_by_one(self) -> Self:
        """Refuse what the API cannot combine."""
        if sum(one is not None for one in (self.region, self.location, self.filter)) > 1:
            raise ValueError("give only one of region, location and filter")
        return self


def _approvals(name: str, title: str, args: type[WriteArgs], *, method: str) -> Operation:
    return APPROVAL.row(
        name,
        title,
        args.__doc__ or "",
        base=args,
        kind=Kind.UPDATE,
        method=method,
        path=APPROVAL.path,
        natural=True,
        # The answer is all that are there now.
        single=False,
        touches=always("app_approvals"),
    )


OPERATIONS = (
    FEED.listed("List the threat feeds of the account.", name_filter=part_of("name")),
    REGION.listed("List the points of presence of the cloud resolver.", base=Regions),
    REGION.read(),
    REDIRECT.listed("List custom redirects, which rules can send clients to."),
    REDIRECT.created(CreateCustomRedirect, key=("name",)),
    REDIRECT.changed("", RedirectFields),
    REDIRECT.deleted(),
    APPROVAL.listed(base=Approvals),
    _approvals("replace_app_approvals", "Replace approvals", ReplaceAppApprovals, method="PUT"),
    _approvals("update_app_approvals", "Change approvals", UpdateAppApprovals, method="PATCH"),
    HOST_NAME.row(
        "create_doh_fqdn",
        "Get a DoH name",
        "Ask for a new host name for DNS over HTTPS. Each call makes another one. If the answer "
        "is lost it ends `unknown`, and the name cannot be found again.",
        base=WriteArgs,
        kind=Kind.ACTION,
        method="POST",
        path=HOST_NAME.path,
        touches=always("doh_fqdn"),
        # It tells the tenant.
        sealed=("doh_fqdn",),
    ),
    ACCOUNT.looked(
        "get_atcfw_account",
        "Read the account",
        "Read facts about the account, its customer id among them: a cheap check of the key.",
        by_id=False,
        single=True,
    ),
)
