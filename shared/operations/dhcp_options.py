"""DHCP options: their codes, spaces and groups."""

from typing import Annotated, Literal

from pydantic import Field

from shared.catalog import WriteArgs
from shared.operations.arguments import Comment, Name, NameNeeded, Tags, equal_to, maybe, part_of
from shared.operations.dhcp_fields import Options, Protocol
from shared.operations.ids import OptionSpaceId
from shared.operations.resource import Resource

CODE = Resource(
    kind="dhcp/option_code",
    called="an option code",
    toolset="dhcp",
    id_name="code_id",
    collection="dhcp_option",
    tagged=False,
    binned=False,
    cache="dhcp_option",
)
SPACE = Resource(
    kind="dhcp/option_space",
    called="an option space",
    toolset="dhcp",
    also=("dhcp_option",),
)
GROUP = Resource(kind="dhcp/option_group", called="an option group", toolset="dhcp")

OptionType = Literal[
    "address4",
    "address6",
    "boolean",
    "empty",
    "fqdn",
    "int8",
    "int16",
    "int32",
    "text",
    "uint8",
    "uint16",
    "uint32",
]
Code = Annotated[int, Field(ge=1, le=65_535)]


class CodeFields(WriteArgs):
    """What can be said of an option code."""

    name: Name = None
    comment: Comment = None
    code: Code | None = None
    type: OptionType | None = None
    option_space: OptionSpaceId | None = None
    array: bool | None = maybe("Holds several values")


class CreateOptionCode(CodeFields):
    """Define a DHCP option: its number, name and type of value, in an option space."""

    code: Code
    name: NameNeeded
    type: OptionType
    option_space: OptionSpaceId


class NamedOptions(WriteArgs):
    """What spaces and groups of options have in common."""

    name: Name = None
    comment: Comment = None
    protocol: Protocol | None = None
    tags: Tags = None


class CreateOptionSpace(NamedOptions):
    """Create an option space, the home of option codes of one vendor or purpose."""

    name: NameNeeded
    protocol: Protocol


class GroupFields(NamedOptions):
    """What can be said of an option group."""

    dhcp_options: Options = None


class CreateOptionGroup(GroupFields):
    """Create an option group: DHCP options that are given together."""

    name: NameNeeded
    protocol: Protocol


OPERATIONS = (
    CODE.listed(
        "List DHCP option codes, the definitions of options. Their ids are what dhcp_options take.",
        name_filter=part_of("name"),
        code_filter=equal_to("code", int, ge=1, le=65_535),
        space_filter=equal_to("option_space", OptionSpaceId),
    ),
    CODE.read(),
    CODE.created(CreateOptionCode, key=("option_space", "code", "name")),
    CODE.changed("", CodeFields),
    CODE.deleted(),
    SPACE.listed("", name_filter=part_of("name")),
    SPACE.read(),
    SPACE.created(CreateOptionSpace, key=("name",)),
    SPACE.changed("", NamedOptions),
    SPACE.deleted(),
    GROUP.listed("", name_filter=part_of("name")),
    GROUP.read(),
    GROUP.created(CreateOptionGroup, key=("name",)),
    GROUP.changed("", GroupFields),
    GROUP.deleted(),
)
