"""Arguments that the tools of DNS security share."""

from typing import Annotated, Literal

from pydantic import Field

from shared.catalog import Args
from shared.operations.arguments import need

Action = Literal["action_allow", "action_log", "action_redirect", "action_block"]
RuleAction = Literal[
    "action_allow",
    "action_log",
    "action_redirect",
    "action_block",
    "action_allow_with_local_resolution",
]
Text = Annotated[str | None, Field(max_length=256)]
Item = Annotated[str, Field(min_length=1, max_length=256)]
Level = Literal["INFO", "LOW", "MEDIUM", "HIGH"]
Confidence = Literal["LOW", "MEDIUM", "HIGH"]


class Rule(Args):
    """What happens to queries for what a feed, list or filter names."""

    type: Literal["named_feed", "custom_list", "category_filter", "application_filter"]
    data: str = need("Name of the feed, list or filter", min_length=1, max_length=256)
    action: RuleAction
    redirect_name: Text = None
    description: Text = None


class Described(Args):
    """A domain, an address or a network, and what it is there for."""

    item: Item
    description: Text = None


RULE_PARTS = ("type", "data", "action", "redirect_name", "description")
Rules = Annotated[list[Rule] | None, Field(max_length=1000)]
Items = Annotated[
    list[Item] | None,
    Field(min_length=1, max_length=50_000, description="Domains, addresses or networks"),
]
DescribedItems = Annotated[list[Described] | None, Field(min_length=1, max_length=50_000)]
