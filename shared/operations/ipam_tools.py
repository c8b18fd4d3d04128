"""Utilization advice, names in use, the tree of networks, the recycle bin, bulk export."""

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.catalog import Kind, Query, WriteArgs
from shared.operations.arguments import (
    Comment,
    Fields,
    Filter,
    Limit,
    NameNeeded,
    Offset,
    OrderBy,
    Sayable,
    maybe,
)
from shared.operations.ids import RangeId, SubnetId
from shared.operations.networks import Address
from shared.operations.resource import Resource

ASM = Resource(
    kind="ipam/asm",
    called="a growth suggestion",
    toolset="ipam",
    noun="asm_suggestion",
    also=("subnet", "range", "address_block"),
    tagged=False,
)
USAGE = Resource(
    kind="ipam/dns_usage",
    called="the DNS usage of an address",
    plural="DNS usage of addresses",
    toolset="ipam",
    nouns="dns_usage",
    tagged=False,
)
TREE = Resource(
    kind="ipam/htree",
    called="the tree of networks",
    toolset="ipam",
    collection="subnet",
    tagged=False,
    confirmed=False,
)
BIN = Resource(
    base="/api/atlas-recyclebin/v1",
    kind="items",
    called="the recycle bin",
    toolset="ipam",
    noun="recycle_bin_item",
    tagged=False,
    confirmed=False,
)
BULK = Resource(
    base="/bulk/v1",
    kind="operation",
    called="a bulk operation",
    toolset="ipam",
    noun="bulk_operation",
    tagged=False,
    confirmed=False,
)
# Whatever lay in the bin may be back.
RESTORED = (
    "recycle_bin_item",
    "ip_space",
    "address_block",
    "subnet",
    "range",
    "address",
    "ipam_host",
    "fixed_address",
    "dhcp_filter",
    "dhcp_option",
    "option_group",
    "option_space",
    "dhcp_server",
    "dns_view",
    "dns_zone",
    "dns_record",
    "dns_acl",
    "dns_server",
    "auth_nsg",
    "forward_nsg",
)
TEXT: Any = (Annotated[Sayable | None, Field(max_length=200)], None)


class ApplyAsmSuggestion(WriteArgs):
    """Apply or put off a suggestion to enlarge a subnet or range that fills up."""

    subnet_id: SubnetId
    range_id: RangeId | None = None
    range_start: Address | None = None
    range_end: Address | None = None
    subnet_range: RangeId | None = None
    update: Literal["range", "subnet", "none"] | None = None
    suppress: Literal["no", "time", "permanent"] | None = maybe("Do not suggest again")
    suppress_time: int | None = maybe("Days", ge=0)


class RestoreItems(WriteArgs):
    """Restore deleted objects from the recycle bin, by the last parts of their ids there. It goes
    on after the answer."""

    id: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]],
        Field(min_length=1, max_length=1000),
    ]


class StartBulkExport(WriteArgs):
    """Start an export of whole kinds of objects to a file; list_bulk_operations shows when it is
    Completed."""

    name: NameNeeded
    data_types: Annotated[list[str], Field(min_length=1, max_length=200)]
    export_format: Literal["csv", "json"] | None = None
    description: Comment = None
    error_handling_id: Annotated[str, Field(max_length=10)] = "1"


OPERATIONS = (
    ASM.looked(
        "list_asm_suggestions",
        "List growth suggestions",
        "List suggestions to enlarge subnets and ranges that fill up.",
        by_id=False,
        fields={
            "fields": (Fields, None),
            "subnet_id": (Annotated[SubnetId | None, Query("subnet_id")], None),
        },
    ),
    ASM.read(),
    ASM.row(
        "apply_asm_suggestion",
        "Apply a growth suggestion",
        ApplyAsmSuggestion.__doc__ or "",
        base=ApplyAsmSuggestion,
        kind=Kind.ACTION,
        method="POST",
        path=ASM.path,
        targets=("subnet_id",),
        look="get_subnet",
    ),
    USAGE.listed("List the DNS records that use addresses."),
    USAGE.read("Read the DNS usage of an address by its id."),
    TREE.looked(
        "list_ipam_tree",
        "List the tree of networks",
        "List what lies directly in a space, block or subnet (node), with its utilization.",
        by_id=False,
        fields={
            "view": (Annotated[TEXT[0], Query("view")], "SPACE"),
            "node": (Annotated[TEXT[0], Query("node")], None),
            "state": (Annotated[TEXT[0], Query("state")], None),
            "filter": (Filter, None),
            "fields": (Fields, None),
            "order_by": (OrderBy, None),
            "limit": (Limit, 100),
            "offset": (Offset, 0),
        },
    ),
    BIN.listed(
        "List what was deleted and can be restored. Ids look like "
        "atlas.recyclebin/deleted_items/7; filter by name or type."
    ),
    BIN.row(
        "restore_recycle_bin_items",
        "Restore deleted objects",
        RestoreItems.__doc__ or "",
        base=RestoreItems,
        kind=Kind.UPDATE,
        method="PUT",
        path=f"{BIN.path}/restore",
        targets=("id",),
        natural=True,
        changes=RESTORED,
    ),
    BULK.row(
        "start_bulk_export",
        "Start a bulk export",
        StartBulkExport.__doc__ or "",
        base=StartBulkExport,
        kind=Kind.ACTION,
        method="POST",
        path="/bulk/v1/export",
        envelope="",
        targets=("name",),
        look="list_bulk_operations",
    ),
    BULK.looked(
        "list_bulk_operations",
        "List bulk operations",
        "List bulk exports with their overall_status and data_ref.",
        by_id=False,
        fields={"filter": (Filter, None)},
    ),
    BULK.row(
        "get_bulk_export_file",
        "Read where an export lies",
        "Read the short-lived address of the file of a Completed export, by its data_ref.",
        fields={
            "data_ref": (Annotated[Sayable, Query("data_ref"), Field(max_length=500)], ...),
            "direction": (Annotated[Literal["download"], Query("direction")], "download"),
        },
        path="/bulk/v1/storage",
    ),
)
